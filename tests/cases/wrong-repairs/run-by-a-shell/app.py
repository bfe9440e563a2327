import multiprocessing as mp


def work():
    print("worked", flush=True)


def entry():
    print("called")


process = mp.get_context().Process(target=work)
process.start()
process.join()
print("main done")
