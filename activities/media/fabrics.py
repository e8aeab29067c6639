"""Dyes and prints fabric in a photograph: the new color or pattern takes on the folds and the light of the old one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .garments import Fabric
from .resizing import bands, enlarge, shrink

if TYPE_CHECKING:
    import numpy as np

Pattern = Literal["solid", "stripes", "checks", "dots", "floral"]
TILE = 240
"""Pixels of a pattern's tile as it is drawn; FINE times as many while it is drawn."""
FINE = 3
REPEAT = 0.085
"""Width of a tile as a share of the picture's longer side."""
FOLD_PIXELS = 500_000
FOLD = 0.9
"""Tile widths by which a pattern is pushed per unit of shading's slope across a hundredth of the picture."""
CONTRAST = 0.85
"""Share of the old fabric's light and shade that the new one keeps."""
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Print:
    """A pattern in one color on another; a solid one shows ``ground`` alone."""

    pattern: Pattern
    ground: Rgb
    figure: Rgb


def dyed(rgb: "np.ndarray", fabric: Fabric, wanted: Print) -> "np.ndarray":
    """A copy of ``rgb`` (uint8, H x W x 3) whose fabric has the print; all else is as it was, byte for byte."""
    import cv2
    import numpy as np

    height, width = rgb.shape[:2]
    tile, size = _tile(wanted), REPEAT * max(height, width)
    folds = _folds(rgb)
    result = rgb.copy()
    for top, bottom in bands(height):
        cover = fabric.cover[top:bottom, :, None].astype(np.float32) / 255
        if not cover.any():
            continue
        lab = cv2.cvtColor(rgb[top:bottom].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        shade = (lab[..., 0] - fabric.lightness) * CONTRAST
        fresh = _printed(tile, size, enlarge(folds, (height, width), top, bottom), top)
        painted = _shaded(fresh, shade)
        mixed = np.round(cover * painted + (1 - cover) * rgb[top:bottom])
        result[top:bottom] = np.where(cover > 0, mixed, rgb[top:bottom]).astype(np.uint8)
    return result


def _folds(rgb: "np.ndarray") -> "np.ndarray":
    """How far, in tile widths, folds push a pattern across and down: float32, small, H x W x 2."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(shrink(rgb, FOLD_PIXELS), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    unit = max(grey.shape) / 100
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.8, unit))
    slopes = [cv2.Sobel(smooth, -1, across, 1 - across, scale=unit / 8) for across in (1, 0)]
    pushed: np.ndarray = np.clip(FOLD * np.dstack(slopes), -0.25, 0.25).astype(np.float32)
    return pushed


def _printed(tile: "np.ndarray", size: float, folds: "np.ndarray", top: int) -> "np.ndarray":
    """Rows of the pattern from ``top`` down, Lab float32."""
    import cv2
    import numpy as np

    rows, columns = np.mgrid[top : top + folds.shape[0], : folds.shape[1]].astype(np.float32)
    across = ((columns / size + folds[..., 0]) % 1) * TILE
    down = ((rows / size + folds[..., 1]) % 1) * TILE
    found: np.ndarray = cv2.remap(tile, across, down, cv2.INTER_LINEAR)
    return found


def _shaded(fresh: "np.ndarray", shade: "np.ndarray") -> "np.ndarray":
    """RGB 0..255 of Lab colors in light and shade; what is darker is also less colorful, as in a photograph."""
    import cv2
    import numpy as np

    light = np.clip(fresh[..., 0] + shade * _room(fresh[..., 0], shade), 2, 99)
    fade = np.clip(light / np.maximum(fresh[..., 0], 1), 0.35, 1.15)[..., None]
    lab = np.dstack([light[..., None], fresh[..., 1:] * fade]).astype(np.float32)
    painted: np.ndarray = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, 0, 255)
    return painted


def _room(light: "np.ndarray", shade: "np.ndarray") -> "np.ndarray":
    """Less shade where the new color leaves less room for it, so that black and white keep their folds."""
    import numpy as np

    room: np.ndarray = np.clip(np.where(shade > 0, 100 - light, light) / 50, 0.25, 1)
    return room


def _tile(wanted: Print) -> "np.ndarray":
    """One repeat of the print, Lab float32, with a row and a column more, so that it joins without a seam."""
    import cv2
    import numpy as np

    side = TILE * FINE
    figure = np.zeros((side, side), np.uint8)
    DRAWN[wanted.pattern](figure, side)
    share = cv2.resize(figure, (TILE, TILE), interpolation=cv2.INTER_AREA)[..., None].astype(np.float32) / 255
    colors = share * np.array(wanted.figure, np.float32) + (1 - share) * np.array(wanted.ground, np.float32)
    lab = cv2.cvtColor(colors / 255, cv2.COLOR_RGB2LAB)
    joined: np.ndarray = np.pad(lab, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    return joined


def _nothing(figure: "np.ndarray", side: int) -> None:
    return None


def _stripes(figure: "np.ndarray", side: int) -> None:
    for start in (0, side // 2):
        figure[:, start : start + side // 5] = 255


def _checks(figure: "np.ndarray", side: int) -> None:
    """Gingham: threads of both colors mix where only one way is colored."""
    half = side // 2
    figure[:half] += 120
    figure[:, :half] += 120


def _dots(figure: "np.ndarray", side: int) -> None:
    import cv2

    for place in (0.25, 0.75):
        cv2.circle(figure, (int(side * place), int(side * place)), side // 9, 255, -1)


def _floral(figure: "np.ndarray", side: int) -> None:
    """Two sizes of blossoms with five petals and an open heart, and leaves between them."""
    import cv2
    import numpy as np

    for x, y, size, turn in (
        (0.27, 0.3, 0.17, 0.2),
        (0.75, 0.72, 0.2, 0.7),
        (0.78, 0.2, 0.09, 0.0),
        (0.22, 0.8, 0.1, 0.4),
    ):
        for angle in turn + np.arange(5) * 2 * np.pi / 5:
            petal = (int(side * (x + 0.55 * size * np.cos(angle))), int(side * (y + 0.55 * size * np.sin(angle))))
            axes = (int(side * size * 0.5), int(side * size * 0.36))
            cv2.ellipse(figure, petal, axes, float(np.degrees(angle)), 0, 360, 255, -1)
        cv2.circle(figure, (int(side * x), int(side * y)), int(side * size * 0.22), 40, -1)
    for x, y, angle in ((0.5, 0.5, 30), (0.5, 0.12, 120), (0.46, 0.88, 75), (0.94, 0.46, 150)):
        cv2.ellipse(figure, (int(side * x), int(side * y)), (side // 16, side // 45), angle, 0, 360, 170, -1)


DRAWN = {"solid": _nothing, "stripes": _stripes, "checks": _checks, "dots": _dots, "floral": _floral}
