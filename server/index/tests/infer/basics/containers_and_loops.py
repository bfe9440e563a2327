import multiprocessing as mp
ps = [mp.Process(target=print) for _ in range(3)]
for i, p in enumerate(ps):
    reveal_type(p)  # multiprocessing.Process
remotes, works = zip(*[mp.Pipe() for _ in range(3)])
reveal_type(remotes[0])  # multiprocessing.connection.Connection
for r, q in zip(remotes, ps):
    reveal_type(q)  # multiprocessing.Process
d = {'a': mp.Queue()}
reveal_type(d['a'])  # multiprocessing.queues.Queue
for k, v in d.items():
    reveal_type(v)  # multiprocessing.queues.Queue
