# Prints "checked k".
import dataclasses

import store


@dataclasses.dataclass
class Service:
    where: store.Store

    def __post_init__(self):
        for field in dataclasses.fields(self):
            if not isinstance(getattr(self, field.name), field.type):
                raise TypeError(field.name)


print("checked", Service(store.Memory()).where.load("k"))
