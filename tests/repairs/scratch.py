"""A copy of a project to try repairs on, and which of its files have to do with one another."""

import itertools
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

# What makes a folder a project of its own for pyteam, which then looks no further up.
PROJECT_MARKS = ("pyteam.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")
LEFT_OUT = shutil.ignore_patterns(".git", ".hg", "__pycache__", ".mypy_cache", "node_modules")
LARGE = 2_000_000
# Long ago, so that no file of a project has one of these times.
SECONDS = itertools.count(1_000_000)
SOURCES = (".py", ".pyw", ".pyi")
IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]*)|import[ \t]+([^\n#]*))",
    re.M,
)


class Scratch:
    """A copy of `tree` in `folder`. Files are changed by `write`, and back again by `restore`."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.root = folder / "tree"
        # A mark, so that pyteam sees all of the tree whichever file it is asked about.
        shutil.copytree(tree, self.root, symlinks=True, ignore=without_ballast)
        if not any((self.root / mark).exists() for mark in PROJECT_MARKS):
            (self.root / ".hg").mkdir()
        self._kept: dict[str, tuple[bytes, os.stat_result]] = {}
        self._imports: dict[str, tuple[frozenset[str], bool]] | None = None

    def read(self, file: str) -> bytes:
        """The bytes of `file` as they are now."""
        return self.path(file).read_bytes()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Changes `files` until `restore`."""
        for file, data in files.items():
            path = self.path(file)
            self._kept.setdefault(file, (path.read_bytes(), path.stat()))
            write_anew(path, data)

    def restore(self) -> None:
        """Makes every file again what it was."""
        for file, (data, stat) in self._kept.items():
            path = self.path(file)
            path.write_bytes(data)
            # With its time: what mypy remembers of the file holds again.
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self._kept.clear()

    def path(self, file: str) -> Path:
        """Where `file` is; never outside of the copy, whatever links the project has."""
        path = self.root / file
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(f"{file} lies outside of the project")
        return path

    def neighbors(self, files: Iterable[str]) -> list[str]:
        """`files`, those that may import them, and those that they may import.

        By the last parts of names, so that rather too many are taken than too few.
        """
        chosen = set(files)
        imports = self.imports()
        stems = {stem(file) for file in chosen}
        folders = {
            str(PurePosixPath(file).parent) for file in chosen if stem(file) != file_stem(file)
        }
        named = {word for file in chosen for word in imports.get(file, (frozenset(), False))[0]}
        for file in set(chosen):
            if imports.get(file, (frozenset(), False))[1]:
                above = (folder / "__init__.py" for folder in PurePosixPath(file).parents)
                chosen.update(str(path) for path in above if str(path) in imports)
        for file, (words, looks_around) in imports.items():
            if not words.isdisjoint(stems) or stem(file) in named:
                chosen.add(file)
            elif looks_around and str(PurePosixPath(file).parent) in folders:
                chosen.add(file)
        return sorted(chosen)

    def imports(self) -> dict[str, tuple[frozenset[str], bool]]:
        """Of each Python file the words in its imports, and whether any is relative."""
        if self._imports is None:
            self._imports = {}
            for path in self.root.rglob("*.py"):
                if path.is_file():
                    found = IMPORT.findall(path.read_text("utf-8", "replace"))
                    words = frozenset(
                        word for one in found for word in re.findall(r"\w+", " ".join(one))
                    )
                    around = any(source.startswith(".") for source, _, _ in found)
                    self._imports[path.relative_to(self.root).as_posix()] = (words, around)
        return self._imports

    def is_one_project(self, files: Iterable[str]) -> bool:
        """Whether pyteam, asked about `files` alone, sees all of the tree around them."""
        folders = {folder for file in files for folder in PurePosixPath(file).parents}
        inside = (self.root / folder for folder in folders if folder != PurePosixPath("."))
        return not any((folder / mark).exists() for folder in inside for mark in PROJECT_MARKS)


def write_anew(path: Path, data: bytes) -> None:
    """Writes a file, with a time that no other file has.

    mypy takes a file of the same size and of the same second for the one that it remembers.
    """
    path.write_bytes(data)
    second = next(SECONDS)
    os.utime(path, (second, second))


def without_ballast(folder: str, names: list[str]) -> set[str]:
    """What need not be copied: history, caches, large files, links that lead nowhere."""
    left_out = set(LEFT_OUT(folder, names))
    for name in names:
        path = Path(folder, name)
        if path.is_symlink():
            left_out.add(name)
        elif path.is_file() and path.suffix not in SOURCES and path.stat().st_size > LARGE:
            left_out.add(name)
    return left_out


def file_stem(file: str) -> str:
    """A file's name without its ending."""
    return PurePosixPath(file).stem


def stem(file: str) -> str:
    """The last part of the name by which `file` is imported."""
    path = PurePosixPath(file)
    return path.parent.name if path.stem == "__init__" else path.stem
