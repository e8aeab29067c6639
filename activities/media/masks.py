"""Masks that users draw, and masks grown from what was found."""

from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import InvalidInput, wrong

if TYPE_CHECKING:
    import numpy as np

ASPECT = 0.02
"""By how much a mask's proportions may differ from the picture's."""


def read_mask(path: Path, width: int, height: int) -> "np.ndarray":
    """bool, ``height`` x ``width``: white of an opaque mask, what shows of a transparent one; fitted if it is of the
    picture's proportions. Raises ``InvalidInput`` if it is not, else as ``read_image``."""
    import cv2
    import numpy as np

    from .images import read_image

    drawn = read_image(path)
    if abs(drawn.width / drawn.height / (width / height) - 1) > ASPECT:
        sides = f"{drawn.width} x {drawn.height}"
        zh = f"蒙版为 {sides},图片为 {width} x {height}:请在原图上绘制蒙版"
        en = f"the mask is {sides}, the picture {width} x {height}: draw it on the picture"
        raise InvalidInput(errors=[wrong("inputs.mask", zh, en)])
    seen = drawn.pixels.max(2) if drawn.alpha is None or drawn.alpha.min() == 255 else drawn.alpha
    fitted: np.ndarray = cv2.resize(seen, (width, height), interpolation=cv2.INTER_LINEAR) > 127
    return fitted


def refuse_all(hole: "np.ndarray") -> None:
    """``InvalidInput`` if a hole (bool, H x W) leaves nothing of the picture to fill it from."""
    if hole.all():
        zh, en = "蒙版覆盖了整张图片,没有可用于补全的内容", "nothing of the picture would be left to fill from"
        raise InvalidInput(errors=[wrong("inputs.mask", zh, en)])


def paint_lines(mask: "np.ndarray", quads: "list[np.ndarray]") -> None:
    """Add quadrilaterals (float, 4 x 2: x, y) to a mask (bool, H x W) in place."""
    import cv2
    import numpy as np

    drawn = np.zeros(mask.shape, np.uint8)
    for quad in quads:
        cv2.fillPoly(drawn, [np.rint(quad).astype(np.int32)], (1,))
    mask |= drawn > 0


def grown(mask: "np.ndarray", reach: float) -> "np.ndarray":
    """A mask (bool, H x W) and all within ``reach`` pixels of it; computed around it only."""
    import cv2
    import numpy as np

    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows) or reach <= 0:
        return mask
    edge = int(reach) + 2
    place = np.s_[max(0, rows[0] - edge) : rows[-1] + edge + 1, max(0, columns[0] - edge) : columns[-1] + edge + 1]
    far = cv2.distanceTransform((~mask[place]).astype(np.uint8), cv2.DIST_L2, 5)
    result = mask.copy()
    result[place] |= far <= reach
    return result


def write_mask(path: Path, mask: "np.ndarray") -> None:
    """White where ``mask`` (bool, H x W) holds, as a grey PNG."""
    import numpy as np
    from PIL import Image

    Image.fromarray(mask.astype(np.uint8) * 255).save(path)
