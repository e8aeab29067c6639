"""Scratch folders of running attempts, and the bounded local cache of inputs. Both are this machine's own."""

import asyncio
import fcntl
import os
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import mkdtemp

from .storage import ObjectStore

LOCK = "owner.lock"
YOUNG = 60.0
"""Seconds in which a folder without a lock may be one that is being made."""


class Scratch:
    """``root/{random}/`` belongs to this process, which holds a lock on it; folders whose owner died are removed."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.clean()
        self._home = Path(mkdtemp(prefix="worker-", dir=self._root))
        self._lock = (self._home / LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    @property
    def home(self) -> Path:
        """This process's own folder, for what lives as long as it does."""
        return self._home

    @asynccontextmanager
    async def folder(self, name: str) -> AsyncIterator[Path]:
        """An empty folder for one attempt, gone with everything in it when the block ends."""
        path = Path(mkdtemp(prefix=f"{name}-", dir=self._home))
        try:
            yield path
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, path, ignore_errors=True))

    def clean(self) -> int:
        """Remove the folders of workers that are dead; returns how many."""
        removed = 0
        for home in self._root.glob("worker-*"):
            if _is_orphan(home):
                shutil.rmtree(home, ignore_errors=True)
                removed += 1
        return removed

    def close(self) -> None:
        """Remove our own folder."""
        shutil.rmtree(self._home, ignore_errors=True)
        self._lock.close()


class InputCache:
    """Inputs by digest under ``root``, at most ``capacity`` bytes, the least recently used going first."""

    def __init__(self, root: Path, capacity: int, store: ObjectStore) -> None:
        self._root = root.absolute()
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._capacity = capacity
        self._store = store

    async def fetch(self, key: str, sha256: str, target: Path) -> None:
        """Have the object's bytes at ``target`` (a hard link, read-only by convention)."""
        cached = self._root / sha256
        try:
            os.link(cached, target)
            os.utime(cached)
        except FileNotFoundError:
            await self._store.get_to_file(key, target)
            await asyncio.to_thread(self._keep, target, cached)

    def _keep(self, target: Path, cached: Path) -> None:
        """Link before evicting; two workers that keep the same object are harmless to each other."""
        if target.stat().st_size > self._capacity:
            return
        try:
            os.link(target, cached)
        except FileExistsError:
            return
        self._evict()

    def _evict(self) -> None:
        found = []
        for path in self._root.iterdir():
            try:
                facts = path.stat()
            except FileNotFoundError:
                continue
            found.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= self._capacity:
                break
            path.unlink(missing_ok=True)
            total -= size


def _is_orphan(home: Path) -> bool:
    try:
        with (home / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return _age(home) > YOUNG
    return True


def _age(home: Path) -> float:
    try:
        return time.time() - home.stat().st_mtime
    except FileNotFoundError:
        return 0.0
