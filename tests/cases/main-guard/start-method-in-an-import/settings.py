import multiprocessing

LEVEL = 1
multiprocessing.set_start_method("spawn")
