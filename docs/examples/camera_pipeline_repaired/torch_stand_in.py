"""The two functions of torch that the example uses, for machines without torch.

Checkpoints are JSON, which holds nothing but data: `weights_only` changes nothing here.
"""

import json
from pathlib import Path
from typing import Any


def save(obj: object, f: str) -> None:
    Path(f).write_text(json.dumps(obj), encoding="utf-8")


def load(f: str, map_location: str | None = None, weights_only: bool = False) -> Any:
    return json.loads(Path(f).read_text(encoding="utf-8"))
