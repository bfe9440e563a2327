import queue
from typing import Optional, Union
class A: pass
class B: pass
M = A | B
N = Union[A, B]
Q = queue.Queue[M]
def f(m: M, n: Optional[N], q: Q):
    reveal_type(m)  # A | B
    reveal_type(n)  # A | B | None
    reveal_type(q)  # queue.Queue[A | B]
reveal_type(queue.Queue[A]())  # queue.Queue[A]
