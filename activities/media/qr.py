"""QR codes (ISO/IEC 18004) drawn in three shapes, with a logo in the middle, as pixels or as vectors, and read back."""

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np

Shape = Literal["square", "round", "dots"]
Level = Literal["l", "m", "q", "h"]
Rgba = tuple[int, int, int, int]
FINDER = 7
"""Modules of a finder pattern's side."""
LOGO_SHARE = 0.22
"""Of the code's width: under 5 % of its area, while level H repairs 30 % of the codewords."""
OVERSAMPLED = 4


class TooMuch(Exception):
    """The text does not fit into the largest code (version 40) at the level."""


@dataclass(frozen=True)
class Code:
    """``modules``: bool, n x n, True is dark; ``level`` as encoded, which may be higher than what was asked for."""

    modules: "np.ndarray"
    level: str
    version: int

    @property
    def side(self) -> int:
        return int(self.modules.shape[0])


def encode(text: str, level: Level) -> Code:
    """The smallest code that holds ``text``; its level is raised where that costs no space. Raises ``TooMuch``."""
    import numpy as np
    import segno

    try:
        made = segno.make_qr(text, error=level, boost_error=True)
    except segno.DataOverflowError as error:
        raise TooMuch from error
    modules = np.array([list(row) for row in made.matrix], np.uint8) > 0
    return Code(modules, str(made.error).lower(), int(made.version))


@dataclass(frozen=True)
class Look:
    """Colors 0..255 with opacity, ``margin`` in modules, ``logo``: uint8 RGBA, H x W x 4."""

    shape: Shape
    color: Rgba
    background: Rgba
    margin: int = 4
    logo: "np.ndarray | None" = None


def to_svg(code: Code, look: Look, size: int) -> str:
    """The code as a picture of ``size`` pixels a side, in vectors; the logo as an embedded PNG."""
    whole = code.side + 2 * look.margin
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {whole} {whole}">',
        f'<rect width="{whole}" height="{whole}" {_fill(look.background)}/>',
        f'<path {_fill(look.color)} fill-rule="evenodd" transform="translate({look.margin} {look.margin})" '
        f'd="{_outline(code, look)}"/>',
    ]
    if look.logo is not None:
        parts.append(_logo(look.logo, whole))
    return "".join([*parts, "</svg>"])


def to_pixels(svg: str, size: int) -> "np.ndarray":
    """uint8 RGBA, size x size x 4, of a code's vectors: sampled finer, so that its edges are soft."""
    import io

    import cv2
    import numpy as np
    import resvg_py
    from PIL import Image

    fine = min(OVERSAMPLED * size, 8192)
    drawn = resvg_py.svg_to_bytes(svg_string=svg, width=fine, height=fine)
    pixels = np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGBA"))
    small: np.ndarray = cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA)
    return small


def reads_as(pixels: "np.ndarray") -> set[str]:
    """What scanners read: at full size, and as small as three pixels a module allow a phone to see it."""
    import cv2
    import numpy as np
    import zxingcpp

    share = pixels[:, :, 3:].astype(np.float32) / 255
    seen = np.round(pixels[:, :, :3] * share + 255 * (1 - share)).astype(np.uint8)
    read, formats = set(), zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    for side in {pixels.shape[0], max(160, pixels.shape[0] // 2)}:
        scaled = cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA)
        found = zxingcpp.read_barcodes(scaled, formats, try_invert=False)
        read.add(found[0].text if found else "")
    return read


def _fill(color: Rgba) -> str:
    red, green, blue, alpha = color
    return f'fill="#{red:02x}{green:02x}{blue:02x}" fill-opacity="{alpha / 255:.3f}"'


def _outline(code: Code, look: Look) -> str:
    """The path of every dark module that the logo leaves, and of the three finders, in modules."""
    rows = range(code.side)
    corners = [(0, 0), (code.side - FINDER, 0), (0, code.side - FINDER)]
    kept = [
        (x, y)
        for y in rows
        for x in rows
        if code.modules[y, x] and not _in_finder(x, y, code.side) and not _under_logo(x, y, code, look)
    ]
    modules = [_module(x, y, code, look.shape) for x, y in kept]
    return "".join([*modules, *(_finder(x, y, look.shape) for x, y in corners)])


def _in_finder(x: int, y: int, side: int) -> bool:
    left, top = x < FINDER, y < FINDER
    return (left and top) or (x >= side - FINDER and top) or (left and y >= side - FINDER)


def _under_logo(x: int, y: int, code: Code, look: Look) -> bool:
    """Modules that would show beside a logo's edge are left out, as if they lay below a plate."""
    if look.logo is None:
        return False
    half = (code.side + 2 * look.margin) * LOGO_SHARE / 2 + 0.5
    middle = code.side / 2
    return abs(x + 0.5 - middle) < half and abs(y + 0.5 - middle) < half


def _module(x: int, y: int, code: Code, shape: Shape) -> str:
    if shape == "square":
        return f"M{x} {y}h1v1h-1z"
    if shape == "dots":
        return _disc(x + 0.5, y + 0.5, 0.45)
    return _rounded(x, y, code)


def _rounded(x: int, y: int, code: Code) -> str:
    """A module whose corners are round where it has no neighbor, so that modules run together like ink."""

    def dark(across: int, down: int) -> bool:
        inside = 0 <= across < code.side and 0 <= down < code.side
        return inside and bool(code.modules[down, across])

    up, right, down, left = dark(x, y - 1), dark(x + 1, y), dark(x, y + 1), dark(x - 1, y)
    corners = (not (left or up), not (up or right), not (right or down), not (down or left))
    first, second, third, fourth = (0.5 if each else 0.0 for each in corners)
    return (
        f"M{x + first} {y}H{x + 1 - second}{_turn(second, x + 1, y + second)}"
        f"V{y + 1 - third}{_turn(third, x + 1 - third, y + 1)}"
        f"H{x + fourth}{_turn(fourth, x, y + 1 - fourth)}V{y + first}{_turn(first, x + first, y)}z"
    )


def _turn(radius: float, x: float, y: float) -> str:
    return f"A{radius} {radius} 0 0 1 {x} {y}" if radius else ""


def _disc(x: float, y: float, radius: float) -> str:
    return f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0z"


def _finder(x: int, y: int, shape: Shape) -> str:
    """A ring of one module around a block of three; evenodd makes the ring of two outlines."""
    if shape == "dots":
        middle = (x + FINDER / 2, y + FINDER / 2)
        return _disc(*middle, 3.5) + _disc(*middle, 2.5) + _disc(*middle, 1.5)
    radii = (0.0, 0.0, 0.0) if shape == "square" else (2.0, 1.2, 0.8)
    return "".join(_box(x + at, y + at, FINDER - 2 * at, radii[at]) for at in range(3))


def _box(x: float, y: float, side: float, radius: float) -> str:
    straight = side - 2 * radius
    corner = [f"a{radius} {radius} 0 0 1 {a} {b}" if radius else "" for a, b in _quarters(radius)]
    return (
        f"M{x + radius} {y}h{straight}{corner[0]}v{straight}{corner[1]}h{-straight}{corner[2]}v{-straight}{corner[3]}z"
    )


def _quarters(radius: float) -> tuple[tuple[float, float], ...]:
    return ((radius, radius), (-radius, radius), (-radius, -radius), (radius, -radius))


def _logo(logo: "np.ndarray", whole: int) -> str:
    """In the middle, its longer side ``LOGO_SHARE`` of the picture."""
    import cv2

    height, width = logo.shape[:2]
    side = whole * LOGO_SHARE
    across, down = side * width / max(width, height), side * height / max(width, height)
    shrink = min(1.0, 1024 / max(width, height))
    small = cv2.resize(
        logo, (max(1, round(width * shrink)), max(1, round(height * shrink))), interpolation=cv2.INTER_AREA
    )
    encoded = base64.b64encode(cv2.imencode(".png", cv2.cvtColor(small, cv2.COLOR_RGBA2BGRA))[1].tobytes()).decode()
    place = f'x="{(whole - across) / 2:.3f}" y="{(whole - down) / 2:.3f}" width="{across:.3f}" height="{down:.3f}"'
    return f'<image {place} href="data:image/png;base64,{encoded}"/>'
