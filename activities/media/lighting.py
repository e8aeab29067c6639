"""Finds by how much a product's photograph is too yellow or too dark, from what lies around the product.

Only the background is asked for the color of the light: a product may have any color and keeps it. What is found is a
gain for each channel in linear light (von Kries), so that the correction is a table of 256 values a channel.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .resizing import shrink

if TYPE_CHECKING:
    import numpy as np

LOOK_PIXELS = 100_000
GAMMA = 2.2
LEAST_GROUND = 0.03
"""Share of the picture that must be background before it says anything of the light."""
PLAIN = 5.0
"""Median deviation, in Lab, of a sheet of paper or a wall; more is a scene."""
DIM = 35.0
"""Lightness under which a background's color cannot be trusted."""
SLIGHT, STRONG = 9.0, 30.0
"""Chroma up to which any cast is light, and up to which a yellow or blue one is; beyond, the paper is colored."""
WARM, COOL = (45.0, 110.0), (225.0, 300.0)
"""Hues of lamps and of the sky, in degrees of Lab."""
LIMIT, SCENE_LIMIT = 1.45, 1.1
"""The most that a channel is raised or lowered: for plain paper, and for a scene, whose answer is but a guess."""
SCENE_TRUST = 0.4
"""How much of a scene's grey-world answer is followed."""
BRIGHT = 70.0
PAPER, HIGHLIGHT = 0.9, 0.85
"""Linear light that white paper, or without paper the picture's highlights, should have."""
LEAST_EXPOSURE, MOST_EXPOSURE = 0.85, 1.8
SHOULDER = 0.8


@dataclass(frozen=True)
class Light:
    """``gains``: of red, green and blue in linear light; ``exposure``: of all; ``cause`` says where they were seen."""

    gains: tuple[float, float, float] = (1.0, 1.0, 1.0)
    exposure: float = 1.0
    cause: str = "none"

    @property
    def table(self) -> "np.ndarray":
        """256 x 3, uint8: what each value of each channel becomes. Highlights bend softly and do not clip."""
        import numpy as np

        linear = (np.arange(256, dtype=np.float32) / 255) ** GAMMA
        lit = linear[:, None] * np.array(self.gains, np.float32) * self.exposure
        room = 1 - SHOULDER
        bent = SHOULDER + room * (1 - np.exp(-(np.maximum(lit, SHOULDER) - SHOULDER) / room))
        lit = np.where((lit.max(0) > 1) & (lit > SHOULDER), bent, lit)
        values: np.ndarray = np.round(255 * np.clip(lit, 0, 1) ** (1 / GAMMA)).astype(np.uint8)
        return values


def look(rgb: "np.ndarray", alpha: "np.ndarray", *, white_balance: bool, exposure: bool) -> Light:
    """What would put the light right on a picture (uint8, H x W x 3) whose subject is ``alpha`` (uint8, H x W)."""
    import cv2
    import numpy as np

    small, cover = shrink(rgb, LOOK_PIXELS), shrink(alpha, LOOK_PIXELS)
    ground = small[cv2.dilate(cover, np.ones((9, 9), np.uint8)) < 5]
    product = small[cover > 250]
    if len(ground) < LEAST_GROUND * cover.size or not len(product):
        return Light()
    lab = _lab(ground)
    middle = np.median(lab, 0)
    plain = bool(np.median(np.abs(lab - middle), 0).max() < PLAIN)
    gains = _gains(ground, middle, plain) if white_balance else np.ones(3)
    paper = plain and middle[0] > BRIGHT and bool(np.hypot(*_lab(_lit(np.median(ground, 0), gains))[0, 1:]) < SLIGHT)
    factor = _exposure(small, ground, product, gains, paper) if exposure else 1.0
    red, green, blue = (round(float(gain), 4) for gain in gains)
    return Light((red, green, blue), round(factor, 4), "plain background" if plain else "scene")


def _gains(ground: "np.ndarray", middle: "np.ndarray", plain: bool) -> "np.ndarray":
    """Gains that make a plain background grey, or a scene greyer; ones where its color is its own."""
    import numpy as np

    linear = (ground.astype(np.float32) / 255) ** GAMMA
    if plain:
        color, trust, limit = np.median(linear, 0), 1.0, LIMIT
    else:
        color = np.mean(linear**6, 0) ** (1 / 6)  # shades of grey, Finlayson and Trezzi (2004)
        trust, limit = SCENE_TRUST, SCENE_LIMIT
    seen = middle if plain else _lab(255 * color[None] ** (1 / GAMMA))[0]
    chroma, hue = float(np.hypot(*seen[1:])), float(np.degrees(np.arctan2(seen[2], seen[1])) % 360)
    from_light = any(low <= hue <= high for low, high in (WARM, COOL))
    if seen[0] < DIM or chroma > (STRONG if from_light else SLIGHT):
        return np.ones(3)
    grey = float(color @ np.array([0.2126, 0.7152, 0.0722]))
    gains: np.ndarray = np.clip((grey / np.maximum(color, 1e-4)) ** trust, 1 / limit, limit)
    return gains


def _exposure(
    small: "np.ndarray", ground: "np.ndarray", product: "np.ndarray", gains: "np.ndarray", paper: bool
) -> float:
    """White paper says it; else the picture's highlights. The product's own highlights are never blown out."""
    import numpy as np

    weights = gains * np.array([0.2126, 0.7152, 0.0722])
    if paper:
        light = float(np.median(((ground / 255) ** GAMMA) @ weights))
        factor = PAPER / max(light, 1e-3)
    else:
        light = float(np.quantile(((small.reshape(-1, 3) / 255) ** GAMMA) @ weights, 0.995))
        factor = max(1.0, HIGHLIGHT / max(light, 1e-3))
    peak = float(np.quantile((((product / 255) ** GAMMA) * gains).max(1), 0.99))
    return float(np.clip(min(factor, max(1.0, 0.97 / max(peak, 1e-3))), LEAST_EXPOSURE, MOST_EXPOSURE))


def _lit(color: "np.ndarray", gains: "np.ndarray") -> "np.ndarray":
    import numpy as np

    bright: np.ndarray = 255 * np.clip((color / 255) ** GAMMA * gains, 0, 1) ** (1 / GAMMA)
    return bright[None]


def _lab(colors: "np.ndarray") -> "np.ndarray":
    """RGB 0..255, N x 3 -> Lab with L in 0..100."""
    import cv2
    import numpy as np

    values: np.ndarray = cv2.cvtColor((colors[None] / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return values
