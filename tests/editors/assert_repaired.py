"""Fails unless each Python file named parses and every `.get(...)` on a queue in it has a timeout."""

import ast
import sys
from pathlib import Path

for name in sys.argv[1:]:
    source = Path(name).read_bytes()
    gets = [
        call
        for call in ast.walk(ast.parse(source, name))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "get"
    ]
    bounded = [call for call in gets if any(word.arg == "timeout" for word in call.keywords)]
    assert gets, f"{name}: the call is gone\n{source.decode()}"
    assert bounded == gets, f"{name}: still without a timeout\n{source.decode()}"
    if name.endswith("crlf.py"):
        lone = source.count(b"\n") - source.count(b"\r\n")
        assert source.count(b"\r\n") > 0 and lone == 0, f"{name}: {lone} lines lost their \\r\n{source!r}"
    print(f"{Path(name).name}: repaired")
