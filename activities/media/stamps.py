"""Draws watermarks: words or a logo on nothing, alone or all over, and says where they stand in a video's frame."""

from typing import TYPE_CHECKING, Any, Literal

from .colors import Rgb
from .images import Picture

if TYPE_CHECKING:
    import numpy as np

Position = Literal[
    "bottom-right",
    "bottom-left",
    "bottom-center",
    "top-right",
    "top-left",
    "top-center",
    "center-left",
    "center-right",
    "center",
    "tile",
    "moving",
]
SMALLEST = 6
"""Pixels of letters that still are letters."""
LONG, MOST_LINES = 24, 6
"""Characters beyond which words may stand on several lines, and how many."""
LEAST_WIDTH = 160
"""Pixels of width in which words are drawn at least."""
RIM = 0.06
"""Of dark outline around letters, in em, so that they are seen on any ground."""
SLOPE = 25.0
"""Degrees by which tiled marks rise."""
GAPS = (0.6, 1.6)
"""Between tiled marks, in their own widths and heights."""
CROSSING = (11.0, 7.0)
"""Seconds in which a moving mark crosses the frame, and goes down it."""


def of_words(fonts: Any, text: str, font: str, color: Rgb, width: int, height: int) -> "np.ndarray":
    """Words as large as ``width`` and ``height`` let them be, cropped to their ink: uint8 RGBA, not premultiplied.

    On tiny frames they are drawn larger and shrunk. ``InvalidInput`` if they do not fit, or no font has a character.
    """
    import cv2
    import numpy as np

    from .typesetting import Box, Style, fit
    from .typesetting_ink import Ink, overlay

    style = Style(font=font, align="center", vertical="middle", outline=RIM)
    lines = text.count("\n") + 1 if len(text) <= LONG else MOST_LINES
    shrunk = max(1.0, LEAST_WIDTH / width)
    across, down = round(width * shrunk), round(height * shrunk)
    block = fit(fonts, text, style, Box(across, down, down, SMALLEST, lines), field="parameters.text")
    dark = (20, 20, 20) if sum(color) > 380 else (245, 245, 245)
    drawn = _cropped(overlay(block, across, down, Ink(color, outline=RIM, outline_color=dark)))
    size = (max(1, round(drawn.shape[1] / shrunk)), max(1, round(drawn.shape[0] / shrunk)))
    return drawn if shrunk == 1 else np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA))


def of_logo(picture: Picture, width: int, height: int) -> "np.ndarray":
    """A logo fitted into ``width`` and ``height``: uint8 RGBA, not premultiplied."""
    import numpy as np
    from PIL import Image

    alpha = np.full(picture.pixels.shape[:2], 255, np.uint8) if picture.alpha is None else picture.alpha
    factor = min(width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return np.asarray(Image.fromarray(np.dstack([picture.pixels, alpha])).resize(size, Image.Resampling.LANCZOS))


def tiled(mark: "np.ndarray", width: int, height: int) -> "np.ndarray":
    """The mark all over a frame, rising, every other row shifted: uint8 RGBA, height x width."""
    import numpy as np
    from PIL import Image

    turned = Image.fromarray(mark).rotate(SLOPE, Image.Resampling.BICUBIC, expand=True)
    across, down = round(mark.shape[1] * (1 + GAPS[0])), round(turned.height + mark.shape[0] * GAPS[1])
    frame = Image.new("RGBA", (width, height))
    for row, top in enumerate(range(-turned.height // 2, height, max(1, down))):
        for left in range(-(across // 2) * (row % 2) - turned.width // 4, width, max(1, across)):
            frame.paste(turned, (left, top), turned.getchannel("A"))
    return np.asarray(frame)


def faded(mark: "np.ndarray", opacity: float) -> "np.ndarray":
    """The mark with all its alpha multiplied by ``opacity``, 0..1."""
    import numpy as np

    thin = mark.copy()
    thin[:, :, 3] = np.rint(mark[:, :, 3] * opacity)
    return thin


def place(position: Position, margin: int, start: float) -> dict[str, str]:
    """``x`` and ``y`` for FFmpeg's overlay; ``margin`` in pixels. A moving mark bounces, by a clock from ``start``."""
    if position == "tile":
        return {"x": "0", "y": "0"}
    if position == "moving":
        across, down = CROSSING
        return {
            "x": f"(main_w-overlay_w)*abs(mod((t-{start:.6f})/{across},2)-1)",
            "y": f"(main_h-overlay_h)*abs(mod((t-{start:.6f})/{down}+0.37,2)-1)",
        }
    row, _, column = position.partition("-")
    middle = {"x": "(main_w-overlay_w)/2", "y": "(main_h-overlay_h)/2"}
    x = {"left": f"{margin}", "center": middle["x"], "right": f"main_w-overlay_w-{margin}"}[column or "center"]
    y = {"top": f"{margin}", "center": middle["y"], "bottom": f"main_h-overlay_h-{margin}"}[row]
    return {"x": x, "y": y}


def _cropped(mark: "np.ndarray") -> "np.ndarray":
    import numpy as np

    rows, columns = np.flatnonzero(mark[:, :, 3].any(1)), np.flatnonzero(mark[:, :, 3].any(0))
    if not len(rows):
        return mark[:1, :1]
    return mark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
