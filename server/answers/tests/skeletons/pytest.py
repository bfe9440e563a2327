class Skipped(Exception):
    pass


def skip(reason):
    raise Skipped(reason)


def fixture(function):
    function.is_fixture = True
    return function
