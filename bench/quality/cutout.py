"""Cut-outs of scenes whose opacity is known, beside rembg with the same weights."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from activities.inference.weights import Weights
from activities.media.matting import cut_out
from bench.peers import run_peer
from bench.quality.subjects import Scene, scenes
from models.settings import get_settings
from tests.activities.tools.context import engines

NETWORK_SIDE = 320
NEW_GROUND = np.array([40, 200, 90], np.float32)
HEAD = """Subjects whose opacity is known (rendered objects, hair, a wheel of wires, a dark coat, blur) on photographs,
{size}. IoU of alpha over one half; F of its outline within 2 px; SAD in thousands of pixels; gradient error (Rhemann
2009) in thousands; color: mean error of the edge laid on green, in grey levels; s: the fastest picture, 2 threads."""
COLUMNS = "| | IoU | outline F | SAD | gradient | color | s |\n|---|---|---|---|---|---|---|"


@dataclass
class Seen:
    """An engine that answers with the truth as a network of ``NETWORK_SIDE`` would see it: what is left is the edge."""

    truth: np.ndarray
    label: str = "the truth, small"

    def alpha(self, rgb: np.ndarray) -> np.ndarray:
        small = cv2.resize(self.truth, (NETWORK_SIDE, NETWORK_SIDE), interpolation=cv2.INTER_AREA)
        grown: np.ndarray = cv2.resize(cv2.GaussianBlur(small, (0, 0), 1), rgb.shape[1::-1])
        return grown.clip(0, 1)


def section(folder: Path) -> str:
    """Networks and edges together, then the edges alone."""
    every = list(scenes())
    rows = [("background removal, fast", *_ours(every, lambda scene: engines().get("cutout-fast")))]
    rows.append(("background removal, best", *_ours(every, lambda scene: engines().get("cutout-best"))))
    rows += [(title, *_peer(every, folder, words)) for title, words in PEER_TITLES.items()]
    alone = [("ours", *_ours(every, lambda scene: Seen(scene.truth)))]
    for number, scene in enumerate(every):
        given = np.round(255 * Seen(scene.truth).alpha(scene.picture)).astype(np.uint8)
        Image.fromarray(given).save(folder / f"given-{number:02}.png")
    alone += [(title, *_peer(every, folder, words)) for title, words in PEER_TITLES.items()]
    height, width = every[0].truth.shape
    head = HEAD.format(size=f"{len(every)} scenes of {width} x {height}")
    edge = f"The edge alone, from the truth as a network of {NETWORK_SIDE} pixels would see it:"
    return f"{head}\n\n{_table(rows)}\n\n{edge}\n\n{_table(alone)}"


PEER_TITLES = {"rembg, u2netp, alpha matting": ["matting"], "rembg, u2netp": []}


def _ours(every: list[Scene], engine: Any) -> tuple[list[list[float]], float]:
    figures, seconds = [], []
    for scene in every:
        started = time.perf_counter()
        matte = cut_out(scene.picture, engine(scene))
        seconds.append(time.perf_counter() - started)
        if matte is None:
            figures.append(measured(np.zeros_like(scene.truth), scene.color, scene))
            continue
        color = matte.subject(0, len(scene.truth))
        figures.append(measured(matte.alpha.astype(np.float32) / 255, color, scene))
    return figures, min(seconds)


def _peer(every: list[Scene], folder: Path, words: list[str]) -> tuple[list[list[float]], float]:
    home = folder / "u2net"
    home.mkdir(exist_ok=True)
    if not (home / "u2netp.onnx").exists():
        weights = Weights(get_settings().weights_folder)
        (home / "u2netp.onnx").symlink_to(weights.ensure("u2netp").absolute())
    for number, scene in enumerate(every):
        Image.fromarray(scene.picture).save(folder / f"scene-{number:02}.png")
    said = run_peer("bench.quality.rembg_peer", home, folder, *words)
    figures = []
    for number, scene in enumerate(every):
        cut = np.asarray(Image.open(folder / f"rembg-{number:02}.png"), np.float32)
        figures.append(measured(cut[..., 3] / 255, cut[..., :3], scene))
    return figures, float(said.split()[-1])


def measured(alpha: np.ndarray, color: np.ndarray, scene: Scene) -> list[float]:
    """IoU, F of the outline, SAD, gradient error and error of the edge's colors; alpha 0..1, colors 0..255."""
    shape, truth = alpha > 0.5, scene.truth > 0.5
    union = float((shape | truth).sum())
    edge = cv2.dilate(((scene.truth > 0.02) & (scene.truth < 0.98)).astype(np.uint8), np.ones((5, 5))) > 0
    laid = alpha[..., None] * color + (1 - alpha[..., None]) * NEW_GROUND
    wanted = scene.truth[..., None] * scene.color + (1 - scene.truth[..., None]) * NEW_GROUND
    return [
        float((shape & truth).sum()) / union,
        _outline_score(shape, truth),
        float(np.abs(alpha - scene.truth).sum()) / 1000,
        float(((_gradient(alpha) - _gradient(scene.truth)) ** 2).sum()) / 1000,
        float(np.abs(laid - wanted)[edge].mean()),
    ]


def _outline_score(shape: np.ndarray, truth: np.ndarray) -> float:
    near = np.ones((5, 5), np.uint8)
    lines = [cv2.morphologyEx(each.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) for each in (shape, truth)]
    wide = [cv2.dilate(line, near) for line in lines]
    precision = float((lines[0] & wide[1]).sum()) / max(1, int(lines[0].sum()))
    recall = float((lines[1] & wide[0]).sum()) / max(1, int(lines[1].sum()))
    return 2 * precision * recall / max(1e-9, precision + recall)


def _gradient(alpha: np.ndarray) -> np.ndarray:
    """Length of the gradient of the map blurred by 1.4 pixels."""
    smooth = cv2.GaussianBlur(alpha, (0, 0), 1.4)
    steep: np.ndarray = np.hypot(cv2.Sobel(smooth, -1, 1, 0, scale=1 / 8), cv2.Sobel(smooth, -1, 0, 1, scale=1 / 8))
    return steep


def _table(rows: list[tuple[str, list[list[float]], float]]) -> str:
    lines = [COLUMNS]
    for title, figures, seconds in rows:
        iou, outline, sad, gradient, color = np.mean(figures, 0)
        lines.append(
            f"| {title} | {iou:.3f} | {outline:.3f} | {sad:.1f} | {gradient:.2f} | {color:.1f} | {seconds:.2f} |"
        )
    return "\n".join(lines)
