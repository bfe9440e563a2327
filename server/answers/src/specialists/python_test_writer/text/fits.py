

def fits(message: Any, shape: Any) -> bool:
    """Return whether a message fits a shape: a class fits its instances, other values must be equal."""
    if isinstance(shape, dict):
        return (
            isinstance(message, dict)
            and message.keys() == shape.keys()
            and all(fits(message[key], shape[key]) for key in shape)
        )
    if isinstance(shape, tuple):
        return (
            isinstance(message, tuple)
            and len(message) == len(shape)
            and all(fits(*pair) for pair in zip(message, shape))
        )
    if isinstance(shape, type):
        return isinstance(message, (int, float) if shape is float else shape)
    return bool(message == shape)
