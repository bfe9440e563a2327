import numpy as np


def load(path):
    return np.load(path, allow_pickle=True)["rows"]
