"""The file that a backup is: a tar whose last member lists the sha256 of all the others, in their order.

Members are written and read one by one and never listed in memory, so that a million objects cost no more than ten.
The list is in the format of sha256sum(1); an archive that was cut off has none and is refused.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

MANIFEST, DIGESTS = "manifest.json", "digests.txt"
BLOCK = 1 << 20


class Damaged(Exception):
    """The archive isn't what was written; the text names the first member that differs."""


class ArchiveWriter:
    """Adds members to a new archive; ``finish`` makes it whole."""

    def __init__(self, stream: IO[bytes], digests: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by finish
        self._digests = digests

    def add_file(self, name: str, path: Path) -> None:
        """Add a local file under ``name``."""
        with path.open("rb") as stream:
            self._add(name, path.stat().st_size, stream)

    def add_document(self, name: str, document: Any) -> None:
        """Add a small JSON document."""
        body = json.dumps(document, ensure_ascii=False, indent=1).encode()
        self._add(name, len(body), io.BytesIO(body))

    def finish(self) -> None:
        """Add the list of digests and end the tar."""
        size = self._digests.tell()
        self._digests.seek(0)
        info = tarfile.TarInfo(DIGESTS)
        info.size = size
        self._tar.addfile(info, self._digests)
        self._tar.close()

    def _add(self, name: str, size: int, stream: IO[bytes]) -> None:
        hashing = Hashing(stream)
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, hashing)
        self._tar.members = []  # type: ignore[attr-defined]
        self._digests.write(_line(hashing.hexdigest(), name))


class Hashing:
    """A stream that is hashed while it is read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._hash.update(block)
        return block

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each member in order; the content must be read before the next is asked for."""
    with tarfile.open(path, mode="r|") as tar:
        for info in tar:
            content = tar.extractfile(info)
            if content is not None:
                yield info.name, content
            tar.members = []  # type: ignore[attr-defined]


def verify(path: Path) -> dict[str, Any]:
    """Read all of it and return the manifest; raises ``Damaged``."""
    with _readable(path), TemporaryFile() as found:
        manifest: dict[str, Any] | None = None
        for name, content in members(path):
            if name == DIGESTS:
                found.seek(0)
                _compare(content, found)
                if manifest is None:
                    raise Damaged(f"{path} has no manifest: it isn't a backup of the workshop")
                return manifest
            hashing = Hashing(content)
            kept = [block for block in iter(lambda: hashing.read(BLOCK), b"") if name == MANIFEST]  # noqa: B023
            if name == MANIFEST:
                manifest = json.loads(b"".join(kept))
            found.write(_line(hashing.hexdigest(), name))
    raise Damaged(f"{path} ends too early: it was cut off")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, json.JSONDecodeError, EOFError) as error:
        raise Damaged(f"{path} can't be read: {error}") from error


def _compare(written: IO[bytes], found: IO[bytes]) -> None:
    for expected, actual in zip_longest(written, found, fillvalue=b""):
        if expected != actual:
            name = (expected or actual).decode().rstrip().partition("  ")[2]
            raise Damaged(f"{name} isn't what was backed up: its sha256 differs")


def _line(digest: str, name: str) -> bytes:
    return f"{digest}  {name}\n".encode()
