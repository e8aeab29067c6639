"""Writes zips whose bytes depend on nothing but what is put in: no clock, no order of a folder."""

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path


def pack(path: Path, entries: Iterable[tuple[str, Path]]) -> int:
    """Write files that are compressed already under the given names; returns how many there were."""
    count = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, source in entries:
            with source.open("rb") as file, archive.open(zipfile.ZipInfo(name), "w", force_zip64=False) as entry:
                shutil.copyfileobj(file, entry)
            count += 1
    return count


def merge(path: Path, archives: Iterable[Path]) -> list[str]:
    """Write the members of zips of ours into one, in order; returns their names."""
    names = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as merged:
        for each in archives:
            with zipfile.ZipFile(each) as archive:
                for member in archive.infolist():
                    with archive.open(member) as file, merged.open(zipfile.ZipInfo(member.filename), "w") as entry:
                        shutil.copyfileobj(file, entry)
                    names.append(member.filename)
    return names
