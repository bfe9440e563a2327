import ctypes
import os
import smtplib
from smtplib import SMTP
from typing import TypeVar
from ultralytics import YOLO
from limits import MAX_SIZE, T

reveal_type(YOLO("x.pt"))  # ultralytics.YOLO
reveal_type(SMTP("host"))  # smtplib.SMTP
reveal_type(smtplib.SMTP("host").quit)  # method smtplib.SMTP.quit
reveal_type(MAX_SIZE())  # ?
reveal_type(T())  # ?
reveal_type(os.WEXITSTATUS(3))  # ?
reveal_type(ctypes.POINTER(int))  # ?
reveal_type(NOWHERE())  # ?
