import numpy as np


def save(path, rows):
    np.savez(path, rows=np.array(rows, dtype=object))
