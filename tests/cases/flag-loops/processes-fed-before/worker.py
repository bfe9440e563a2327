def work(jobs, stop):
    while not stop.is_set():
        name, size = jobs.get()
        print("job", name, size)
        jobs.task_done()
