"""People and marks planted on photographs and removed again: how near the result comes to the photograph."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import patchmatch
from skimage import data
from sklearn.datasets import load_sample_image

from activities.media.filling import fill
from tests.activities.tools.test_remove_people import cut_out, remove
from tests.activities.tools.test_remove_watermark import PHOTOS, clean, laid, tiled, words

GROUNDS = {
    "lake": load_sample_image("china.jpg"),
    "flower": load_sample_image("flower.jpg"),
    "cup": data.coffee(),
    "cat": data.chelsea(),
    "rocket": data.rocket(),
    "cloth": data.astronaut(),
}
PLACES = ((0.15, 0.3), (0.45, 0.45), (0.65, 0.15))
"""Left and top of a hole, as shares."""
WORDS = (("PHOTO 2026", 0.6, (255, 255, 255)), ("wm.example", 0.8, (20, 20, 20)), ("COPY ONLY", 0.9, (240, 220, 40)))

Filler = Callable[[np.ndarray, np.ndarray], np.ndarray]


def section(folder: Path) -> str:
    """Holes filled, people removed, marks removed; ours beside OpenCV and plain PatchMatch, as IOPaint offers them."""
    return "\n\n".join([_holes(), _people(folder), _marks(folder)])


def psnr(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    """dB over the pixels of ``where``."""
    return float(10 * np.log10(255**2 / max(1e-9, float(((one.astype(float) - other)[where] ** 2).mean()))))


def _holes() -> str:
    fillers: dict[str, Filler] = {
        "ours": lambda rgb, hole: fill(rgb, hole, hole & False, threads=2),
        "PatchMatch alone (radius 5)": lambda rgb, hole: patchmatch.inpaint(rgb, hole.astype(np.uint8), patch_size=5),
        "OpenCV Telea": lambda rgb, hole: cv2.inpaint(rgb, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA),
        "OpenCV Navier-Stokes": lambda rgb, hole: cv2.inpaint(rgb, hole.astype(np.uint8), 5, cv2.INPAINT_NS),
    }
    share = cut_out()[1]
    rows = []
    for name, filler in fillers.items():
        values, seconds = [], 0.0
        for ground in GROUNDS.values():
            rgb = cv2.resize(ground, (640, 427), interpolation=cv2.INTER_AREA)
            for left, top in PLACES:
                hole = np.zeros(rgb.shape[:2], bool)
                row, column = int(top * 427), int(left * 640)
                hole[row : row + 150, column : column + 150] = share > 0.5
                began = time.perf_counter()
                filled = filler(rgb, hole)
                seconds += time.perf_counter() - began
                values.append((psnr(filled, rgb, hole), _grain(filled, rgb, hole)))
        mean = np.mean(values, 0)
        rows.append(f"| {name} | {mean[0]:.2f} | {mean[1]:.0%} | {seconds / len(values):.1f} |")
    return "\n".join(
        [
            f"The astronaut's outline cut out of {len(GROUNDS)} photographs of 640 x 427, at {len(PLACES)} places.",
            "PSNR in the hole; grain: fine detail there by that of the photograph (100 % is right); s: a hole.",
            "",
            "| | PSNR | grain | s |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _grain(filled: np.ndarray, truth: np.ndarray, hole: np.ndarray) -> float:
    """Mean strength of the Laplacian, by the truth's."""
    inner = cv2.erode(hole.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    found, right = (
        np.abs(cv2.Laplacian(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), cv2.CV_32F))[inner].mean()
        for each in (filled, truth)
    )
    return float(found / right)


def _people(folder: Path) -> str:
    person, share = cut_out()
    values, same, seconds = [], True, 0.0
    for number, name in enumerate(("lake", "flower", "cup", "rocket")):
        before = cv2.resize(GROUNDS[name], (640, 427), interpolation=cv2.INTER_AREA)
        where = np.zeros((427, 640), bool)
        planted = before.astype(np.float32)
        left = 60 + 130 * number
        place = np.s_[277:427, left : left + 150]
        planted[place] = person * share[:, :, None] + planted[place] * (1 - share[:, :, None])
        where[place] = share > 0.5
        scene = planted.round().astype(np.uint8)
        began = time.perf_counter()
        after, changed, _ = remove(folder, scene)
        seconds += time.perf_counter() - began
        same &= bool((after[~changed] == scene[~changed]).all())
        values.append((psnr(after, before, where), (changed & where).sum() / where.sum()))
    mean = np.mean(values, 0)
    return "\n".join(
        [
            f"The astronaut planted on {len(values)} photographs, to be found and removed: PSNR {mean[0]:.1f} dB where",
            f"she was, {mean[1]:.1%} of her pixels covered (0 where she is not found), outside of the mask all",
            f"equal: {'yes' if same else 'no'}; {seconds / len(values):.1f} s a picture.",
        ]
    )


def _marks(folder: Path) -> str:
    def telea(marked: np.ndarray, shape: np.ndarray) -> np.ndarray:
        hole = cv2.dilate((shape > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
        return cv2.inpaint(marked, hole, 3, cv2.INPAINT_TELEA)

    rows = []
    kinds: dict[str, tuple[list[tuple[np.ndarray, float, tuple[int, int, int]]], str]] = {
        "a line of words": ([(words(text, (180, 260), 1.3, 3), share, color) for text, share, color in WORDS], "text"),
        "a grid, 35 % white": ([(tiled(), 0.35, (255, 255, 255))], "tiled"),
    }
    for kind, (marks, detect) in kinds.items():
        values = []
        for shape, share, color in marks:
            for photo in PHOTOS:
                marked = laid(photo, shape, share, color)
                (after,), _, _ = clean(folder, marked, detect=detect)
                pictures = (marked, telea(marked, shape), after)
                values.append([psnr(each, photo, shape > 0) for each in pictures])
        rows.append((kind, np.mean(values, 0)))
    shape = words("PhotoShop", (90, 270), 2.6, 5)
    marked_all = [laid(photo, shape, 0.5, (255, 255, 255)) for photo in PHOTOS]
    after_all, _, _ = clean(folder, *marked_all)
    values = [
        [psnr(each, photo, shape > 0) for each in (marked, telea(marked, shape), after)]
        for marked, photo, after in zip(marked_all, PHOTOS, after_all, strict=True)
    ]
    rows.append((f"one 50 % white word over {len(PHOTOS)} pictures", np.mean(values, 0)))
    return "\n".join(
        [
            f"Marks on {len(PHOTOS)} photographs of 720 x 480, PSNR in dB on the mark. OpenCV is told where",
            "the mark is; the tool has to find it.",
            "",
            "| mark | as it is | OpenCV Telea, mask given | remove-watermark |",
            "|---|---|---|---|",
            *(f"| {kind} | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.1f} |" for kind, mean in rows),
        ]
    )
