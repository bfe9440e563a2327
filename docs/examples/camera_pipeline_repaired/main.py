"""Follows moving objects in a camera's picture and shows them in the terminal.

    python3 main.py --frames 20

Needs nothing but the standard library. With the packages of requirements.txt it can
take pictures from a network camera (--rtsp, with its address in CAMERA_RTSP_URL) and
run the model in ONNX Runtime (--onnx).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from model import write_demo_weights
from pipeline import Pipeline, PipelineError
from scene import Settings


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Follow what moves in a picture.")
    parser.add_argument("--frames", type=int, default=20, help="pictures to take (20)")
    parser.add_argument("--weights", help="a torch checkpoint (one for the demo)")
    parser.add_argument("--onnx", help="an ONNX model (pure Python)")
    parser.add_argument("--rtsp", action="store_true", help="use the network camera")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        weights_path = arguments.weights
        if weights_path is None:
            weights_path = str(Path(scratch) / "blobs.pt")
            write_demo_weights(weights_path)
        settings = Settings(
            frame_count=arguments.frames,
            weights_path=weights_path,
            onnx_path=arguments.onnx,
            use_rtsp=arguments.rtsp,
        )
        try:
            Pipeline(settings).run()
        except PipelineError as error:
            print(f"camera pipeline: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130  # what a shell says of a program that Ctrl-C ended
    return 0


if __name__ == "__main__":
    sys.exit(main())
