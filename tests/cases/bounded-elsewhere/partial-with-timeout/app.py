import subprocess
from functools import partial
import urllib.request

run = partial(subprocess.run, timeout=5, check=True)
urlopen = partial(urllib.request.urlopen, timeout=3)

class Tool:
    def __init__(self):
        self.run = partial(subprocess.run, timeout=2)

    def go(self):
        self.run(["true"])

def main():
    call = partial(subprocess.call, timeout=1)
    call(["true"])
    run(["true"])
    Tool().go()
    subprocess.call(["sleep", "1"])

main()
