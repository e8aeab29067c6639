"""One running stack a home: a lock that the kernel drops with its holder, so that a crash leaves nothing to clean."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AlreadyRunning


@contextmanager
def run_lock(home: Path, url: str) -> Iterator[None]:
    """Hold ``home/run.lock``; ``AlreadyRunning`` names the URL that its holder wrote. Children don't inherit it."""
    descriptor = os.open(home / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 1000).decode() or url
            raise AlreadyRunning(f"The workshop of {home} runs already: {holder}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, url.encode())
        yield
    finally:
        os.close(descriptor)
