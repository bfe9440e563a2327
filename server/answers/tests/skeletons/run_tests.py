import contextlib
import importlib
import inspect
import pathlib
import sys

import pytest


def value(module, name, known, stack):
    if name not in known:
        function = getattr(module, name)
        assert getattr(function, "is_fixture", False), f"{name} is no fixture"
        given = {one: value(module, one, known, stack) for one in inspect.signature(function).parameters}
        if inspect.isgeneratorfunction(function):
            known[name] = stack.enter_context(contextlib.contextmanager(function)(**given))
        else:
            known[name] = function(**given)
    return known[name]


def main():
    tests = pathlib.Path(sys.argv[1])
    sys.path.insert(0, str(tests))
    if (tests / "conftest.py").exists():
        importlib.import_module("conftest")
    for path in sorted(tests.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            if not name.startswith("test_"):
                continue
            with contextlib.ExitStack() as stack:
                try:
                    known = {}
                    for one in inspect.signature(function).parameters:
                        value(module, one, known, stack)
                    function(**{one: known[one] for one in inspect.signature(function).parameters})
                    print(name, "ok")
                except pytest.Skipped as reason:
                    print(name, "skipped:", reason)


if __name__ == "__main__":
    main()
