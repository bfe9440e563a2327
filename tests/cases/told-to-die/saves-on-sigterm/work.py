import time

import saving


def work():
    saving.install()
    time.sleep(60)
