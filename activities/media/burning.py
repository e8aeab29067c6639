"""Draws subtitles into a video: each cue as a picture of our own typesetting, laid on while it is to be seen.

No letter of what was said stands in a filter. Letters have one size in all cues, by the frame and by a full line.
"""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from . import ffmpeg
from .colors import Rgb
from .cutting import Span, between, encode, following, noted, opened
from .footage import Footage, even, upright
from .images import write_image
from .stills import fitted
from .subtitles import WIDE_LANGUAGES, Cue, most
from .typesetting import Box, Style, fit
from .typesetting_ink import Ink, paint
from .typesetting_pieces import Fonts

if TYPE_CHECKING:
    import numpy as np

Size = Literal["medium", "small", "large"]
SIZES: dict[Size, float] = {"small": 0.042, "medium": 0.054, "large": 0.07}
"""Height of the letters' em, of the frame's height, or of 1.25 times its width where that is less."""
FULL_LINE = 0.92
"""Share of the frame's width that a line of most characters takes at most."""
NARROW_EM = 0.52
"""Width of a Latin letter in em, on average."""
MARGIN = 0.06
"""Share of the frame's height between its rim and the letters."""
SMALLEST = 6
LEADING = 1.3
HAIR = 0.0005
"""Seconds by which cuts lie before a picture, so that no rounding loses it."""


@dataclass(frozen=True)
class Look:
    """How letters look. ``ground``: opacity of a dark ground behind them; lengths in em."""

    font: str
    color: Rgb
    outline: float = 0.0
    outline_color: Rgb = (0, 0, 0)
    shadow: float = 0.0
    ground: float = 0.0


@dataclass(frozen=True)
class Manner:
    """How the subtitles of a video look, and in which language they are."""

    look: str
    size: Size
    place: Literal["bottom", "top"]
    language: str


LOOKS = {
    "classic": Look("sans-bold", (255, 255, 255), outline=0.07, shadow=0.5),
    "box": Look("sans", (255, 255, 255), ground=0.6),
    "yellow": Look("sans-bold", (255, 221, 51), outline=0.08, shadow=0.4),
    "bold": Look("sans-black", (255, 255, 255), outline=0.13, outline_color=(20, 20, 24), shadow=0.35),
    "cinema": Look("serif-bold", (250, 246, 232), outline=0.03, shadow=0.9),
}


def divided(footage: Footage, cuts: Sequence[float], begin: float) -> list[tuple[float, Span]]:
    """Where each piece begins by the player's clock, and its span of pictures; ``begin``: what the file's shows then.

    One piece where packets do not tell their times; a cut before which or behind which there is no picture is left out.
    """
    import numpy as np

    whole: Span = {"seek": None, "first": None, "end": None}
    pieces = [(0.0, whole)]
    if not footage.exact:
        return pieces
    tick = float(footage.tick)
    edges = np.searchsorted(footage.times * tick, np.array(cuts) + begin)
    kept = {int(edge): cut for edge, cut in zip(edges, cuts, strict=True) if 0 < edge < len(footage.times)}
    for edge, cut in sorted(kept.items()):
        shown = int(footage.times[edge])
        key = int(footage.keys[max(0, int(np.searchsorted(footage.keys, shown, "right")) - 1)])
        hair = min(0.5 * tick, HAIR)
        span = between(footage, shown, int(footage.times[-1]), key) | {"first": shown * tick - hair, "end": None}
        pieces[-1] = (pieces[-1][0], pieces[-1][1] | {"end": span["first"]})
        pieces.append((cut, span))
    return pieces


def burn(
    footage: Footage,
    span: Span,
    made: Sequence[Cue],
    manner: Manner,
    fonts: Fonts,
    begin: float,
    path: Path,
    threads: int,
    report: Callable[[float], None],
    facts: dict[str, Any],
) -> None:
    """Encode the pictures of ``span`` with its cues. ``begin`` as of ``divided``; ``report`` is told the share done.

    ``facts``, as JSON, travel in the file: ``carried`` reads them.
    """
    stream = upright(footage, opened(footage, span, threads))
    colors = {"out_color_matrix": footage.colors, "out_range": "tv"}
    for number, cue in enumerate(made):
        pixels, x, y = drawn(footage, cue, manner, fonts)
        picture = path.with_name(f"cue{number}.png")
        write_image(picture, pixels, "png")
        mark = ffmpeg.still(picture).filter("scale", **colors).filter("format", "yuva420p")
        seen = f"between(t,{begin + cue.start:.6f},{begin + cue.end:.6f})"
        stream = ffmpeg.combined([stream, mark], "overlay", x=x, y=y, enable=seen)
    note = base64.b64encode(zlib.compress(json.dumps(facts).encode(), 9)).decode()
    encode(stream, path, threads, following(footage, span, report), note=note)


def carried(path: Path) -> dict[str, Any]:
    """The facts that ``burn`` left in a chunk."""
    facts: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(noted(path))))
    return facts


def drawn(footage: Footage, cue: Cue, manner: Manner, fonts: Fonts) -> "tuple[np.ndarray, int, int]":
    """A cue as uint8 RGBA, and where its corner lies on the stored pixels; even numbers, as colors are stored."""
    import cv2
    import numpy as np

    shown = fitted(footage, None)
    pixels = _painted(cue, manner, shown, fonts)
    rows, columns = np.flatnonzero(pixels[:, :, 3].any(1)), np.flatnonzero(pixels[:, :, 3].any(0))
    top, left = (int(rows[0]), int(columns[0])) if len(rows) else (0, 0)
    top, left = top - top % 2, left - left % 2
    bottom, right = (int(rows[-1]) + 1, int(columns[-1]) + 1) if len(rows) else (2, 2)
    cropped = pixels[top:bottom, left:right]
    factor = (even(footage.width) / shown[0], even(footage.height) / shown[1])
    wanted = (max(1, round(cropped.shape[1] * factor[0])), max(1, round(cropped.shape[0] * factor[1])))
    if wanted != (cropped.shape[1], cropped.shape[0]):
        cropped = np.asarray(cv2.resize(cropped, wanted, interpolation=cv2.INTER_AREA))
    return np.ascontiguousarray(cropped), round(left * factor[0]), round(top * factor[1])


def _em(shown: tuple[int, int], manner: Manner) -> float:
    """Pixels of the letters' em."""
    wide = manner.language in WIDE_LANGUAGES
    line = most(wide) * (1.0 if wide else NARROW_EM)
    return max(SMALLEST, min(SIZES[manner.size] * min(shown[1], 1.25 * shown[0]), FULL_LINE * shown[0] / line))


def _painted(cue: Cue, manner: Manner, shown: tuple[int, int], fonts: Fonts) -> "np.ndarray":
    """The cue on a frame of nothing."""
    import cv2
    import numpy as np

    (width, height), look, em = shown, LOOKS[manner.look], _em(shown, manner)
    style = Style(font=look.font, align="center", vertical=manner.place, leading=LEADING, outline=look.outline)
    margin = MARGIN * height
    room = Box(FULL_LINE * width + 2 * em * look.outline + 2, height - 2 * margin, em, SMALLEST, 4)
    block = fit(fonts, "\n".join(cue.lines), style, room, field="parameters.burn")
    left = (width - room.width) / 2
    frame = np.zeros((height, width, 4), np.uint8)
    if look.ground:
        rim = 0.35 * block.size
        corner = (round(left + block.ink[0] - rim), round(margin + block.ink[1] - rim))
        opposite = (round(left + block.ink[2] + rim), round(margin + block.ink[3] + rim))
        cv2.rectangle(frame, corner, opposite, (0, 0, 0, round(255 * look.ground)), -1)
    ink = Ink(look.color, outline=look.outline, outline_color=look.outline_color, shadow=look.shadow)
    paint(frame, block, left, margin, ink)
    return frame
