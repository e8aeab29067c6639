"""Photographs painted after a picture: how near the manner comes to its, and how much of the photograph stays."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from skimage import data
from skimage.exposure import match_histograms
from skimage.metrics import structural_similarity
from sklearn.datasets import load_sample_image

from activities.tools.style_transfer import NUMBERS
from bench.peers import run_peer
from tests.activities.tools.context import engines, run_tool

STYLES = ("starry_night", "great_wave", "stained_glass", "engraving", "pop_art", "watercolor")
Paint = Callable[[np.ndarray, str], np.ndarray]
HEAD = """{photographs} photographs, each in {styles} manners. The model is another photograph (a flower of
scikit-learn) painted in that manner by the network that knows it by heart, whose own painting is the first row: what
could be reached. style: distance of the Gram matrices of VGG16 to the model, by that of the photograph as it is (1);
drawn: SSIM of light and dark, blurred by 3 px, with the photograph; s: the fastest picture of 640 x 480, 2 threads."""


def section(folder: Path) -> str:
    """The tool with a picture and by heart, beside what needs no network."""
    photographs = [
        _sized(each) for each in (data.astronaut(), data.chelsea(), data.coffee(), load_sample_image("china.jpg"))
    ]
    flower = _sized(load_sample_image("flower.jpg"))
    models = {name: engines().get("style-paintings").paint(flower, NUMBERS[name]) for name in STYLES}
    for name, model in models.items():
        Image.fromarray(model).save(folder / f"{name}.png")
    ways: dict[str, Paint] = {
        "style-transfer, by heart": lambda photograph, name: _tool(folder, photograph, None, style=name),
        "style-transfer after a picture": lambda photograph, name: _tool(folder, photograph, name),
        "the same, strength 0.6": lambda photograph, name: _tool(folder, photograph, name, strength=0.6),
        "scikit-image, match_histograms": lambda photograph, name: match_histograms(
            photograph, models[name], channel_axis=2
        ),
        "OpenCV, stylization, then match_histograms": lambda photograph, name: match_histograms(
            cv2.stylization(photograph), models[name], channel_axis=2
        ),
        "the photograph as it is": lambda photograph, name: photograph,
    }
    rows = {title: _painted(paint, photographs) for title, paint in ways.items()}
    distances = _distances(folder, [made for made, _ in rows.values()])
    lines = ["| | style | drawn | s |", "|---|---|---|---|"]
    for (title, (made, seconds)), distance in zip(rows.items(), distances, strict=True):
        drawn = [_drawn(picture, photographs[number // len(STYLES)]) for number, picture in enumerate(made)]
        lines.append(f"| {title} | {distance / distances[-1]:.2f} | {np.mean(drawn):.2f} | {seconds:.2f} |")
    table = "\n".join(lines)
    return f"{HEAD.format(photographs=len(photographs), styles=len(STYLES))}\n\n{table}"


def _sized(photograph: np.ndarray) -> np.ndarray:
    return cv2.resize(photograph, (640, 480), interpolation=cv2.INTER_AREA)


def _tool(folder: Path, photograph: np.ndarray, model: str | None, **parameters: object) -> np.ndarray:
    Image.fromarray(photograph).save(folder / "given.png")
    files: dict[str, Path | list[Path]] = {"image": folder / "given.png"}
    if model:
        files["style"] = folder / f"{model}.png"
    with Image.open(run_tool("style-transfer", folder / "out", files, **parameters).outputs[0].path) as result:
        return np.asarray(result)


def _painted(paint: Paint, photographs: list[np.ndarray]) -> tuple[list[np.ndarray], float]:
    """Every photograph in every manner, photograph by photograph, and the seconds of the fastest."""
    made, seconds = [], []
    for photograph in photographs:
        for name in STYLES:
            started = time.perf_counter()
            made.append(paint(photograph, name))
            seconds.append(time.perf_counter() - started)
    return made, min(seconds)


def _drawn(painted: np.ndarray, photograph: np.ndarray) -> float:
    grey = [cv2.GaussianBlur(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), (0, 0), 3) for each in (painted, photograph)]
    return float(structural_similarity(*grey))


def _distances(folder: Path, ways: list[list[np.ndarray]]) -> list[float]:
    """Mean distance of each way's manner from its models'."""
    pairs = []
    for way, made in enumerate(ways):
        for number, picture in enumerate(made):
            path = folder / f"way-{way}-{number}.png"
            Image.fromarray(picture).save(path)
            pairs.append([str(path), str(folder / f"{STYLES[number % len(STYLES)]}.png")])
    (folder / "pairs.json").write_text(json.dumps(pairs))
    found = json.loads(run_peer("bench.quality.perceptual_peer", "style", folder))
    return [float(each) for each in np.reshape(found, (len(ways), -1)).mean(1)]
