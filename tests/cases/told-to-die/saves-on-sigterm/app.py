# Prints "saved" and "ended by 3".
import multiprocessing as mp
import time

from work import work

if __name__ == "__main__":
    process = mp.Process(target=work)
    process.start()
    time.sleep(1)
    process.terminate()
    process.join()
    print("ended by", process.exitcode)
