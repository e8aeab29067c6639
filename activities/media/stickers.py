"""Stickers: a subject on nothing with a white outline, a soft shadow and a caption that always fits.

Pictures here are uint8 RGBA, H x W x 4, not premultiplied, unless a name says else.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .colors import Rgb
from .typesetting import Box, Style, fit
from .typesetting_ink import Ink, overlay

if TYPE_CHECKING:
    import numpy as np

PHRASES = Path(__file__).parent / "sticker_phrases.toml"
OUTLINE, SHADOW = 0.022, 0.35
"""Of the canvas's side; and how dark the shadow is."""
CAPTION = 0.24
"""Share of the canvas that a caption takes."""
MARGIN = 0.03
SMALLEST = 0.055
"""Of the canvas's side: letters that can still be read on a telephone."""
CORNER = 0.16
"""Radius of a photograph's corners, where there is nothing to cut out."""
WHITE: Rgb = (255, 255, 255)


@dataclass(frozen=True)
class Look:
    """Colors of a caption and of the outline around the subject."""

    letters: Rgb
    rim: Rgb
    outline: Rgb = WHITE


LOOKS = (
    Look((34, 34, 34), WHITE),
    Look((255, 255, 255), (226, 61, 88)),
    Look((255, 221, 51), (64, 42, 20)),
    Look((255, 255, 255), (38, 98, 217)),
    Look((255, 120, 170), WHITE, (255, 226, 238)),
    Look((255, 255, 255), (23, 134, 92)),
    Look((120, 72, 214), WHITE),
    Look((255, 140, 26), WHITE, (255, 243, 214)),
)
"""In turn for several of one text."""


def sticker(
    subject: "np.ndarray", side: int, look: Look, text: str = "", fonts: Any = None, emoji: Any = None, font: str = ""
) -> "tuple[np.ndarray, np.ndarray | None]":
    """Subject with outline and shadow, and the caption on its own layer (None without): both ``side`` x ``side``.

    ``InvalidInput`` (field ``parameters.caption``) for words that no font has, or that cannot be read at this size.
    """
    words = None
    foot = side - round(MARGIN * side)
    if text:
        words, height = _caption(text, side, look, fonts, emoji, font)
        foot -= round(height * 0.82)  # letters may touch the feet
    rim = max(2, round(OUTLINE * side))
    room = side - 2 * round(MARGIN * side) - 2 * rim
    body = _within(_cropped(subject), room, max(8, foot - round(MARGIN * side) - 2 * rim))
    canvas = _canvas(side)
    top = (foot - rim - body.shape[0]) if text else (side - body.shape[0]) // 2
    _lay(canvas, body, (side - body.shape[1]) // 2, max(rim, top))
    return _outlined(canvas, rim, look.outline), words


def said(text: str) -> str | None:
    """The emoji that says what a phrase of the text says among people; None where there is none."""
    spoken = text.casefold()
    for emoji, words in phrases():
        if any(word in spoken for word in words):
            return emoji
    return None


def alone(art: "np.ndarray", side: int) -> "np.ndarray":
    """Art in the middle of a canvas, as large as its margin lets it be."""
    canvas = _canvas(side)
    body = _within(_cropped(art), side - 2 * round(MARGIN * side), side - 2 * round(MARGIN * side))
    _lay(canvas, body, (side - body.shape[1]) // 2, (side - body.shape[0]) // 2)
    return canvas


def together(body: "np.ndarray", words: "np.ndarray | None") -> "np.ndarray":
    """The caption over the body."""
    from PIL import Image

    if words is None:
        return body
    import numpy as np

    whole = Image.fromarray(body)
    whole.alpha_composite(Image.fromarray(words))
    return np.asarray(whole)


def rounded(rgb: "np.ndarray", side: int) -> "np.ndarray":
    """A photograph's middle as a square with round corners, for pictures of which nothing can be cut out."""
    import cv2
    import numpy as np

    short = min(rgb.shape[:2])
    top, left = (rgb.shape[0] - short) // 2, (rgb.shape[1] - short) // 2
    square = cv2.resize(rgb[top : top + short, left : left + short], (side, side), interpolation=cv2.INTER_AREA)
    fine, radius = 4 * side, round(4 * side * CORNER)
    mask = np.zeros((fine, fine), np.uint8)
    cv2.rectangle(mask, (radius, 0), (fine - radius, fine), 255, -1)
    cv2.rectangle(mask, (0, radius), (fine, fine - radius), 255, -1)
    for center in ((radius, radius), (fine - radius, radius), (radius, fine - radius), (fine - radius, fine - radius)):
        cv2.circle(mask, center, radius, 255, -1)
    return np.dstack([square, cv2.resize(mask, (side, side), interpolation=cv2.INTER_AREA)])


def meme(rgb: "np.ndarray", top: str, bottom: str, fonts: Any, emoji: Any, font: str) -> "np.ndarray":
    """A picture (uint8 RGB) with words above and below in white with a dark rim, as large as fits; uint8 RGB."""
    made = rgb.copy()
    height, width = rgb.shape[:2]
    edge = round(0.03 * min(width, height))
    for words, vertical in ((top, "top"), (bottom, "bottom")):
        if not words:
            continue
        style = Style(font=font, align="center", vertical=vertical, leading=1.2, even=True, outline=0.09)  # type: ignore[arg-type]
        room = Box(width - 2 * edge, round(height * 0.3), round(0.16 * min(width, height)),
                   max(10, round(0.035 * min(width, height))), 3)  # fmt: skip
        block = fit(fonts, words, style, room, emoji=emoji, field="parameters.caption")
        layer = overlay(
            block, round(room.width), round(room.height), Ink(WHITE, outline=0.09, outline_color=(17, 17, 17))
        )
        at = edge if vertical == "top" else height - edge - layer.shape[0]
        _blend(made, layer, edge, at)
    return made


def ground(side: int, colors: tuple[Rgb, Rgb]) -> "np.ndarray":
    """A soft round glow from one color to another: uint8 RGB."""
    import numpy as np

    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    far = np.clip(np.hypot(x, y + 0.08) * 1.5, 0, 1)[:, :, None]
    glow: np.ndarray = np.rint(np.array(colors[0]) * (1 - far) + np.array(colors[1]) * far).astype(np.uint8)
    return glow


@cache
def phrases() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Emoji and the phrases that each says."""
    read = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
    return tuple((each["emoji"], tuple(each["words"])) for each in read["phrases"])


def _caption(text: str, side: int, look: Look, fonts: Any, emoji: Any, font: str) -> "tuple[np.ndarray, int]":
    """The words at the foot of a canvas, and how high they stand."""
    import numpy as np

    edge = round(MARGIN * side)
    width, height = side - 2 * edge, round(CAPTION * side)
    style = Style(font=font, align="center", vertical="bottom", leading=1.15, even=True, outline=0.1)
    box = Box(width, height, round(0.19 * side), round(SMALLEST * side), 2)
    block = fit(fonts, text, style, box, emoji=emoji, field="parameters.caption")
    layer = overlay(block, width, height, Ink(look.letters, outline=0.1, outline_color=look.rim))
    canvas = _canvas(side)
    canvas[side - edge - height : side - edge, edge : edge + width] = layer
    ink = np.flatnonzero(layer[:, :, 3].any(1))
    return canvas, height - int(ink[0]) if len(ink) else 0


def _outlined(body: "np.ndarray", rim: int, color: Rgb) -> "np.ndarray":
    """The body with a rim of one color around it and a soft shadow below."""
    import cv2
    import numpy as np
    from PIL import Image

    alpha = body[:, :, 3]
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1))
    solid = (cv2.morphologyEx(alpha, cv2.MORPH_CLOSE, window) > 127).astype(np.uint8) * 255
    grown = cv2.GaussianBlur(cv2.dilate(solid, window), (0, 0), max(0.8, rim / 4))
    around = np.clip((grown.astype(np.float32) - 127.5) * 3 + 127.5, 0, 255).astype(np.uint8)
    whole = Image.fromarray(_canvas(body.shape[0]))
    fallen = np.roll(cv2.GaussianBlur(around, (0, 0), rim * 0.8), rim // 2, axis=0)
    for layer, tint in ((np.rint(fallen * SHADOW), (20, 22, 34)), (around, color)):
        filled = np.empty_like(body)
        filled[:, :, :3] = tint
        filled[:, :, 3] = layer
        whole.alpha_composite(Image.fromarray(filled))
    whole.alpha_composite(Image.fromarray(body))
    return np.asarray(whole)


def _within(picture: "np.ndarray", width: int, height: int) -> "np.ndarray":
    """As large as fits, colors weighted by their opacity."""
    import numpy as np
    from PIL import Image

    factor = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, round(picture.shape[1] * factor)), max(1, round(picture.shape[0] * factor)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def _cropped(picture: "np.ndarray") -> "np.ndarray":
    import numpy as np

    rows, columns = np.flatnonzero((picture[:, :, 3] > 8).any(1)), np.flatnonzero((picture[:, :, 3] > 8).any(0))
    if not len(rows):
        return picture
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _canvas(side: int) -> "np.ndarray":
    import numpy as np

    return np.zeros((side, side, 4), np.uint8)


def _lay(canvas: "np.ndarray", piece: "np.ndarray", left: int, top: int) -> None:
    high, wide = min(piece.shape[0], canvas.shape[0] - top), min(piece.shape[1], canvas.shape[1] - left)
    canvas[top : top + high, left : left + wide] = piece[:high, :wide]


def _blend(rgb: "np.ndarray", layer: "np.ndarray", left: int, top: int) -> None:
    import numpy as np

    place = rgb[top : top + layer.shape[0], left : left + layer.shape[1]]
    share = layer[: place.shape[0], : place.shape[1], 3:].astype(np.float32) / 255
    place[:] = np.rint(layer[: place.shape[0], : place.shape[1], :3] * share + place * (1 - share))
