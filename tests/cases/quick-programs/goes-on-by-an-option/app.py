# Prints "end" after two seconds: a listing that repeats, a pager, and a program that reads.
import subprocess


def show(flag="--version", program="uname"):
    subprocess.run(["free", "-s", "1", "-c", "3"], stdout=subprocess.PIPE)
    subprocess.run(["git", "log"], stderr=subprocess.DEVNULL)
    subprocess.check_output(["date", "-u", "-f", "-"], input=b"")
    subprocess.check_output([program, flag])
    subprocess.check_output(["uname"], executable="/bin/uname")


show()
print("end")
