class Shape: pass
class Color:
    RED = 1

def f(value):
    match value:
        case Shape():
            reveal_type(Shape)  # class Shape
        case Shape  (x=1) | Shape(y=2) if value:
            reveal_type(Shape)  # class Shape
        case Color.RED:
            reveal_type(Color)  # class Color

def g(value):
    match value:
        case [Shape, *Color]:
            reveal_type(Shape)  # ?
            reveal_type(Color)  # ?

def h(value):
    match value:
        case Shape(x=Color) as y:
            reveal_type(Shape)  # class Shape
            reveal_type(Color)  # ?
            reveal_type(y)  # ?
        case {"a": 1, **rest}:
            reveal_type(rest)  # ?
