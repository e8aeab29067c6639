"""Brings the checkpoints of the settings to this machine: a folder as it is, a zip of the manifest, or a hub's files.

Runs in the worker, since slots have no network; torch is not imported here. Nothing is fetched that could be a pickle.
"""

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from models.errors import CheckpointUnusable, WeightsUnavailable
from models.settings import Checkpoint

from .weights import Weights

DATA = (".json", ".txt", ".model", ".jinja", ".safetensors")
"""Endings of what is data and no program."""
FROM_HUB = ["*.json", "*/*.json", "*/*.txt", "*/*.model", "*/*.safetensors"]
ADAPTER_FROM_HUB = ["*.json", "*.safetensors"]
NOT_FROM_HUB = ["*.fp16.*", "*.bf16.*", "*.non_ema.*", "*/*.onnx*"]


class CheckpointFiles(BaseModel):
    """A checkpoint on this machine, and how its owner wants it used. ``adapters``: files of LoRA with their weights."""

    model_config = ConfigDict(frozen=True)

    name: str
    folder: Path
    controlnet: Path | None = None
    adapters: list[tuple[Path, float]] = []
    scheduler: str = ""
    steps: int = 25
    guidance: float = 7.0


class Checkpoints:
    """The checkpoints of the settings; the first one paints."""

    def __init__(self, checkpoints: Sequence[Checkpoint], weights: Weights) -> None:
        self._checkpoints = list(checkpoints)
        self._weights = weights

    def __bool__(self) -> bool:
        return bool(self._checkpoints)

    def fetch(self) -> CheckpointFiles:
        """The first one's files, fetched if need be (may block for long).

        Raises ``CheckpointUnusable`` for what can never work, ``WeightsUnavailable`` for what a network did not bring.
        """
        chosen = self._checkpoints[0]
        return CheckpointFiles(
            name=chosen.name,
            folder=self._folder(chosen, chosen.source, "model_index.json"),
            controlnet=self._folder(chosen, chosen.controlnet, "config.json") if chosen.controlnet else None,
            adapters=[(self._adapter(chosen, each.source), each.weight) for each in chosen.adapters],
            scheduler=chosen.scheduler,
            steps=chosen.steps,
            guidance=chosen.guidance,
        )

    def _folder(self, chosen: Checkpoint, source: str, head: str) -> Path:
        """A folder with ``head`` in it."""
        found = self._found(chosen, source, FROM_HUB)
        if not (found / head).is_file():
            raise CheckpointUnusable(checkpoint=chosen.name, reason=f"no {head} in {source}")
        return found.absolute()

    def _adapter(self, chosen: Checkpoint, source: str) -> Path:
        """One safetensors file."""
        found = self._found(chosen, source, ADAPTER_FROM_HUB)
        files = [found] if found.is_file() else sorted(found.glob("*.safetensors"))
        if len(files) != 1 or files[0].suffix != ".safetensors":
            raise CheckpointUnusable(checkpoint=chosen.name, reason=f"{source} is not one safetensors file")
        return files[0].absolute()

    def _found(self, chosen: Checkpoint, source: str, patterns: list[str]) -> Path:
        if source in self._weights.names():
            return self._of_manifest(chosen.name, source)
        if Path(source).exists():
            return Path(source)
        if source.count("/") == 1 and not source.startswith((".", "/", "~")):
            return self._of_hub(source, patterns, chosen.endpoint)
        raise CheckpointUnusable(checkpoint=chosen.name, reason=f"there is no {source}")

    def _of_manifest(self, name: str, source: str) -> Path:
        """The file itself, or the folder beside it that a zip was unpacked into, once."""
        file = self._weights.ensure(source)
        if file.suffix != ".zip":
            return file
        folder = file.with_suffix("")
        with FileLock(f"{folder}.lock"):
            if not folder.is_dir():
                _unpack(name, file, folder)
        return folder

    def _of_hub(self, source: str, patterns: list[str], endpoint: str | None) -> Path:
        import httpx
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

        repository, _, revision = source.partition("@")
        try:
            return Path(
                snapshot_download(
                    repository,
                    revision=revision or None,
                    endpoint=endpoint,
                    cache_dir=self._weights.home / "hub",
                    allow_patterns=patterns,
                    ignore_patterns=NOT_FROM_HUB,
                )
            )
        except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, httpx.HTTPError, OSError) as error:
            raise WeightsUnavailable(weights=source, reason=str(error).splitlines()[0][:200]) from error


def _unpack(name: str, archive: Path, folder: Path) -> None:
    """Data files of a zip, in folders as deep as one; whole or not at all."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as home, zipfile.ZipFile(archive) as pack:
        for member in pack.infolist():
            path = PurePosixPath(member.filename)
            if member.is_dir():
                continue
            if path.suffix not in DATA or ".." in path.parts or path.is_absolute() or len(path.parts) > 2:
                raise CheckpointUnusable(checkpoint=name, reason=f"{path} in {archive.name} is not wanted")
            target = Path(home) / "content" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with pack.open(member) as source, target.open("wb") as out:
                shutil.copyfileobj(source, out)
        (Path(home) / "content").rename(folder)
