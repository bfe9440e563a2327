# Prints "staged".
import pathlib
for p in pathlib.Path(__file__).parent.iterdir():
    if p.suffix == ".py" and p.stem != "app":
        exec(compile(p.read_text(), str(p), "exec"), {"__name__": "x"})
