# TypeError; passed as functions: prints "2 frames".
import asyncio
import time


class Camera:
    def __init__(self):
        self.frames = 0

    def grab(self, seconds=0.0):
        time.sleep(seconds)
        self.frames += 1


async def main():
    camera = Camera()
    await asyncio.to_thread(camera.grab(seconds=0.1))
    await asyncio.get_running_loop().run_in_executor(None, camera.grab(0.1))
    print(camera.frames, "frames")


if __name__ == "__main__":
    asyncio.run(main())
