"""Faces planted on other photographs: how many are found, and how often something else is taken for one."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from activities.inference.engines.faces import _piece
from tests.activities.tools.context import engines
from tests.activities.tools.test_privacy_protection import GROUNDS, holds, planted

SIZES = (20, 28, 44, 64, 100, 180, 300)
TURNS = (0, -20, 20, -35, 35, 90, 180)
LIGHTS = (0.45, 0.7, 1.0, 1.3)
EACH = 16
"""Pictures of each size."""

Box = tuple[float, float, float, float]
Find = Callable[[np.ndarray], list[Box]]


def section(folder: Path) -> str:
    """Recall by size, wrong boxes a picture and seconds, ours beside the same network run once, as MediaPipe does."""
    found = {
        "privacy-protection (BlazeFace, pyramid, second look)": measured(ours),
        "BlazeFace full range once over the picture, score 0.5, as MediaPipe runs it": measured(once),
    }
    lines = [
        "One face of scikit-image on three other photographs of 1200 x 840, at random places, upright or turned by 20,",
        f"35, 90 or 180 degrees, in 0.45 to 1.3 times the light; {EACH} pictures of each size. Recall by size in",
        "pixels; wrong: boxes a picture that are not the planted face; s: the fastest picture, 2 threads.",
        "",
        "| | " + " | ".join(str(size) for size in SIZES) + " | wrong | s |",
        "|---|" + "---|" * (len(SIZES) + 2),
    ]
    for name, (recall, wrong, seconds) in found.items():
        cells = " | ".join(f"{recall[size]:.0%}" for size in SIZES)
        lines.append(f"| {name} | {cells} | {wrong:.2f} | {seconds:.2f} |")
    return "\n".join(lines)


def ours(rgb: np.ndarray) -> list[Box]:
    """The tool's own detector."""
    return [face.box for face in engines().get("faces").detect(rgb)]


def once(rgb: np.ndarray) -> list[Box]:
    """One look at the whole picture in its square."""
    side = max(rgb.shape[:2])
    left, top = (rgb.shape[1] - side) // 2, (rgb.shape[0] - side) // 2
    seen = engines().get("faces")._full.look(_piece(rgb, left, top, side), 0.5)
    boxes = [box * side for box, _ in seen]
    return [(float(x) + left, float(y) + top, float(width), float(height)) for x, y, width, height in boxes]


def measured(find: Find) -> tuple[dict[int, float], float, float]:
    """Recall by size, wrong boxes a picture, seconds of the fastest picture."""
    dice, hits, wrong, fastest = random.Random(5), defaultdict(int), 0, 1e9
    grounds = list(GROUNDS)
    for size in SIZES:
        for number in range(EACH):
            at = (dice.randint(size, 1200 - size), dice.randint(size, 840 - size))
            picture = planted(grounds[number % len(grounds)], size, dice.choice(TURNS), dice.choice(LIGHTS), at)
            began = time.perf_counter()
            boxes = find(picture)
            fastest = min(fastest, time.perf_counter() - began)
            right = [holds(box, at) for box in boxes]
            hits[size] += any(right)
            wrong += len(right) - sum(right)
    return {size: hits[size] / EACH for size in SIZES}, wrong / (EACH * len(SIZES)), fastest
