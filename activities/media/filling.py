"""Fills holes in pictures with what their surroundings would show: PatchMatch, led by the picture's lines, and judged.

PatchMatch (doi:10.1145/1531326.1531330) finds patches that fit; how large they are and which lines they keep to makes
the difference between a torn roof and a whole one. So every hole is filled in several ways where it is small and quick,
the likeliest way is chosen, and the hole is filled that way in full detail. A network that fills (LaMa, MI-GAN) is one
more way, judged like the others.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np

TRIED, FINE, FINE_HOLE = 100_000, 3_000_000, 200_000
"""Pixels around a hole in which the ways are tried; around and within one in which the chosen way is done, enlarged
from there on: PatchMatch takes a processor a minute for a megapixel of hole."""
PATCHES = (3, 5, 6)
"""Radii of the plain ways."""
GUIDED_PATCH, GUIDE_WEIGHT, FAMILIES = 4, 1.0, 2
THIN = 3.0
"""Pixels from its middle to its rim up to which a hole is also tried by diffusion, as Telea did it."""
CONTEXT, LEAST_CONTEXT = 0.8, 48
"""Around a hole: a share of its longer side, and pixels."""
TOGETHER = 0.15
"""Holes nearer than this share of their longer side are filled as one."""
SMALLEST = 40
"""Pixels of a side below which there are no patches to speak of: diffusion fills those."""


class Network(Protocol):
    """An engine that fills: ``fill`` takes RGB (uint8, H x W x 3) and a hole (bool, H x W) and returns RGB."""

    label: str

    def fill(self, rgb: "np.ndarray", hole: "np.ndarray") -> "np.ndarray": ...


@dataclass(frozen=True)
class _Scene:
    """A hole and what lies around it."""

    rgb: "np.ndarray"
    hole: "np.ndarray"
    avoided: "np.ndarray"


Way = Callable[[_Scene], "np.ndarray"]


def fill(
    rgb: "np.ndarray",
    hole: "np.ndarray",
    avoided: "np.ndarray",
    *,
    threads: int,
    seed: int = 0,
    network: Network | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> "np.ndarray":
    """A copy of ``rgb`` (uint8, H x W x 3) with ``hole`` (bool, H x W) filled; pixels outside of it are the same.

    Nothing of ``avoided`` (bool, H x W) is taken as a source. The hole must leave some of the picture: ``ValueError``.
    """
    import patchmatch

    if hole.all():
        raise ValueError("there is nothing around the hole")
    patchmatch.set_random_seed(seed)
    result = rgb.copy()
    open_ = hole.copy()
    done = 0
    total = int(hole.sum())
    for part, place in _parts(hole):
        scene = _Scene(result[place], part, (avoided[place] | open_[place]) & ~part)
        filled = _filled(scene, threads, seed, network)
        result[place][part] = filled[part]
        open_[place] &= ~part
        done += int(part.sum())
        progress(done / total)
    return result


def ways_label(network: Network | None) -> str:
    """The ways in which holes are filled, for users."""
    return f"PatchMatch + {network.label}" if network else "PatchMatch"


def _parts(hole: "np.ndarray") -> "Iterator[tuple[np.ndarray, tuple[slice, slice]]]":
    """Holes that are filled as one, each as a mask within a place (rows, columns) that holds its surroundings."""
    import cv2
    import numpy as np

    height, width = hole.shape
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(hole.astype(np.uint8), connectivity=8)
    groups: list[tuple[list[int], np.ndarray]] = []
    for number in sorted(range(1, count), key=lambda each: -int(boxes[each, 4])):
        left, top, across, down = boxes[number, :4]
        box = np.array([left, top, left + across, top + down])
        for at, (members, other) in enumerate(groups):
            near = TOGETHER * max(other[2] - other[0], other[3] - other[1])
            if (box[:2] <= other[2:] + near).all() and (box[2:] >= other[:2] - near).all():
                groups[at] = (
                    [*members, number],
                    np.hstack([np.minimum(box[:2], other[:2]), np.maximum(box[2:], other[2:])]),
                )
                break
        else:
            groups.append(([number], box))
    for members, (left, top, right, below) in groups:
        around = max(LEAST_CONTEXT, round(CONTEXT * max(right - left, below - top)))
        rows = slice(max(0, top - around), min(height, below + around))
        columns = slice(max(0, left - around), min(width, right + around))
        yield np.isin(labels[rows, columns], members), (rows, columns)


def _filled(scene: _Scene, threads: int, seed: int, network: Network | None) -> "np.ndarray":
    """The scene with its hole filled in the way that looks likeliest."""
    from .plausibility import distance

    small = _shrunk(scene, TRIED)
    if (small.hole | small.avoided).mean() > 0.95:
        small = _Scene(small.rgb, small.hole, small.avoided & False)  # better a neighbor's coat than nothing
    if min(small.hole.shape) < SMALLEST:
        return _diffused(scene)
    ways = _ways(small, seed, network)

    def judged(way: Way) -> "tuple[float, np.ndarray]":
        made = way(small)
        return distance(made, small.hole, small.avoided, seed), made

    with ThreadPoolExecutor(threads) as pool:
        distances, tried = zip(*pool.map(judged, ways), strict=True)
    best = distances.index(min(distances))
    fine = _shrunk(scene, min(FINE, round(FINE_HOLE / scene.hole.mean())))
    made = tried[best] if fine.hole.shape == small.hole.shape else ways[best](fine)
    return _enlarged(made, scene)


def _ways(scene: _Scene, seed: int, network: Network | None) -> list[Way]:
    import cv2
    import numpy as np

    from .vanishing import Family, families, guide

    def plain(radius: int) -> Way:
        return lambda scene: _patched(scene, radius, None)

    def led(family: Family) -> Way:
        return lambda scene: _patched(scene, GUIDED_PATCH, guide(family, scene.hole))

    ways = [plain(radius) for radius in PATCHES]
    ways += [led(family) for family in families(scene.rgb, scene.hole | scene.avoided, FAMILIES, seed)]
    if cv2.distanceTransform(scene.hole.astype(np.uint8), cv2.DIST_L2, 3).max() <= THIN:
        ways.append(_telea)
    if network is not None:
        ways.append(lambda scene: network.fill(scene.rgb, scene.hole))
    return ways


def _patched(scene: _Scene, radius: int, guide: "np.ndarray | None") -> "np.ndarray":
    import numpy as np
    import patchmatch

    rgb, hole = np.ascontiguousarray(scene.rgb), scene.hole.astype(np.uint8) * 255
    kept = scene.avoided.astype(np.uint8) * 255
    if guide is None:
        return patchmatch.inpaint(rgb, hole, global_mask=kept, patch_size=radius)
    return patchmatch.inpaint_regularity(
        rgb, hole, guide, global_mask=kept, patch_size=radius, guide_weight=GUIDE_WEIGHT
    )


def _telea(scene: _Scene) -> "np.ndarray":
    import cv2
    import numpy as np

    filled: np.ndarray = cv2.inpaint(scene.rgb, scene.hole.astype(np.uint8), 3, cv2.INPAINT_TELEA)
    return filled


def _diffused(scene: _Scene) -> "np.ndarray":
    """By diffusion alone, in a size that it can do."""
    return _enlarged(_telea(_shrunk(scene, TRIED)), scene)


def _shrunk(scene: _Scene, pixels: int) -> _Scene:
    """The scene in at most so many pixels. What the hole touches is hole."""
    import cv2
    import numpy as np

    factor = (pixels / scene.hole.size) ** 0.5
    if factor >= 1:
        return scene
    size = (max(1, round(scene.hole.shape[1] * factor)), max(1, round(scene.hole.shape[0] * factor)))
    hole, avoided = (
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        for mask in (scene.hole, scene.avoided)
    )
    return _Scene(cv2.resize(scene.rgb, size, interpolation=cv2.INTER_AREA), hole, avoided & ~hole)


def _enlarged(made: "np.ndarray", scene: _Scene) -> "np.ndarray":
    """What was made, in the scene's size."""
    import cv2
    import numpy as np

    size = (scene.hole.shape[1], scene.hole.shape[0])
    if made.shape[1::-1] == size:
        return made
    enlarged: np.ndarray = cv2.resize(made, size, interpolation=cv2.INTER_CUBIC)
    return enlarged
