import multiprocessing as mp

class Work:
    def __init__(self, out):
        self.out = out

def compute(out):
    out.put(bytes(100000))
    out.close()
    out.cancel_join_thread()

def plain(out):
    out.put(bytes(100000))

def main():
    q = mp.Queue()
    p = mp.Process(target=compute, args=(q,))
    p.start()
    p.join()
    print(q.get())

if __name__ == "__main__":
    main()
