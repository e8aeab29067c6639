"""Groups a heap of pictures that repeat each other, in n log n: neighbors are nominated, then looked at closely."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from .collections import Picture
    from .likeness import Sketch

NEIGHBORS = 16
LEAST_COSINE = 0.4
"""Below it a pair is not looked at. Copies were measured at 0.65 and more, but for a few cropped ones at 0.43."""
BATCH = 16
THUMBNAIL = 160


class Embedder(Protocol):
    """The engine that describes pictures (RGB uint8) by unit vectors."""

    label: str

    def embed(self, pictures: "list[np.ndarray]") -> "np.ndarray": ...


@dataclass(frozen=True)
class Member:
    """A picture of the heap. ``row``: its place among the different ones; those of the same bytes share a row."""

    index: int
    row: int
    name: str
    sha256: str
    size: int
    width: int
    height: int
    packed: bytes

    @property
    def thumbnail(self) -> "Image.Image":
        from PIL import Image

        return Image.open(io.BytesIO(self.packed))


@dataclass(frozen=True)
class Repeat:
    """A picture that repeats the kept one. ``reason``: identical, copied, cropped, rotated, mirrored or similar."""

    picture: Member
    similarity: float
    reason: str


@dataclass(frozen=True)
class Group:
    """A picture to keep and those that repeat it, in the order in which they were given."""

    kept: Member
    repeats: list[Repeat]


class Heap:
    """Pictures are added one by one, then grouped. ``engine`` is needed for all modes but exact."""

    def __init__(self, mode: Literal["exact", "near", "similar"], threshold: float, engine: Embedder | None) -> None:
        self.mode = mode
        self.threshold = threshold
        self.engine = engine
        self.pictures: list[Member] = []
        self._rows: dict[str, int] = {}
        self._waiting: list[np.ndarray] = []
        self._vectors: list[np.ndarray] = []
        self._sketches: list[Sketch] = []

    def add(self, picture: "Picture") -> None:
        """Take in a picture; only the first of those with the same bytes is described."""
        if picture.sha256 not in self._rows:
            self._rows[picture.sha256] = len(self._rows)
            self._waiting.append(picture.small)
        self.pictures.append(
            Member(
                len(self.pictures),
                self._rows[picture.sha256],
                picture.name,
                picture.sha256,
                picture.size,
                picture.width,
                picture.height,
                _thumbnail(picture.small),
            )
        )
        if len(self._waiting) >= BATCH:
            self._describe()

    def groups(self, keep: Literal["best", "first"], report: Callable[[float], None]) -> list[Group]:
        """The groups of two and more, in the order of their first pictures; ``report`` hears the share that is done."""
        self._describe()
        sets = _Sets(len(self._rows))
        if self.mode != "exact":
            self._join(sets, report)
        together: dict[int, list[Member]] = {}
        for picture in self.pictures:
            together.setdefault(sets.find(picture.row), []).append(picture)
        return [self._group(pictures, keep) for pictures in together.values() if len(pictures) > 1]

    def _describe(self) -> None:
        from .likeness import sketch

        if self.engine is not None and self._waiting:
            self._vectors.append(self.engine.embed(self._waiting))
            self._sketches += [sketch(picture) for picture in self._waiting]
        self._waiting.clear()

    def _join(self, sets: "_Sets", report: Callable[[float], None]) -> None:
        """Join what belongs together, the likest first, so that most pairs are joined before their turn comes."""
        import numpy as np

        from .neighbors import near_pairs

        vectors = np.concatenate(self._vectors)
        middles = vectors.copy()
        pairs = list(near_pairs(vectors, NEIGHBORS, LEAST_COSINE))
        for number, (first, second, cosine) in enumerate(pairs):
            if number % 100 == 0:
                report(number / len(pairs))
            one, other = sets.find(first), sets.find(second)
            if one != other and (self._alike(middles[one], middles[other], cosine) or self._same(first, second)):
                middles[sets.join(one, other)] = middles[one] + middles[other]

    def _alike(self, one: "np.ndarray", other: "np.ndarray", cosine: float) -> bool:
        """For "similar": whether the pair and the middles of both groups are near, so that no chain drifts away."""
        import numpy as np

        if self.mode != "similar" or cosine < self.threshold:
            return False
        return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other))) >= self.threshold

    def _same(self, first: int, second: int) -> bool:
        """Whether two rows show the same photograph, by their pixels."""
        from .likeness import compare

        found = compare(self._sketches[first], self._sketches[second])
        return found is not None and (self.mode == "similar" or found.score >= self.threshold)

    def _group(self, pictures: list[Member], keep: Literal["best", "first"]) -> Group:
        def worth(picture: Member) -> tuple[int, int, int]:
            return (picture.width * picture.height, picture.size, -picture.index)

        kept = max(pictures, key=worth) if keep == "best" else pictures[0]
        return Group(kept, [self._repeat(kept, picture) for picture in pictures if picture is not kept])

    def _repeat(self, kept: Member, picture: Member) -> Repeat:
        """Why ``picture`` stands with ``kept``: directly, or only by way of a third one of their group."""
        from .likeness import compare

        if kept.row == picture.row:
            return Repeat(picture, 1.0, "identical")
        found = compare(self._sketches[kept.row], self._sketches[picture.row])
        if found is not None:
            return Repeat(picture, found.score, found.reason)
        if self.mode == "near":
            return Repeat(picture, self.threshold, "copied")
        cosine = self._vector(kept.row) @ self._vector(picture.row)
        return Repeat(picture, round(float(cosine), 3), "similar")

    def _vector(self, row: int) -> "np.ndarray":
        vector: np.ndarray = self._vectors[row // BATCH][row % BATCH]
        return vector


class _Sets:
    """Disjoint sets of the numbers below ``count``; a set is called by its smallest number."""

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def find(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = self._parents[self._parents[number]]
            number = self._parents[number]
        return number

    def join(self, one: int, other: int) -> int:
        """Make two sets, given by their names, one; its name."""
        first, second = min(one, other), max(one, other)
        self._parents[second] = first
        return first


def _thumbnail(picture: "np.ndarray") -> bytes:
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=85)
    return packed.getvalue()
