import multiprocessing as mp
import threading


def work(tasks, stop):
    while not stop.is_set():
        print(tasks.get())


def main():
    tasks = mp.Queue(maxsize=8)
    stop = mp.Event()
    worker = mp.Process(target=work, args=(tasks, stop))
    worker.start()
    tasks.put({'kind': 'update', 'frame_number': 1, 'objects_that_were_found': [], 'made_at': 3.5, 'camera': 'left'})
    tasks.put(None)
    stop.set()
    stop.wait()
    worker.join(timeout=5)
