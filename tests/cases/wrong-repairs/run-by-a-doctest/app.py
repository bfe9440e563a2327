"""Computes a value.

>>> from app import VALUE
>>> VALUE
4
"""

import multiprocessing as mp


def work(out):
    out.put(4)


channel = mp.SimpleQueue()
process = mp.Process(target=work, args=(channel,))
process.start()
VALUE = channel.get()
process.join()
print(VALUE)
