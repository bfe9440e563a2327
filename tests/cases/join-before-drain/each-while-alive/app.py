import multiprocessing as mp

def work(n, out):
    out.put([i * i for i in range(n)])

def main():
    out = mp.Queue()
    ps = {k: mp.Process(target=work, args=[60000, out]) for k in "ab"}
    for p in ps.values():
        p.start()
    for name, p in ps.items():
        if p.is_alive():
            p.join()
    total = 0
    for _ in ps:
        total += len(out.get())
    print(total)

if __name__ == "__main__":
    main()
