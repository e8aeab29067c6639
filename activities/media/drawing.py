"""Turns a photograph and the lines in it into a drawing: pencil, ink or cartoon. Grain has a fixed seed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SEED = 7
PAPER = (251, 249, 243)
GRAPHITE = (48, 46, 50)
INK = (18, 18, 24)
STROKE = 0.02
"""Length of a pencil's stroke as a share of the picture's side."""
TONES = 7


def pencil(rgb: "np.ndarray", lines: "np.ndarray", weight: float) -> "np.ndarray":
    """Graphite on paper: contours by ``lines`` (float32 0..1, H x W), shade by strokes that follow the tone."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    reach = max(1.5, 0.006 * max(grey.shape))
    dodge = np.clip(grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), reach), 0.02), 0, 1)
    contour = np.clip(_thinned(lines) * 1.1 * weight, 0, 1) * 0.8
    shade = np.clip(0.8 - cv2.GaussianBlur(grey, (0, 0), reach / 3), 0, 1)
    first = (0.35 + 0.65 * _strokes(grey.shape, 45)) * shade
    second = _strokes(grey.shape, -30) * np.clip(shade * 2 - 0.9, 0, 1) * 0.6
    dark = 1 - dodge ** (1.8 * weight) * (1 - contour) * (1 - 0.8 * np.clip(first + second, 0, 1))
    grain = 0.9 + 0.2 * _noise(grey.shape, 0.8)
    return _on_paper(np.clip(dark * grain, 0, 1), GRAPHITE)


def ink(rgb: "np.ndarray", lines: "np.ndarray", weight: float) -> "np.ndarray":
    """Black lines, solid shadows, and hatching between; nothing grey."""
    import cv2
    import numpy as np

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    calm = cv2.bilateralFilter(grey, 0, 40, max(2.0, 0.004 * max(grey.shape))).astype(np.float32) / 255
    drawn = _step(lines * weight, 0.42, 0.08)
    fine = np.maximum(0, cv2.GaussianBlur(calm, (0, 0), max(1.5, 0.003 * max(grey.shape))) - calm)
    drawn = np.maximum(drawn, _step(fine * weight, 0.06, 0.02))
    shadow = _step(-calm, -0.16, 0.03)
    hatched = np.maximum(
        _hatching(grey.shape, 45) * _step(-calm, -0.40, 0.05), _hatching(grey.shape, -45) * _step(-calm, -0.27, 0.05)
    )
    return _on_paper(np.maximum.reduce([drawn, shadow, hatched]), INK)


def cartoon(rgb: "np.ndarray", lines: "np.ndarray", weight: float) -> "np.ndarray":
    """Flat bright colors in a few tones, with dark contours."""
    import cv2
    import numpy as np

    flat = rgb
    for _ in range(3):
        flat = cv2.bilateralFilter(flat, 9, 45, 9)
    lab = cv2.cvtColor(flat, cv2.COLOR_RGB2LAB).astype(np.float32)
    tone = lab[:, :, 0] / 255 * TONES
    lab[:, :, 0] = (np.floor(tone) + _step(tone - np.floor(tone), 0.5, 0.15)) / TONES * 255
    lab[:, :, 1:] = (lab[:, :, 1:] - 128) * 1.25 + 128
    colored = cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2RGB).astype(np.float32)
    contour = (0.85 * _step(_thinned(lines) * weight, 0.42, 0.14))[:, :, None]
    result: np.ndarray = np.rint(colored * (1 - contour) + np.array(INK) * contour).astype(np.uint8)
    return result


def _thinned(lines: "np.ndarray") -> "np.ndarray":
    """The ridges of broad lines, 0..1: a pen is finer than what the network is sure of."""
    import cv2
    import numpy as np

    broad = cv2.GaussianBlur(lines, (0, 0), max(2.0, 0.008 * max(lines.shape)))
    thin: np.ndarray = np.clip(2.2 * (lines - 0.8 * broad), 0, 1)
    return thin


DRAWN = {"pencil": pencil, "ink": ink, "cartoon": cartoon}


def _step(values: "np.ndarray", edge: float, softness: float) -> "np.ndarray":
    """0 below ``edge``, 1 above, soft by ``softness`` on both sides."""
    import numpy as np

    result: np.ndarray = np.clip((values - edge) / (2 * softness) + 0.5, 0, 1).astype(np.float32)
    return result


def _noise(shape: tuple[int, ...], sigma: float) -> "np.ndarray":
    """Float32 around 0.5, in 0..1, smooth by ``sigma`` pixels."""
    import cv2
    import numpy as np

    raw = np.random.default_rng(SEED).random(shape[:2], np.float32)
    smooth = cv2.GaussianBlur(raw, (0, 0), sigma)
    spread = max(float(smooth.std()), 1e-6)
    noise: np.ndarray = np.clip((smooth - smooth.mean()) / (6 * spread) + 0.5, 0, 1)
    return noise


def _strokes(shape: tuple[int, ...], degrees: float) -> "np.ndarray":
    """Noise drawn out along a direction: many short strokes, 0..1."""
    import cv2
    import numpy as np

    length = max(5, round(STROKE * max(shape))) | 1
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length // 2, length // 2), degrees, 1)
    drawn = cv2.filter2D(_noise(shape, 0.8), -1, cv2.warpAffine(kernel, turn, (length, length)))
    spread = max(float(drawn.std()), 1e-6)
    strokes: np.ndarray = np.clip((drawn - drawn.mean()) / (3 * spread) + 0.5, 0, 1)
    return strokes


def _hatching(shape: tuple[int, ...], degrees: float) -> "np.ndarray":
    """Parallel lines, as wide as the gaps are twice, 0..1."""
    import numpy as np

    step = max(5.0, 0.007 * max(shape))
    rows, columns = np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None]
    angle = np.deg2rad(degrees)
    wave = np.cos((rows * np.cos(angle) + columns * np.sin(angle)) * (2 * np.pi / step))
    return _step(wave, 0.45, 0.2)


def _on_paper(dark: "np.ndarray", color: tuple[int, int, int]) -> "np.ndarray":
    """uint8 RGB of ``dark`` (0..1) drawn in ``color`` on paper."""
    import numpy as np

    share = dark[:, :, None]
    result: np.ndarray = np.rint(np.array(PAPER) * (1 - share) + np.array(color) * share).astype(np.uint8)
    return result
