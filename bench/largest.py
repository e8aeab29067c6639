"""The most memory that tools take for a picture of 50 MP: ``python -m bench.largest``. 2 GB is what they may take."""

import tempfile
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_image

from .race import MEBIBYTE, Contender, compete
from .report import write_section

SIDES = (8660, 5774)
PATIENCE = 3600.0
CALLS = (
    ("image-enhance, x2 to 200 MP", "enhance", {"engine": "fast"}),
    ("background-replace, best", "replace", {"quality": "best"}),
)


def main() -> None:
    """Measure each in a process of its own, print, and write the section of RESULTS.md."""
    lines = ["| | s | peak MiB |", "|---|---|---|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photograph = Image.fromarray(load_sample_image("china.jpg"))
        photograph.resize(SIDES, Image.Resampling.BICUBIC).save(folder / "photograph.jpg", quality=92)
        for title, call, options in CALLS:
            (outcome,) = compete([Contender(title, call, options | {"cold": True})], 1, folder, PATIENCE).values()
            lines.append(f"| {title} | {outcome.seconds[0]:.0f} | {outcome.peak // MEBIBYTE} |")
            print(lines[-1], flush=True)
    write_section("largest", "\n".join(lines))


if __name__ == "__main__":
    main()
