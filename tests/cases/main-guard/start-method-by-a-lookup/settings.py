import multiprocessing


def __getattr__(name):
    if name != "how":
        raise AttributeError(name)
    multiprocessing.set_start_method("spawn")
    return 1
