"""Subjects whose opacity is known to the last pixel, laid on photographs: what a cut-out can be measured against.

Rendered objects come from the npm package ``@lobehub/fluent-emoji-3d`` (MIT), the photographs from scikit-image and
scikit-learn; hair, rings and blur are drawn here.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from filelock import FileLock
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.inference.sources import npm

CACHE = Path(".cache/bench/emoji")
PACKAGE = "@lobehub/fluent-emoji-3d@1.1.0"
OBJECTS = {"teapot": "1fad6", "shoe": "1f45f", "teddy": "1f9f8", "bicycle": "1f6b2", "fox": "1f98a", "t-shirt": "1f455"}
SIDE, CANVAS = 560, (800, 960)
FINE = 3
"""Strands are drawn this many times as large, so that their opacity is right."""


@dataclass(frozen=True)
class Scene:
    """``picture``: uint8 RGB; ``truth``: alpha in 0..1, float32; ``color``: the subject's own colors, float32."""

    name: str
    picture: np.ndarray
    truth: np.ndarray
    color: np.ndarray


def scenes() -> Iterator[Scene]:
    """Each subject on a photograph out of focus, as a camera would show it, with a little grain."""
    dice = np.random.default_rng(7)
    grounds = list(_grounds())
    for number, (name, color, alpha) in enumerate(_subjects(dice)):
        color, alpha = _centered(color), _centered(alpha)
        ground = grounds[number % len(grounds)]
        mixed = alpha[..., None] * color + (1 - alpha[..., None]) * ground + dice.normal(0, 1.5, color.shape)
        yield Scene(name, np.clip(np.round(mixed), 0, 255).astype(np.uint8), alpha, color)


def _subjects(dice: np.random.Generator) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for name, code in OBJECTS.items():
        color, alpha = _object(code)
        yield name, color, alpha
    color, alpha = _object(OBJECTS["teddy"])
    yield "teddy, defocused", *_defocused(color, alpha, 7)
    yield "dark hair", *_hairy(dice, (38, 28, 24))
    yield "fair hair", *_hairy(dice, (190, 150, 105))
    yield "dark coat", *_coat()
    yield "wire ring", *_ring()


def _grounds() -> Iterator[np.ndarray]:
    photographs = [load_sample_image("china.jpg"), data.coffee(), data.rocket(), load_sample_image("flower.jpg")]
    for number, photograph in enumerate(photographs):
        ground = cv2.resize(photograph, CANVAS[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)
        yield cv2.GaussianBlur(ground, (0, 0), 2 + 3 * number)


def _object(code: str) -> tuple[np.ndarray, np.ndarray]:
    """Colors (continued beyond the edge) and alpha of a rendered object."""
    with tarfile.open(_package()) as package:
        stream = package.extractfile(f"package/assets/{code}.webp")
        assert stream is not None
        image = Image.open(io.BytesIO(stream.read())).convert("RGBA")
    drawn = np.asarray(image, np.float32)
    share = drawn[..., 3:] / 255
    colors, weight = drawn[..., :3] * share, share
    far, near = (cv2.GaussianBlur(np.dstack([colors, weight]), (0, 0), sigma) for sigma in (12, 1.5))
    spread = np.where(
        near[..., 3:] > 0.02, near[..., :3] / (near[..., 3:] + 1e-6), far[..., :3] / (far[..., 3:] + 1e-6)
    )
    whole = np.where(share > 0.98, drawn[..., :3], spread).clip(0, 255)
    color, alpha = (cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for each in (whole, share))
    return color, np.clip(alpha, 0, 1)


def _package() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / ".lock"):
        if not (found := next(CACHE.glob("*.tgz"), None)):
            subprocess.run([*npm(), "pack", "--silent", PACKAGE], cwd=CACHE, check=True, capture_output=True)
            found = next(CACHE.glob("*.tgz"))
    return found


def _defocused(color: np.ndarray, alpha: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    rim = int(4 * sigma)
    color, alpha = (cv2.copyMakeBorder(each, *(rim,) * 4, cv2.BORDER_REPLICATE) for each in (color, alpha))
    alpha[:rim] = alpha[-rim:] = alpha[:, :rim] = alpha[:, -rim:] = 0
    soft = cv2.GaussianBlur(alpha, (0, 0), sigma)
    mixed = cv2.GaussianBlur(color * alpha[..., None], (0, 0), sigma) / (soft[..., None] + 1e-6)
    return np.where(soft[..., None] > 1e-3, mixed, color), soft


def _hairy(dice: np.random.Generator, hair: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A head with hundreds of loose strands, each thinner than two pixels."""
    side = SIDE * FINE
    alpha, color = np.zeros((side, side), np.uint8), np.empty((side, side, 3), np.uint8)
    color[:] = hair
    middle = np.array([side / 2, side / 2])
    for _ in range(420):
        turn, bend, length = dice.uniform(0, 2 * np.pi), dice.normal(0, 0.5), side * dice.uniform(0.30, 0.47)
        steps = np.linspace(0.5, 1, 14)[:, None]
        angles = turn + bend * (steps - 0.5)
        line = np.round(middle + length * steps * np.hstack([np.cos(angles), np.sin(angles)])).astype(np.int32)
        cv2.polylines(alpha, [line], False, 255, int(dice.integers(2, 5)), cv2.LINE_AA)
        shade = [int(value) for value in np.clip(np.array(hair) * dice.uniform(0.7, 1.4), 0, 255)]
        cv2.polylines(color, [line], False, shade, 6)
    cv2.circle(alpha, (side // 2, side // 2), int(side * 0.27), 255, -1)
    cv2.circle(color, (side // 2, side // 2 + side // 14), int(side * 0.2), (214, 168, 140), -1)
    cv2.ellipse(color, (side // 2, side // 2 + side // 6), (side // 16, side // 50), 0, 0, 360, (170, 80, 80), -1)
    for left in (-1, 1):
        cv2.circle(color, (side // 2 + left * side // 14, side // 2 + side // 30), side // 50, (40, 50, 60), -1)
    small = (SIDE, SIDE)
    return (
        cv2.resize(color, small, interpolation=cv2.INTER_AREA).astype(np.float32),
        cv2.resize(alpha, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255,
    )


def _coat() -> tuple[np.ndarray, np.ndarray]:
    """A figure in a very dark coat, whose body is as dark as a night."""
    side = SIDE * FINE
    alpha, color = np.zeros((side, side), np.uint8), np.zeros((side, side, 3), np.uint8)
    body = np.array([[0.36, 0.34], [0.64, 0.34], [0.74, 0.98], [0.26, 0.98]]) * side
    cv2.fillPoly(alpha, [body.astype(np.int32)], 255)
    color[:] = (26, 27, 33)
    cv2.circle(alpha, (side // 2, int(side * 0.2)), int(side * 0.13), 255, -1)
    cv2.circle(color, (side // 2, int(side * 0.2)), int(side * 0.15), (205, 160, 135), -1)
    folds = (8 * np.sin(np.arange(side) / side * 40)).astype(np.int16)
    color[int(side * 0.36) :] = np.clip(color[int(side * 0.36) :] + folds[None, :, None], 0, 255)
    small = (SIDE, SIDE)
    return (
        cv2.resize(color, small, interpolation=cv2.INTER_AREA).astype(np.float32),
        cv2.GaussianBlur(cv2.resize(alpha, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255, (0, 0), 0.8),
    )


def _ring() -> tuple[np.ndarray, np.ndarray]:
    """A wheel of thin wires: holes must be holes."""
    side = SIDE * FINE
    alpha = np.zeros((side, side), np.uint8)
    middle = (side // 2, side // 2)
    cv2.circle(alpha, middle, int(side * 0.4), 255, side // 22, cv2.LINE_AA)
    cv2.circle(alpha, middle, side // 14, 255, -1, cv2.LINE_AA)
    for turn in np.arange(0, np.pi, np.pi / 7):
        ends = [
            (int(side / 2 + way * side * 0.4 * np.cos(turn)), int(side / 2 + way * side * 0.4 * np.sin(turn)))
            for way in (-1, 1)
        ]
        cv2.line(alpha, ends[0], ends[1], 255, 7, cv2.LINE_AA)
    color = np.empty((SIDE, SIDE, 3), np.float32)
    color[:] = (178, 34, 30)
    return color, cv2.resize(alpha, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _centered(layer: np.ndarray) -> np.ndarray:
    """In the middle of the canvas, a little low."""
    height, width = layer.shape[:2]
    top, left = (CANVAS[0] - height) * 2 // 3, (CANVAS[1] - width) // 2
    rims = (top, CANVAS[0] - height - top, left, CANVAS[1] - width - left)
    way = cv2.BORDER_REPLICATE if layer.ndim == 3 else cv2.BORDER_CONSTANT
    placed: np.ndarray = cv2.copyMakeBorder(layer, *rims, way)
    return placed
