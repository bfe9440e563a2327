from abc import ABC, abstractmethod


class Power(ABC):
    @abstractmethod
    def on(self): ...


class Relay(Power):
    def on(self):
        print("on")
