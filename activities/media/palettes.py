"""Colors for posters: sets of them by role, and a set made from a picture's own colors. Text can always be read."""

import colorsys
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING

from .colors import Rgb, contrast, luminance
from .templates import FOLDER

if TYPE_CHECKING:
    import numpy as np

ROLES = ("ground", "second", "ink", "soft", "accent", "on_accent", "tint", "panel")
READABLE = 4.5
"""Least contrast of text (WCAG 2.2, AA)."""
Palette = dict[str, Rgb]
BINS, LEAST_SATURATION, LEAST_VALUE = 24, 0.16, 0.15


@lru_cache
def palettes() -> dict[str, Palette]:
    """All palettes by name."""
    read = tomllib.loads((FOLDER / "palettes.toml").read_text(encoding="utf-8"))
    return {name: {role: rgb(colors[role]) for role in ROLES} for name, colors in read.items()}


def rgb(code: str) -> Rgb:
    """Of ``#rrggbb``."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def code(color: Rgb) -> str:
    """``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*color)


def palette_of(pixels: "np.ndarray", cover: "np.ndarray | None" = None, *, dark: bool = False) -> Palette:
    """Light (or dark) colors around the strongest hue of ``pixels`` (uint8, H x W x 3) where ``cover`` is over 128.

    A colorless picture gets warm greys. Ink, soft and accent are readable on ground, second and panel.
    """
    hue, strength = _hue(pixels, cover)
    if dark:
        grounds = (_hls(hue, 0.11, 0.5 * strength), _hls(hue, 0.19, 0.5 * strength), _hls(hue, 0.14, 0.45 * strength))
        ink, soft, tint = _hls(hue, 0.96, 0.5 * strength), _hls(hue, 0.8, 0.3 * strength), _hls(hue, 0.3, strength / 2)
        accent, on_accent = _hls(hue, 0.72, 0.9 * strength), _hls(hue, 0.1, 0.6 * strength)
    else:
        grounds = (_hls(hue, 0.955, 0.6 * strength), _hls(hue, 0.89, 0.6 * strength), (255, 255, 255))
        ink, soft, tint = _hls(hue, 0.13, 0.6 * strength), _hls(hue, 0.36, 0.35 * strength), _hls(hue, 0.77, strength)
        accent, on_accent = _hls(hue, 0.36, 0.85 * strength), (255, 255, 255)
    accent = readable(accent, grounds)
    return {
        "ground": grounds[0],
        "second": grounds[1],
        "panel": grounds[2],
        "ink": readable(ink, grounds),
        "soft": readable(soft, grounds),
        "accent": accent,
        "on_accent": readable(on_accent, (accent,)),
        "tint": tint,
    }


def readable(color: Rgb, grounds: tuple[Rgb, ...]) -> Rgb:
    """``color``, moved to white or black as far as it must be to be read on every one of ``grounds``."""
    lights = [luminance(each) for each in grounds]
    away = (0, 0, 0) if sum(lights) / len(lights) > 0.18 else (255, 255, 255)
    for step in range(21):
        red, green, blue = (round(c + (a - c) * step / 20) for c, a in zip(color, away, strict=True))
        if all(contrast(luminance((red, green, blue)), light) >= READABLE for light in lights):
            return red, green, blue
    return away


def _hue(pixels: "np.ndarray", cover: "np.ndarray | None") -> tuple[float, float]:
    """The strongest hue, 0..1, and how colorful to be with it, 0.12..1."""
    import cv2
    import numpy as np

    factor = min(1.0, 200 / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    values = cv2.cvtColor(small, cv2.COLOR_RGB2HSV).reshape(-1, 3).astype(np.float32) / (180, 255, 255)
    if cover is not None:
        seen = cv2.resize(cover, small.shape[1::-1], interpolation=cv2.INTER_AREA).ravel() > 128
        values = values[seen] if seen.any() else values
    weights = values[:, 1] * values[:, 2] * ((values[:, 1] > LEAST_SATURATION) & (values[:, 2] > LEAST_VALUE))
    if weights.sum() < 0.01 * len(values):
        return 0.09, 0.12
    bins = np.bincount((values[:, 0] * BINS).astype(int) % BINS, weights, BINS)
    best = int(np.argmax(bins + 0.5 * np.roll(bins, 1) + 0.5 * np.roll(bins, -1)))
    near = np.abs((values[:, 0] * BINS - best - 0.5 + BINS / 2) % BINS - BINS / 2) <= 1
    angle = float(np.average(values[near, 0], weights=weights[near] + 1e-6))
    return angle, min(1.0, 0.35 + float(weights.sum() / len(values)) * 2)


def _hls(hue: float, lightness: float, saturation: float) -> Rgb:
    red, green, blue = (round(255 * each) for each in colorsys.hls_to_rgb(hue, lightness, min(1.0, saturation)))
    return red, green, blue
