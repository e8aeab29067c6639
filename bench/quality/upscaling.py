"""Photographs made half as large and enlarged again: how near each way comes to what was there."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.datasets import load_sample_image

from tests.activities.tools.context import run_tool

SCALE = 2
Enlarge = Callable[[np.ndarray], np.ndarray]
HEAD = """{count} photographs of scikit-image and scikit-learn, reduced to one half by averaging and enlarged x2. PSNR
in dB and SSIM against the original in RGB, means over the photographs; s: for all of them, 2 threads. A network that
cleans and draws sharp lines departs from the original in what it adds, so that looking is needed, too."""


def section(folder: Path) -> str:
    """The tool at three settings beside OpenCV's resampling."""
    photographs = [_even(each) for each in _photographs()]
    ways = [
        ("image-enhance, denoise 0 (SPAN)", _tool(folder, denoise=0.0, engine="fast")),
        ("image-enhance as it comes (SPAN + Compact)", _tool(folder, engine="fast")),
        ("image-enhance, denoise 1 (Compact)", _tool(folder, denoise=1.0, engine="fast")),
        ("OpenCV, bicubic", _resampled(cv2.INTER_CUBIC)),
        ("OpenCV, Lanczos", _resampled(cv2.INTER_LANCZOS4)),
    ]
    lines = ["| | PSNR | SSIM | s |", "|---|---|---|---|"]
    for title, way in ways:
        ratio, likeness, seconds = _measured(way, photographs)
        lines.append(f"| {title} | {ratio:.2f} | {likeness:.4f} | {seconds:.1f} |")
    table = "\n".join(lines)
    return f"{HEAD.format(count=len(photographs))}\n\n{table}"


def _photographs() -> list[np.ndarray]:
    bundled = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    return [*bundled, *(load_sample_image(name) for name in ("china.jpg", "flower.jpg"))]


def _even(photograph: np.ndarray) -> np.ndarray:
    height, width = (side // SCALE * SCALE for side in photograph.shape[:2])
    return photograph[:height, :width]


def _measured(way: Enlarge, photographs: list[np.ndarray]) -> tuple[float, float, float]:
    way(photographs[0][:64, :64])
    figures, seconds = [], 0.0
    for photograph in photographs:
        size = (photograph.shape[1] // SCALE, photograph.shape[0] // SCALE)
        small = cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)
        started = time.perf_counter()
        large = way(small)
        seconds += time.perf_counter() - started
        likeness = structural_similarity(photograph, large, channel_axis=2)
        figures.append((peak_signal_noise_ratio(photograph, large), likeness))
    ratio, mean = np.mean(figures, 0)
    return float(ratio), float(mean), seconds


def _tool(folder: Path, **parameters: object) -> Enlarge:
    def way(small: np.ndarray) -> np.ndarray:
        Image.fromarray(small).save(folder / "small.png")
        result = run_tool("image-enhance", folder / "out", {"image": folder / "small.png"}, scale=SCALE, **parameters)
        return np.asarray(Image.open(result.outputs[0].path))

    return way


def _resampled(interpolation: int) -> Enlarge:
    def way(small: np.ndarray) -> np.ndarray:
        return cv2.resize(small, None, fx=SCALE, fy=SCALE, interpolation=interpolation)

    return way
