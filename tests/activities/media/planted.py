"""A film of real pictures with cuts that we know: photographs under a moving camera, the rabbit, a concert."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from .clips import BUNNY, sample

SIZE = (320, 180)
RATE = 25
CONCERT = ((5.2, 7.5), (8.0, 10.0), (10.8, 15.1), (23.1, 29.3), (31.0, 35.9), (43.0, 46.5), (50.0, 54.0), (57.2, 59.5))
"""Stretches of the concert without a cut, in seconds."""
SOURCES = 6 + 2 + len(CONCERT)


@dataclass(frozen=True)
class Film:
    """A film on the disk, the pictures at which its shots begin (the first but for 0), and its dissolves' middles."""

    path: Path
    cuts: list[int]
    dissolves: list[int]


def film(
    path: Path, seed: int, count: int = 12, *, dissolves: bool = False, crf: int = 26, flashes: bool = False
) -> Film:
    """``count`` shots of half a second to two, in an order by ``seed``; with flashes within shots if asked."""
    random = np.random.default_rng(seed)
    cuts: list[int] = []
    soft: list[int] = []
    frames: list[np.ndarray] = []
    before = -1
    for number in range(count):
        length = int(random.integers(12, 50)) + (26 if dissolves else 0)
        source = int(random.choice([each for each in range(SOURCES) if each != before]))
        shot, before = list(_shot(random, source, length)), source
        if flashes and number % 3 == 1:
            shot[length // 2] = np.clip(shot[length // 2].astype(int) + 120, 0, 255).astype(np.uint8)
        if dissolves and frames and number % 2:
            for at in range(13):
                share = (at + 1) / 14
                frames[-13 + at] = np.rint(frames[-13 + at] * (1 - share) + shot[at] * share).astype(np.uint8)
            soft.append(len(frames) - 7)
            shot = shot[13:]
        elif frames:
            cuts.append(len(frames))
        frames += shot
    _write(path, frames, crf)
    return Film(path, cuts, soft)


def _write(path: Path, frames: list[np.ndarray], crf: int) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": str(crf), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"  # type: ignore[attr-defined]
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))  # type: ignore[attr-defined]
        container.mux(stream.encode(None))  # type: ignore[attr-defined]


def _shot(random: np.random.Generator, source: int, length: int) -> Iterator[np.ndarray]:
    """Photographs, then the rabbit as it is and mirrored, then the stretches of the concert, by number."""
    photos = photographs()
    if source < len(photos):
        yield from _camera(random, photos[source], length)
    elif source < len(photos) + 2:
        start = int(random.integers(0, 132 - min(length, 120)))
        mirrored = source == len(photos)
        yield from (frame[:, ::-1] if mirrored else frame for frame in rabbits()[start : start + length])
    else:
        first, last = CONCERT[source - len(photos) - 2]
        yield from concert()[int(first * 24) : int(last * 24)][:length]


def _camera(random: np.random.Generator, photo: np.ndarray, length: int) -> Iterator[np.ndarray]:
    """A photograph under a camera that pans and zooms."""
    height, width = photo.shape[:2]
    begin, end = random.uniform(0, 1, 2), random.uniform(0, 1, 2)
    zooms = random.uniform(0.55, 0.8, 2)
    image = Image.fromarray(photo)
    for at in range(length):
        share = at / length
        zoom = zooms[0] * (1 - share) + zooms[1] * share
        across, down = min(width, height * 16 / 9) * zoom, min(height, width * 9 / 16) * zoom
        left, top = (begin * (1 - share) + end * share) * (width - across, height - down)
        box = (left, top, left + across, top + down)
        yield np.asarray(image.resize(SIZE, Image.Resampling.BILINEAR, box=box))


@cache
def photographs() -> list[np.ndarray]:
    own = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    return [*own, load_sample_image("china.jpg"), load_sample_image("flower.jpg")]


def _all(path: Path, box: tuple[int, int, int, int] | None) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        images = (frame.to_image() for frame in container.decode(container.streams.video[0]))
        return [np.asarray(each.resize(SIZE, Image.Resampling.BILINEAR, box=box)) for each in images]


@cache
def rabbits() -> list[np.ndarray]:
    return _all(BUNNY, None)


@cache
def concert() -> list[np.ndarray]:
    return _all(sample("mp4"), (0, 22, 176, 121))
