import queue
import threading


def work(inbox: "queue.Queue[int]", done: "list[int]", stop: threading.Event) -> None:
    while True:
        try:
            number = inbox.get(timeout=0.2)
        except queue.Empty:
            continue
        done.append(number)


def main() -> None:
    inbox: "queue.Queue[int]" = queue.Queue()
    done: "list[int]" = []
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(inbox, done, stop))
    thread.start()
    for number in range(5000):
        inbox.put(number)
    stop.set()
    thread.join()
    print("done", len(done))


main()
