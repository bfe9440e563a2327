try:
    import torch
except ImportError:
    import stand_in as torch


def f():
    reveal_type(torch.load)  # external torch.load


reveal_type(torch.load)  # external torch.load
