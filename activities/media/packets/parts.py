"""What all containers share: copying a part of a file, and a bound for how many parts are looked through."""

from typing import BinaryIO

from models.errors import CorruptFile

MOST_READ = 1_000_000
"""Bytes of a packet that is read."""
MOST_PARTS = 100_000
"""Chunks or segments that are looked through; files with more are made to keep us busy."""


def copied(file: BinaryIO, out: BinaryIO, at: int, length: int | None) -> None:
    """``length`` bytes from ``at``, or all that are left."""
    file.seek(at)
    left = length
    while left is None or left > 0:
        block = file.read(1 << 20 if left is None else min(left, 1 << 20))
        if not block:
            break
        out.write(block)
        left = None if left is None else left - len(block)
    if left:
        raise CorruptFile(reason="cut off")
