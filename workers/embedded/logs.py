"""Log files of supervised processes, kept bounded: children append, we cut."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LARGEST = 20 * 1024 * 1024


def open_log(file: Path) -> BinaryIO:
    """The file opened for appending, cut first if it is large."""
    cut(file)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    return os.fdopen(descriptor, "ab")


def cut(file: Path) -> None:
    """Move what a file above ``LARGEST`` bytes holds to ``FILE.1``; its writer goes on at the beginning."""
    if file.exists() and file.stat().st_size > LARGEST:
        shutil.copyfile(file, file.with_name(file.name + ".1"))
        os.truncate(file, 0)


def tail(file: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    with file.open("rb") as stream:
        stream.seek(max(0, file.stat().st_size - 20_000))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-lines:])
