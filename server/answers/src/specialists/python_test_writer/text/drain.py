

def drain(stage: Any, *channels: Any) -> list[list[Any]]:
    """Return the messages of each channel until the stage exits or BOUND_S is over."""
    found: list[list[Any]] = [[] for _ in channels]
    last = time.monotonic() + BOUND_S
    while time.monotonic() < last:
        is_alive = stage.is_alive()
        is_quiet = True
        for channel, messages in zip(channels, found):
            try:
                messages.append(channel.get(timeout=0.1))
                is_quiet = False
            except queue.Empty:
                continue
        if is_quiet and not is_alive:
            break
    return found
