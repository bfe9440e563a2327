import multiprocessing


def stage(function):
    multiprocessing.set_start_method("spawn")
    return function
