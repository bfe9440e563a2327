# Prints "woken 1".
import threading
import time

changed, stop, woken = threading.Condition(), threading.Event(), []


def work():
    with changed:
        while not stop.is_set():
            changed.wait()
            woken.append(time.monotonic())


thread = threading.Thread(target=work)
thread.start()
time.sleep(2)
stop.set()
with changed:
    changed.notify()
thread.join()
print("woken", len(woken))
