"""What travels through the queue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    number: int
    item: str


def pack(order: Order) -> None:
    print(f"packed {order.number}: {order.item}")
