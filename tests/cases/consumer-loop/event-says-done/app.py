# Prints "answers 3".
import queue
import threading


def note(done):
    done.set()


def work(jobs: "queue.Queue[int]", done: threading.Event) -> None:
    while True:
        job = jobs.get()
        print("job", job)
        note(done)


def main() -> None:
    jobs: "queue.Queue[int]" = queue.Queue()
    done = threading.Event()
    threading.Thread(target=work, args=(jobs, done), daemon=True).start()
    answers = 0
    for number in range(3):
        jobs.put(number)
        answers += done.wait(2)
        done.clear()
    print("answers", answers)


main()
