"""Draws check.png: what `pyteam check` prints for three files of the example, as a terminal shows it.

    pip install pillow
    python docs/images/render.py target/release/pyteam

run in the root of the repository, with a font that Debian's fonts-dejavu-core has. Beside the picture it writes what is in
it, check.txt, which a test (`tests/tests/example.rs`) holds to what pyteam prints.
"""

import re
import subprocess
import sys

from PIL import Image, ImageDraw, ImageFont

FILES = [f"docs/examples/camera_pipeline/{name}.py" for name in ("output", "model", "processors")]
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono{}.ttf"
SIZE, LINE, MARGIN, COLUMNS = 16, 22, 20, 100
BACK, TEXT = "#1e222a", "#d7dae0"
COLORS = {"31": "#e06c75", "32": "#98c379", "33": "#e5c07b", "34": "#61afef", "35": "#c678dd", "36": "#56b6c2"}


def runs(line: str):
    """The parts of a line, each with its color and whether it is bold."""
    color, bold = TEXT, False
    for part in re.split(r"(\x1b\[[\d;]*m)", line):
        if not part.startswith("\x1b"):
            yield part, color, bold
            continue
        for code in part[2:-1].split(";"):
            if code in ("", "0"):
                color, bold = TEXT, False
            elif code == "1":
                bold = True
            else:
                color = COLORS.get(code.replace("9", "3", 1) if len(code) == 2 else code, color)


def main() -> None:
    command = ["check", "--no-cache", "--color", "always", *FILES]
    output = subprocess.run([sys.argv[1], *command], capture_output=True, text=True, env={"COLUMNS": str(COLUMNS)})
    lines = [f"\x1b[32m$\x1b[0m \x1b[1mpyteam check {' '.join(FILES)}\x1b[0m", *output.stdout.splitlines()]
    fonts = {bold: ImageFont.truetype(FONT.format("-Bold" if bold else ""), SIZE) for bold in (False, True)}
    width = max(fonts[True].getlength(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in lines)
    picture = Image.new("RGB", (int(width) + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN), BACK)
    draw = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        x = float(MARGIN)
        for part, color, bold in runs(line):
            draw.text((x, MARGIN + row * LINE), part, fill=color, font=fonts[bold])
            x += fonts[bold].getlength(part)
    picture.save("docs/images/check.png", optimize=True)
    with open("docs/images/check.txt", "w", encoding="utf-8") as text:
        text.writelines(re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() + "\n" for line in lines)


main()
