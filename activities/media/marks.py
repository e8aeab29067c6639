"""Marks that are laid over pictures: which pixels are theirs, and, where one lies over several pictures, its very color
and opacity, so that what it covers comes back instead of being guessed.

A translucent mark of one color W and opacity a over a picture I shows J = aW + (1 - a)I (Porter and Duff). Over many
pictures their own edges cancel and the mark's stay, which tells where it is (Dekel et al., CVPR 2017, "On the
effectiveness of visible watermarks"); what J is beside that tells how much of I is left.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

FEWEST = 5
"""Pictures, or tiles of one, from which a mark can be told."""
EDGE, ODD = 2.0, 0.2
"""Grey levels a pixel by which a mark's edges rise or fall alike, in all pictures but such a share of odd ones."""
ROUNDS = 4
FAINTEST, THICKEST = 0.03, 0.85
"""Opacity below which there is no mark, and above which too little of the picture is left: that is filled instead."""
LEAST_EDGE = 12
"""Pixels of an outline, less of which is chance."""
LEAST_FIT = 0.12
"""Share of what is seen in a place that a mark explains, beyond what chance explains of so few pictures."""
WIDEST_STROKE, MOST_INK, BRIGHT = 0.4, 0.5, 0.85
"""Of a line of text: its strokes' width by its height, the share of its box that they cover at most, and what is not
brighter than they are."""
LEAST_SHARE = 0.001
"""Of a picture: less is a coincidence of a few edges."""
NEAR = 20
"""Grey levels from black or white."""
SMALLEST_TILE = 48
CLEAR_PEAK = 7.0
"""Standard deviations by which a repetition stands out of the autocorrelation."""


@dataclass(frozen=True)
class Mark:
    """``opacity``: float32, H x W, 0..1; ``color``: RGB, 0..255."""

    opacity: "np.ndarray"
    color: "np.ndarray"


def estimate(pictures: "list[np.ndarray]") -> Mark | None:
    """The mark that lies at the same place over pictures of one size (uint8, H x W x 3); None if there is none.

    ``ValueError`` for fewer than FEWEST.
    """
    import cv2
    import numpy as np

    if len(pictures) < FEWEST:
        raise ValueError(f"{FEWEST} pictures or more")
    region = _region(pictures)
    if not region.any():
        return None
    least = LEAST_FIT + 1 / len(pictures)
    shown, guessed, places = _beneath(pictures, region)
    opacity, color = _fitted(shown, guessed)
    labels = cv2.connectedComponents(region.astype(np.uint8), connectivity=8)[1][places]
    fits = _explained(shown, guessed, opacity, color, labels)
    for _ in range(2):  # once more without what is no mark, and therefore has bent the color
        good = (fits >= least)[labels]
        if not good.any():
            return None
        color = _snapped(_fitted(shown[:, good], guessed[:, good])[1])
        opacity = _opacity(shown, guessed, color)
        fits = _explained(shown, guessed, opacity, color, labels)
    opacity = np.where((fits >= least)[labels] & (opacity >= FAINTEST), opacity, 0)
    whole = np.zeros(region.shape, np.float32)
    whole[places] = opacity
    return Mark(whole, color) if (whole > 0).mean() >= LEAST_SHARE else None


def _beneath(
    pictures: "list[np.ndarray]", region: "np.ndarray"
) -> "tuple[np.ndarray, np.ndarray, tuple[np.ndarray, ...]]":
    """What is seen in the region, and what may lie below by what lies around: float32, pictures x pixels x 3."""
    import cv2
    import numpy as np

    places = np.nonzero(region)
    hidden = region.astype(np.uint8)
    shown = np.stack([picture[places] for picture in pictures]).astype(np.float32)
    around = [cv2.inpaint(picture, hidden, 3, cv2.INPAINT_TELEA)[places] for picture in pictures]
    return shown, np.stack(around).astype(np.float32), places


def _fitted(shown: "np.ndarray", guessed: "np.ndarray") -> "tuple[np.ndarray, np.ndarray]":
    """Opacity (float32, pixels) and color that explain best what is seen."""
    import numpy as np

    difference = shown - guessed
    color = np.where(difference.mean((0, 1)) > 0, 255.0, 0.0).astype(np.float32)
    for _ in range(ROUNDS):
        color = _color(_opacity(shown, guessed, color), difference, guessed)
    return _opacity(shown, guessed, color), color


def _snapped(color: "np.ndarray") -> "np.ndarray":
    """Almost white is white, almost black is black: people seldom choose their neighbors."""
    import numpy as np

    return np.asarray(np.where(color > 255 - NEAR, 255, np.where(color < NEAR, 0, color)), np.float32)


def _opacity(shown: "np.ndarray", guessed: "np.ndarray", color: "np.ndarray") -> "np.ndarray":
    towards = color - guessed
    opacity: np.ndarray = ((shown - guessed) * towards).sum((0, 2)) / ((towards**2).sum((0, 2)) + 1e-3)
    return opacity.clip(0, 1)


def _explained(
    shown: "np.ndarray", guessed: "np.ndarray", opacity: "np.ndarray", color: "np.ndarray", labels: "np.ndarray"
) -> "np.ndarray":
    """By label, the share of the difference to what lies around that the mark explains."""
    import numpy as np

    difference = shown - guessed
    rest = difference - opacity[None, :, None] * (color - guessed)
    before, after = (np.bincount(labels, (each**2).sum((0, 2))) for each in (difference, rest))
    return np.asarray(1 - after / np.maximum(before, 1e-6))


def lift(rgb: "np.ndarray", mark: Mark) -> "tuple[np.ndarray, np.ndarray]":
    """The picture as it was below the mark (uint8), and where too little of it was left (bool, H x W)."""
    import numpy as np

    rows, columns = np.nonzero(mark.opacity)
    share = mark.opacity[rows, columns, None]
    below = (rgb[rows, columns].astype(np.float32) - share * mark.color) / (1 - np.minimum(share, THICKEST))
    result = rgb.copy()
    result[rows, columns] = np.rint(below.clip(0, 255)).astype(np.uint8)
    return result, mark.opacity > THICKEST


def period(rgb: "np.ndarray") -> tuple[int, int] | None:
    """Across and down, in pixels, by which a faint pattern repeats over a picture; None if none does."""
    import cv2
    import numpy as np

    fine = cv2.Laplacian(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32), cv2.CV_32F).clip(-24, 24)
    height, width = fine.shape
    spectrum = np.fft.rfft2(fine, (2 * height, 2 * width))
    like = np.fft.irfft2(spectrum * spectrum.conj(), (2 * height, 2 * width))
    down, across = (_first_peak(like, axis, length) for axis, length in ((0, height), (1, width)))
    return (across, down) if across and down else None


def tiles(rgb: "np.ndarray", across: int, down: int) -> "list[np.ndarray]":
    """The whole tiles of that size, row by row from the upper left."""
    rows, columns = rgb.shape[0] // down, rgb.shape[1] // across
    return [
        rgb[row * down : (row + 1) * down, column * across : (column + 1) * across]
        for row in range(rows)
        for column in range(columns)
    ]


def spread(mark: Mark, height: int, width: int) -> Mark:
    """The mark of a tile, over a whole picture."""
    import numpy as np

    down, across = mark.opacity.shape
    return Mark(np.tile(mark.opacity, (-(-height // down), -(-width // across)))[:height, :width], mark.color)


def strokes(rgb: "np.ndarray", region: "np.ndarray") -> "np.ndarray":
    """The letters within ``region`` (bool, H x W, around one line of text): bool, H x W; all of it where they cannot be
    told from what lies behind."""
    import cv2
    import numpy as np

    from .masks import grown

    rows, columns = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    height = min(rows[-1] - rows[0], columns[-1] - columns[0]) + 1
    edge = height // 2 + 2
    place = np.s_[max(0, rows[0] - edge) : rows[-1] + edge + 1, max(0, columns[0] - edge) : columns[-1] + edge + 1]
    inside, piece = region[place], np.ascontiguousarray(rgb[place])
    wide = max(3, round(WIDEST_STROKE * height))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))
    hats = [cv2.morphologyEx(piece, way, disc).max(2) for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT)]
    hat = max(hats, key=lambda each: float(np.quantile(each[inside], BRIGHT)))
    level, _ = cv2.threshold(hat[inside], 0, 255, cv2.THRESH_OTSU)
    letters = (hat > max(6.0, 0.7 * level)) & inside
    result = np.zeros_like(region)
    result[place] = inside if letters.sum() > MOST_INK * inside.sum() else grown(letters, max(2.0, 0.06 * height))
    return result


def _region(pictures: "list[np.ndarray]") -> "np.ndarray":
    """Where edges are that all pictures share, and what those enclose: bool, H x W."""
    import cv2
    import numpy as np

    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) for picture in pictures]
    slopes = [np.stack([cv2.Scharr(each, cv2.CV_32F, *way) / 16 for way in ((1, 0), (0, 1))]) for each in grey]
    middle = np.median(slopes, 0)
    least = np.asarray(np.quantile(np.stack(slopes) * np.sign(middle), ODD, axis=0, method="lower"))
    strong = cv2.morphologyEx(
        np.array((least > EDGE).any(0), np.uint8, ndmin=2), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)
    )
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(strong, connectivity=8)
    kept = np.isin(labels, [number for number in range(1, count) if boxes[number, 4] >= LEAST_EDGE])
    outlines, _ = cv2.findContours(kept.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros(kept.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
    return cv2.dilate(filled, np.ones((3, 3), np.uint8)) > 0


def _color(opacity: "np.ndarray", difference: "np.ndarray", guessed: "np.ndarray") -> "np.ndarray":
    """The color W for which k a (W - I) fits best what is seen, for any k: how much of I shows through, as it varies
    from picture to picture, tells a thin bright mark from a thick grey one."""
    import numpy as np

    share = np.broadcast_to(opacity[None, :, None], guessed.shape)
    normal, right = np.zeros((4, 4)), np.zeros(4)  # least squares for k W, three values, and k
    for channel in range(3):
        s, i, d = (each[:, :, channel].astype(np.float64) for each in (share, guessed, difference))
        normal[channel, channel] = (s * s).sum()
        normal[channel, 3] = normal[3, channel] = -(s * s * i).sum()
        normal[3, 3] += (s * i * s * i).sum()
        right[channel] = (s * d).sum()
        right[3] -= (s * i * d).sum()
    *weighted, scale = np.linalg.lstsq(normal, right, rcond=None)[0]
    color: np.ndarray = (np.array(weighted) / max(scale, 0.1)).clip(0, 255).astype(np.float32)
    return color


def _first_peak(like: "np.ndarray", axis: int, length: int) -> int:
    """The shortest lag along an axis (the other is 0) at which the autocorrelation stands out; 0 if none does."""
    import numpy as np

    line = (like[:, 0] if axis == 0 else like[0])[SMALLEST_TILE : length * 2 // 3]
    if len(line) < 8:
        return 0
    around = np.abs(like[: like.shape[0] // 2, : like.shape[1] // 2])
    noise = float(np.median(around)) * 1.4826
    peaks = np.flatnonzero((line[1:-1] > line[:-2]) & (line[1:-1] >= line[2:]) & (line[1:-1] > CLEAR_PEAK * noise)) + 1
    if not len(peaks):
        return 0
    tall = peaks[line[peaks] > 0.6 * line[peaks].max()]
    return int(tall[0]) + SMALLEST_TILE
