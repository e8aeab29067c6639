"""Judges how well a hole was filled: every patch within should look like one that the picture really has.

This is the coherence of Wexler et al. (doi:10.1109/TPAMI.2007.60) with patches far larger than those the fill was made
of: what is right in the small and wrong in the large (a torn roof, half a window) has no likeness in the picture.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PIXELS = 40_000
"""The judged picture is shrunk to as many, or to half."""
PATCH = 13
DIMENSIONS = 48
"""Random directions that stand for a patch: they keep distances (doi:10.1090/conm/026/737400)."""
SOURCES, TARGETS = 12_000, 2_500
"""Patches that are compared at most."""
DETAIL = 2.0
"""Weight of fine detail beside color."""


def distance(rgb: "np.ndarray", hole: "np.ndarray", avoided: "np.ndarray", seed: int) -> float:
    """Mean distance of the fill's patches to their likest in the rest, in levels of CIELAB; less is better.

    ``rgb`` is uint8, H x W x 3; ``hole`` and ``avoided`` (what must not serve as a likeness) are bool, H x W. Fills of
    one hole compare; those of different pictures do not.
    """
    import cv2
    import numpy as np
    from usearch.compiled import MetricKind
    from usearch.index import search

    factor = min(0.5, (PIXELS / hole.size) ** 0.5)
    size = (max(PATCH + 1, round(hole.shape[1] * factor)), max(PATCH + 1, round(hole.shape[0] * factor)))
    seen = cv2.resize(_with_detail(rgb), size, interpolation=cv2.INTER_AREA)
    filled, out = (_touched(mask, size) for mask in (hole, avoided))
    patches = np.lib.stride_tricks.sliding_window_view(seen, (PATCH, PATCH, 4)).reshape(*filled.shape, -1)
    chance = np.random.default_rng(seed)
    sources = _drawn(np.argwhere(~filled & ~out), SOURCES, chance)
    targets = _drawn(np.argwhere(filled), TARGETS, chance)
    if not len(sources) or not len(targets):
        return 0.0
    onto = chance.normal(size=(patches.shape[2], DIMENSIONS)).astype(np.float32) / patches.shape[2] ** 0.5
    known, made = (patches[tuple(places.T)] @ onto for places in (sources, targets))
    found = search(known, made, 1, MetricKind.L2sq, exact=True, threads=1)
    return float(np.sqrt(np.asarray(found.distances) / DIMENSIONS).mean())


def _with_detail(rgb: "np.ndarray") -> "np.ndarray":
    """float32, H x W x 4: CIELAB and how much fine detail there is; without it, what is blurred looks like all."""
    import cv2
    import numpy as np

    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB).astype(np.float32)
    detail = np.abs(cv2.Laplacian(lab[:, :, 0], cv2.CV_32F))
    return np.dstack([lab, DETAIL * cv2.GaussianBlur(detail, (0, 0), 2.0)])


def _touched(mask: "np.ndarray", size: tuple[int, int]) -> "np.ndarray":
    """bool, a patch each: whether any of it lies in the mask."""
    import cv2
    import numpy as np

    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    return np.asarray(np.lib.stride_tricks.sliding_window_view(small, (PATCH, PATCH)).any((2, 3)))


def _drawn(places: "np.ndarray", most: int, chance: "np.random.Generator") -> "np.ndarray":
    drawn: np.ndarray = places[chance.permutation(len(places))[:most]] if len(places) > most else places
    return drawn
