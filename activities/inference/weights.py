"""The cache of weights: fetches a file once, trusts it only by its digest, and needs no network when it is there."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from filelock import FileLock

from models.errors import WeightsUnavailable

from .manifest import Manifest, WeightFile, read_manifest

BLOCK = 1 << 20


class Weights:
    """Files of weights under ``cache``, which many processes may share. ``downloads`` in it may be deleted."""

    def __init__(self, cache: Path, manifest: Manifest | None = None) -> None:
        self._cache = cache.absolute()
        self._manifest = read_manifest() if manifest is None else manifest

    @property
    def home(self) -> Path:
        """The folder of the cache."""
        return self._cache

    def names(self) -> list[str]:
        """All weights that the manifest knows."""
        return sorted(self._manifest)

    def entry(self, name: str) -> WeightFile:
        """What the manifest says of ``name``; ``WeightsUnavailable`` if nothing."""
        if name not in self._manifest:
            raise WeightsUnavailable(weights=name, reason="not in the manifest")
        return self._manifest[name]

    def present(self, name: str) -> bool:
        """Whether ``ensure`` would answer at once."""
        entry = self.entry(name)
        path = self._path(name)
        return path.is_file() and bool(entry.derive or path.stat().st_size == entry.size)

    def ensure(self, name: str) -> Path:
        """The file, fetched and verified first if need be (may block for minutes); raises ``WeightsUnavailable``."""
        if not self.present(name):
            try:
                self._cache.mkdir(parents=True, exist_ok=True)
                with FileLock(self._cache / f".{name}.lock"):
                    if not self.present(name):
                        self._fetch(name)
            except OSError as error:
                raise WeightsUnavailable(weights=name, reason=str(error)) from error
        return self._path(name)

    def _path(self, name: str) -> Path:
        return self._cache / self.entry(name).file_name(name)

    def _fetch(self, name: str) -> None:
        from .derivations import DERIVATIONS
        from .sources import obtain

        entry, path = self.entry(name), self._path(name)
        downloads = self._cache / "downloads"
        downloads.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=downloads, prefix=f"{name}-") as folder:
            raw = obtain(name, entry, downloads, Path(folder))
            self._verify(name, entry, raw)
            ready = DERIVATIONS[entry.derive](raw, Path(folder)) if entry.derive else raw
            placed = Path(shutil.move(ready, Path(folder) / path.name))
            placed.chmod(0o644)
            placed.replace(path)

    def _verify(self, name: str, entry: WeightFile, path: Path) -> None:
        found = digest(path)
        if found != entry.sha256:
            path.unlink()
            raise WeightsUnavailable(weights=name, reason=f"sha256 is {found[:12]}…, not {entry.sha256[:12]}…")


def digest(path: Path) -> str:
    """The file's sha256 in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
