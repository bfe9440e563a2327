# Prints "1 a.png ok".
import multiprocessing as mp


class Camera:
    def __init__(self, end):
        self.end = end

    def shoot(self):
        self.end.send({"frame": 1, "path": "a.png"})

    def answer(self):
        return self.end.recv()


def worker(end):
    frame = end.recv()
    print(frame["frame"], frame["path"], end=" ", flush=True)
    acknowledge(end)


def acknowledge(end):
    end.send("ok")


def main():
    ours, theirs = mp.Pipe()
    process = mp.Process(target=worker, args=(theirs,))
    process.start()
    camera = Camera(ours)
    camera.shoot()
    text = camera.answer()
    process.join(timeout=10)
    print(text)


if __name__ == "__main__":
    main()
