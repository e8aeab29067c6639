"""Results into a folder: under names that are safe on this machine, and never over a file that is there."""

import re
from pathlib import Path

from .client import Client, Count

LONGEST = 120
"""Characters of a name, so that no file system refuses it."""

RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def save(client: Client, url: str, name: str, folder: Path, count: Count) -> Path:
    """Download an output of a job under its ``name``; returns where it lies. One that fails leaves nothing behind."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _reserve(folder, safe_name(name))
    complete = False
    try:
        with path.open("wb") as target:
            client.download(url, target, count)
        complete = True
    finally:
        if not complete:
            path.unlink(missing_ok=True)
    return path


def safe_name(name: str) -> str:
    """``name`` without folders, control characters and what Windows or a shell trips over."""
    last = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f<>:"|?*]', "_", last).strip(". ").lstrip("-")
    if not plain or RESERVED.match(plain):
        plain = f"file_{plain}"
    stem, suffix = Path(plain).stem, Path(plain).suffix
    return stem[: LONGEST - len(suffix)] + suffix[:LONGEST]


def _reserve(folder: Path, name: str) -> Path:
    """Create an empty file of that name, or with a number behind it if the name is taken."""
    path, number = folder / name, 1
    while True:
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            number += 1
            path = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
        else:
            return path
