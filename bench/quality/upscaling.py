"""Photographs made half as large and enlarged again: how near each way comes to what was there."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.datasets import load_sample_image

from activities.inference.weights import Weights
from bench.peers import run_peer
from models.settings import get_settings
from tests.activities.tools.context import run_tool

SCALE = 2
Enlarge = Callable[[np.ndarray], np.ndarray]
HEAD = """{count} photographs of scikit-image and scikit-learn, reduced to one half by averaging and enlarged x2. PSNR
in dB and SSIM against the original in RGB, LPIPS (AlexNet; less is nearer to the eye), means over the photographs; s:
for all of them, 2 threads. A network that cleans and draws sharp lines departs from the original in what it adds, so
that looking is needed, too."""


def section(folder: Path) -> str:
    """The tool at three settings beside OpenCV's resampling and Real-ESRGAN by ncnn."""
    photographs = [_even(each) for each in _photographs()]
    smalls = [_halved(each) for each in photographs]
    ways = [
        ("image-enhance, denoise 0 (SPAN)", _tool(folder, denoise=0.0, engine="fast")),
        ("image-enhance as it comes (SPAN + Compact)", _tool(folder, engine="fast")),
        ("image-enhance, denoise 1 (Compact)", _tool(folder, denoise=1.0, engine="fast")),
        ("OpenCV, bicubic", _resampled(cv2.INTER_CUBIC)),
        ("OpenCV, Lanczos", _resampled(cv2.INTER_LANCZOS4)),
    ]
    made = {title: _enlarged(way, smalls) for title, way in ways}
    made["Real-ESRGAN by ncnn (Compact, as its program works)"] = _by_ncnn(folder, smalls)
    distances = _distances(folder, photographs, [larges for larges, _ in made.values()])
    lines = ["| | PSNR | SSIM | LPIPS | s |", "|---|---|---|---|---|"]
    for (title, (larges, seconds)), distance in zip(made.items(), distances, strict=True):
        pairs = list(zip(photographs, larges, strict=True))
        ratio = np.mean([peak_signal_noise_ratio(*pair) for pair in pairs])
        likeness = np.mean([structural_similarity(*pair, channel_axis=2) for pair in pairs])
        lines.append(f"| {title} | {ratio:.2f} | {likeness:.4f} | {distance:.3f} | {seconds:.1f} |")
    table = "\n".join(lines)
    return f"{HEAD.format(count=len(photographs))}\n\n{table}"


def _photographs() -> list[np.ndarray]:
    bundled = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]
    return [*bundled, *(load_sample_image(name) for name in ("china.jpg", "flower.jpg"))]


def _even(photograph: np.ndarray) -> np.ndarray:
    height, width = (side // SCALE * SCALE for side in photograph.shape[:2])
    return photograph[:height, :width]


def _halved(photograph: np.ndarray) -> np.ndarray:
    size = (photograph.shape[1] // SCALE, photograph.shape[0] // SCALE)
    return cv2.resize(photograph, size, interpolation=cv2.INTER_AREA)


def _enlarged(way: Enlarge, smalls: list[np.ndarray]) -> tuple[list[np.ndarray], float]:
    way(smalls[0][:64, :64])
    started = time.perf_counter()
    larges = [way(small) for small in smalls]
    return larges, time.perf_counter() - started


def _by_ncnn(folder: Path, smalls: list[np.ndarray]) -> tuple[list[np.ndarray], float]:
    for number, small in enumerate(smalls):
        Image.fromarray(small).save(folder / f"small-{number}.png")
    weights = Weights(get_settings().weights_folder)
    said = run_peer("bench.ncnn_peer", weights.ensure("compact-x2-param"), weights.ensure("compact-x2-bin"), folder)
    larges = [np.asarray(Image.open(folder / f"ncnn-{number}.png")) for number in range(len(smalls))]
    return larges, float(said.split()[-1])


def _distances(folder: Path, photographs: list[np.ndarray], ways: list[list[np.ndarray]]) -> list[float]:
    """Mean LPIPS of each way."""
    pairs = []
    for way, larges in enumerate(ways):
        for number, (photograph, large) in enumerate(zip(photographs, larges, strict=True)):
            pair = [folder / f"truth-{number}.png", folder / f"way-{way}-{number}.png"]
            Image.fromarray(photograph).save(pair[0])
            Image.fromarray(large).save(pair[1])
            pairs.append([str(each) for each in pair])
    (folder / "pairs.json").write_text(json.dumps(pairs))
    found = json.loads(run_peer("bench.quality.perceptual_peer", "lpips", folder))
    return [float(each) for each in np.reshape(found, (len(ways), -1)).mean(1)]


def _tool(folder: Path, **parameters: object) -> Enlarge:
    def way(small: np.ndarray) -> np.ndarray:
        Image.fromarray(small).save(folder / "given.png")
        result = run_tool("image-enhance", folder / "out", {"image": folder / "given.png"}, scale=SCALE, **parameters)
        return np.asarray(Image.open(result.outputs[0].path))

    return way


def _resampled(interpolation: int) -> Enlarge:
    def way(small: np.ndarray) -> np.ndarray:
        return cv2.resize(small, None, fx=SCALE, fy=SCALE, interpolation=interpolation)

    return way
