"""Real-ESRGAN by ncnn on the processor, x2; runs in the peers' environment.

``ncnn_peer PARAM BIN FOLDER`` enlarges every ``small-N.png`` of the folder to ``ncnn-N.png`` and prints the seconds of
all of them together.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import ncnn
import numpy as np
from PIL import Image

THREADS = 2
TILE, AROUND = 200, 10
"""As its own program works: tiles of so many pixels, with so many around them."""


def enlarger(param: str, bin: str) -> Callable[[np.ndarray], np.ndarray]:
    """uint8, H x W x 3 -> uint8, 2H x 2W x 3."""
    network = ncnn.Net()
    network.opt.num_threads = THREADS
    network.opt.use_vulkan_compute = False
    network.opt.use_fp16_arithmetic = False
    network.load_param(param)
    network.load_model(bin)

    def enlarged(piece: np.ndarray) -> np.ndarray:
        extractor = network.create_extractor()
        given = np.ascontiguousarray(piece.transpose(2, 0, 1))
        extractor.input("data", ncnn.Mat(given).clone())
        _, output = extractor.extract("output")
        result: np.ndarray = np.array(output).transpose(1, 2, 0)
        return result

    def enlarge(rgb: np.ndarray) -> np.ndarray:
        picture = rgb.astype(np.float32) / 255
        height, width = picture.shape[:2]
        result = np.empty((height * 2, width * 2, 3), np.uint8)
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                bottom, right = min(top + TILE, height), min(left + TILE, width)
                above, before = max(0, top - AROUND), max(0, left - AROUND)
                piece = enlarged(picture[above : bottom + AROUND, before : right + AROUND])
                kept = piece[2 * (top - above) :, 2 * (left - before) :][: 2 * (bottom - top), : 2 * (right - left)]
                result[2 * top : 2 * bottom, 2 * left : 2 * right] = (kept.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        return result

    return enlarge


def main(param: str, bin: str, folder: Path) -> None:
    """See the module."""
    enlarge, seconds = enlarger(param, bin), 0.0
    for path in sorted(folder.glob("small-*.png")):
        small = np.asarray(Image.open(path).convert("RGB"))
        enlarge(small[:64, :64])
        started = time.perf_counter()
        large = enlarge(small)
        seconds += time.perf_counter() - started
        Image.fromarray(large).save(path.with_name(path.name.replace("small", "ncnn")))
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
