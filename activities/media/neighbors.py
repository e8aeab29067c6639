"""Nominates pairs of near vectors without looking at all: a navigable graph (HNSW) answers in logarithmic time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

CONNECTIVITY = 32
EXPANSION = 200
"""Candidates that a search keeps open: copies lie in dense clusters, out of which a narrow search finds no way."""


def near_pairs(vectors: "np.ndarray", count: int, least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs ``(i, j, cosine)``, i < j, nearest first, each among the ``count`` nearest of one of the two.

    ``vectors``: n x d, float32, of unit length. Only cosines of ``least`` and more. Built on one thread, so that
    the same vectors give the same pairs.
    """
    import numpy as np
    from usearch.index import Index

    total, width = vectors.shape
    index = Index(
        ndim=width,
        metric="cos",
        dtype="f32",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION,
        expansion_search=EXPANSION,
    )
    index.add(np.arange(total), vectors, threads=1)
    found: dict[tuple[int, int], float] = {}
    for row in range(total):
        matches = index.search(vectors[row], min(count + 1, total), threads=1)
        for other, distance in zip(matches.keys.tolist(), matches.distances.tolist(), strict=True):
            if other != row and 1 - distance >= least:
                found[min(row, other), max(row, other)] = 1 - distance
    yield from sorted(((i, j, cosine) for (i, j), cosine in found.items()), key=lambda pair: (-pair[2], pair[:2]))
