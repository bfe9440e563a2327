import queue
reveal_type(queue.Queue())  # int
