"""Fetches pinned source distributions with pip, and unpacks them."""

import subprocess
import sys
import tarfile
from pathlib import Path

TIME_LIMIT_S = 300


class NotThere(Exception):
    """A distribution could not be had, most likely for want of a network."""


def fetch(pinned: Path, folder: Path) -> list[Path]:
    """Downloads what `pinned` lists and unpacks it below `folder`; the projects' folders.

    `pinned` is a requirements file with hashes: what is tried is what was pinned, or nothing.
    """
    archives, trees = folder / "archives", folder / "trees"
    trees.mkdir(parents=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-binary", ":all:", "--require-hashes"]
    command += ["--dest", str(archives), "--requirement", str(pinned)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TIME_LIMIT_S
        )
    except subprocess.TimeoutExpired as error:
        raise NotThere(f"pip did not end within {TIME_LIMIT_S} s") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["pip failed"]
        raise NotThere(last[0])
    for archive in sorted(archives.iterdir()):
        unpack(archive, trees)
    return sorted(trees.iterdir())


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks without links to elsewhere, absolute paths, devices or `..`."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
