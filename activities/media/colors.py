"""Colors as users write them, in the pixels' own profile, and what lies behind a transparent picture."""

from typing import TYPE_CHECKING

from pydantic_extra_types.color import Color

from .images import Picture, into_profile
from .resizing import bands

if TYPE_CHECKING:
    import numpy as np

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)


def rgb_of(color: Color) -> Rgb:
    """Red, green and blue, 0..255, of a CSS color; its opacity is left out."""
    red, green, blue = color.as_rgb_tuple(alpha=False)[:3]
    return red, green, blue


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance, 0..1, of red, green and blue in 0..255 (WCAG 2.2)."""
    linear = [c / 12.92 if (c := each / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for each in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    """Of two luminances, 1..21 (WCAG 2.2)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def in_profile(color: Color, icc: bytes | None) -> Rgb:
    """The color (sRGB, as CSS has it) in the profile that a picture's pixels are in."""
    import numpy as np

    red, green, blue = into_profile(np.array([[rgb_of(color)]], np.uint8), None, icc)[0, 0].tolist()
    return red, green, blue


def opaque(picture: Picture, behind: Rgb) -> "np.ndarray":
    """The picture's pixels (uint8, H x W x 3) on ``behind`` where it is transparent."""
    import numpy as np

    if picture.alpha is None:
        return picture.pixels
    solid = np.empty_like(picture.pixels)
    for top, bottom in bands(picture.height):
        rows = slice(top, bottom)
        cover = picture.alpha[rows, :, None].astype(np.float32) / 255
        solid[rows] = np.round(picture.pixels[rows] * cover + np.array(behind, np.float32) * (1 - cover))
    return solid
