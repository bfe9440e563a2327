from .core import Base, make
