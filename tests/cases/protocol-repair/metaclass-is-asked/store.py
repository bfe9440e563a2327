from abc import ABC, abstractmethod


class Store(ABC):
    @abstractmethod
    def load(self, key): ...


class Memory(Store):
    def load(self, key):
        return key
