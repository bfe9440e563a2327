def crunch(tasks, results):
    while True:
        task = tasks.get()
        if task is None:
            return
        results.put(task)
