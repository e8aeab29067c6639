"""Each tool beside what one would use instead: same inputs, same threads, same run, taking turns. Also a growth curve.

Run ``python -m bench.tools``. Peers live in a virtual environment of their own (``.cache/bench``), made on first use.
Every contender is a process that stays warm; its peak memory is its own.
"""

import argparse
import math
import tempfile
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_image

from activities.inference.weights import Weights
from models.settings import get_settings
from tests.activities.media.photographs import Planted, plant

from .peers import prepare_peers
from .race import MEBIBYTE, Contender, compete, table
from .report import write_section


def enhance(folder: Path, turns: int) -> str:
    """Twice the size of a quarter of a megapixel."""
    _photograph(folder, (612, 408))
    weights = Weights(get_settings().weights_folder)
    files = {"param": str(weights.ensure("compact-x2-param")), "bin": str(weights.ensure("compact-x2-bin"))}
    contenders = [
        Contender("image-enhance, denoise 1 (Compact)", "enhance", {"denoise": 1.0, "engine": "fast"}),
        Contender("Real-ESRGAN in ncnn on the CPU, same weights, tiles of 200 + 10", "ncnn", files, peer=True),
        Contender("image-enhance as it comes (SPAN + Compact)", "enhance", {}),
        Contender("image-enhance, denoise 0 (SPAN)", "enhance", {"denoise": 0}),
    ]
    return table(compete(contenders, turns, folder))


def replace_background(folder: Path, turns: int) -> str:
    """A subject on a plain color, with the same networks."""
    _photograph(folder, (1224, 816))
    home = folder / "u2net"
    home.mkdir()
    weights = Weights(get_settings().weights_folder)
    for name, session in (("u2netp", "u2netp"), ("isnet", "isnet-general-use")):
        (home / f"{session}.onnx").symlink_to(weights.ensure(name).absolute())
    return "\n\n".join(
        table(compete(_cutters(quality, session, home), turns, folder))
        for quality, session in (("fast", "u2netp"), ("best", "isnet-general-use"))
    )


def _cutters(quality: str, session: str, home: Path) -> list[Contender]:
    rembg = {"home": str(home), "session": session}
    return [
        Contender(f"background-replace, {quality}", "replace", {"quality": quality}),
        Contender("rembg, same weights, alpha matting", "rembg", rembg | {"matting": True}, peer=True),
        Contender("rembg, same weights, rough edges", "rembg", rembg | {"matting": False}, peer=True),
    ]


def _photograph(folder: Path, size: tuple[int, int]) -> None:
    photograph = Image.fromarray(load_sample_image("china.jpg")).resize(size, Image.Resampling.LANCZOS)
    photograph.save(folder / "photograph.jpg", quality=90)


def deduplicate(folder: Path, turns: int, total: int) -> str:
    """A heap of photographs with planted copies."""
    planted = _heap(folder, total)
    contenders = [
        Contender("image-deduplication, near", "deduplicate", {"mode": "near", "cold": True}),
        Contender("imagededup's PHash method (64 bits, distance 10, all pairs)", "phash", {"cold": True}, peer=True),
        Contender("imagededup's CNN method, our network (cosine 0.9, all pairs)", "cnn", {"cold": True}),
    ]
    outcomes = compete(contenders, turns, folder, 300)
    for outcome in outcomes.values():
        if not outcome.seconds:
            continue
        groups = [[int(index) for index in group] for group in outcome.said.pop("groups")]  # type: ignore[attr-defined]
        share, wrong = planted.score(groups)
        outcome.said |= {"groups found whole": f"{share:.1%}", "wrong merges": len(wrong)}
    return f"{total} images.\n\n{table(outcomes)}"


def growth(folder: Path, sizes: list[int]) -> str:
    """Seconds an image for heaps of several sizes: flat, so the whole grows as n."""
    lines = ["| images | s | ms an image | peak MiB |", "|---|---|---|---|"]
    for total in sizes:
        inner = folder / f"heap-{total}"
        inner.mkdir()
        _heap(inner, total)
        outcome = compete([Contender("", "deduplicate", {"mode": "near", "cold": True})], 1, inner, 600)[""]
        seconds = outcome.seconds[0] if outcome.seconds else math.nan
        lines.append(f"| {total} | {seconds:.1f} | {1000 * seconds / total:.1f} | {outcome.peak // MEBIBYTE} |")
    return "\n".join(lines)


def _heap(folder: Path, total: int) -> Planted:
    (folder / "heap").mkdir()
    return plant(folder / "heap", total, seed=total)


def _keep(parts: list[str]) -> None:
    """Show the newest part and write all there are, so that a run cut short leaves what it has measured."""
    print(parts[-1], flush=True)
    write_section("tools", "\n\n".join(parts))


def main() -> None:
    """Measure, print, and write the section of RESULTS.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=3)
    options.add_argument("--heap", type=int, default=700)
    options.add_argument("--growth", type=int, nargs="*", default=[600, 1200, 2400])
    chosen = options.parse_args()
    prepare_peers()
    parts = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts.append("### image-enhance, 0.25 MP to 1 MP\n\n" + enhance(folder, chosen.turns))
        _keep(parts)
        parts.append("### background-replace, 1 MP\n\n" + replace_background(folder, chosen.turns))
        _keep(parts)
        parts.append("### image-deduplication\n\n" + deduplicate(folder, max(1, chosen.turns // 2), chosen.heap))
        _keep(parts)
        parts.append("### image-deduplication: growth\n\n" + growth(folder, chosen.growth))
        _keep(parts)


if __name__ == "__main__":
    main()
