import pkg
from pkg import Base, make
from pkg.core import Base as B2
import pkg.core
class D(Base):
    def run(self):
        reveal_type(self.q)  # queue.Queue
reveal_type(make())  # queue.Queue
reveal_type(pkg.make())  # queue.Queue
reveal_type(pkg.core.make())  # queue.Queue
reveal_type(B2().q)  # queue.Queue
reveal_type(D)  # class D
