# Prints "exit codes 0 7".
import multiprocessing as mp
import subprocess
import sys
import time


def work():
    time.sleep(2)


def finish(process, late):
    if late:
        process.terminate()
    process.join()
    return process.exitcode


def replace(server):
    server.terminate()
    server = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(2); raise SystemExit(7)"])
    server.wait()
    return server.returncode


if __name__ == "__main__":
    process = mp.Process(target=work)
    process.start()
    first = finish(process, late=False)
    print("exit codes", first, replace(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(9)"])))
