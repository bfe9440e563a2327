# Prints "ended by -15"; so it does with a bound.
import multiprocessing as mp
import time

import jobs

if __name__ == "__main__":
    process = mp.Process(target=jobs.work)
    process.start()
    time.sleep(1)
    process.terminate()
    process.join()
    print("ended by", process.exitcode)
