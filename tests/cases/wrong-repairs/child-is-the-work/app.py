# Prints "codes 3 3 0 done".
import subprocess
import sys

WORK = "import time; time.sleep(1.5); raise SystemExit(3)"


def build(command):
    return subprocess.call(args=command)


class Runner:
    def __init__(self, *command):
        self.command = list(command)

    def wait(self):
        self.child = subprocess.Popen(self.command)
        return self.child.wait()

    def output(self):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1.5); print('done')"],
                                 stdout=subprocess.PIPE, text=True)
        out, _ = child.communicate()
        return child.returncode, out.strip()


if __name__ == "__main__":
    command = [sys.executable, "-c", WORK]
    code, out = Runner().output()
    print("codes", build(command), Runner(*command).wait(), code, out)
