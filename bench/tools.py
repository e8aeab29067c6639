"""Each tool beside what one would use instead: same inputs, same threads, same run, taking turns. Also a growth curve.

Run ``python -m bench.tools``. Peers live in a virtual environment of their own (``.cache/bench``), made on first use.
Every contender is a process that stays warm; its peak memory is its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_sample_image

from activities.inference.weights import Weights
from models.settings import get_settings
from tests.activities.media.photographs import Planted, plant

from .report import write_section

PEERS = Path(".cache/bench/venv")
PACKAGES = ("ncnn==1.0.20260526", "rembg==2.0.86", "onnxruntime==1.32.0", "imagehash==4.3.2", "pillow", "numpy")
THREADS = 2
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Contender:
    """One way to do a piece of work. ``call`` names a function of ``contenders.py``; ``peer``: runs among the peers."""

    title: str
    call: str
    options: dict[str, object]
    peer: bool = False


@dataclass
class Outcome:
    """Seconds of each turn, peak memory in bytes, and what the last turn said of itself."""

    seconds: list[float]
    peak: int
    said: dict[str, object]


class Runner:
    """A contender's process: it loads, works once unmeasured, then works once for every line it is sent."""

    def __init__(self, contender: Contender, folder: Path) -> None:
        python = PEERS / "bin/python" if contender.peer else Path(sys.executable)
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": str(Path.cwd())}
        script = Path(__file__).with_name("contenders.py")
        command = [str(python.absolute()), str(script), contender.call, json.dumps(contender.options), str(folder)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.seconds: list[float] = []
        self.said: dict[str, object] = {}
        self._answer()

    def turn(self) -> None:
        """Work once, measured."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.seconds.append(float(answer.pop("seconds")))
        self.said = answer

    def end(self) -> Outcome:
        """Close it and take its peak memory."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        peak = int(self._answer()["peak"])
        self.process.wait(60)
        return Outcome(self.seconds, peak, self.said)

    def _answer(self) -> dict[str, object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a contender ended with status {self.process.wait(10)}")
        answer: dict[str, object] = json.loads(line)
        return answer


def compete(contenders: list[Contender], turns: int, folder: Path) -> dict[str, Outcome]:
    """All contenders loaded at once and taking turns, so that a busy minute of the machine hits them alike."""
    runners = {contender.title: Runner(contender, folder) for contender in contenders}
    for _ in range(turns):
        for runner in runners.values():
            runner.turn()
    return {title: runner.end() for title, runner in runners.items()}


def table(outcomes: dict[str, Outcome]) -> str:
    """Markdown; the first contender is ours and the ratios are to it."""
    ours = statistics.median(next(iter(outcomes.values())).seconds)
    lines = ["| | median s | ours / it | peak MiB | |", "|---|---|---|---|---|"]
    for title, outcome in outcomes.items():
        median = statistics.median(outcome.seconds)
        said = ", ".join(f"{name} {value}" for name, value in outcome.said.items())
        lines.append(f"| {title} | {median:.2f} | {ours / median:.2f} | {outcome.peak // MEBIBYTE} | {said} |")
    return "\n".join(lines)


def prepare_peers() -> None:
    """The peers' virtual environment, made once."""
    if not (PEERS / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
        subprocess.run([PEERS / "bin/pip", "install", "--quiet", *PACKAGES], check=True)
        (PEERS / "ready").touch()


def enhance(folder: Path, turns: int) -> str:
    """Twice the size of one megapixel."""
    photograph = Image.fromarray(load_sample_image("china.jpg")).resize((1224, 816), Image.Resampling.LANCZOS)
    photograph.save(folder / "photograph.jpg", quality=90)
    weights = Weights(get_settings().weights_folder)
    files = {"param": str(weights.ensure("compact-x2-param")), "bin": str(weights.ensure("compact-x2-bin"))}
    contenders = [
        Contender("image-enhance, denoise 1 (Compact)", "enhance", {"denoise": 1.0, "engine": "fast"}),
        Contender("ncnn on the CPU, same weights, tiles of 200 + 10", "ncnn", files, peer=True),
        Contender("image-enhance as it comes (SPAN + Compact)", "enhance", {}),
        Contender("image-enhance, denoise 0 (SPAN)", "enhance", {"denoise": 0}),
    ]
    return table(compete(contenders, turns, folder))


def replace_background(folder: Path, turns: int) -> str:
    """A subject on a plain color, with the same network."""
    home = folder / "u2net"
    home.mkdir()
    (home / "u2netp.onnx").symlink_to(Weights(get_settings().weights_folder).ensure("u2netp").absolute())
    contenders = [
        Contender("background-replace, fast", "replace", {"quality": "fast"}),
        Contender(
            "rembg 2.0.86, same weights, alpha matting", "rembg", {"home": str(home), "matting": True}, peer=True
        ),
        Contender("rembg 2.0.86, same weights, rough edges", "rembg", {"home": str(home), "matting": False}, peer=True),
    ]
    return table(compete(contenders, turns, folder))


def deduplicate(folder: Path, turns: int, total: int) -> str:
    """A heap of photographs with planted copies."""
    planted = _heap(folder, total)
    contenders = [
        Contender("image-deduplication, near", "deduplicate", {"mode": "near"}),
        Contender("imagededup's PHash method (64 bits, distance 10, all pairs)", "phash", {}, peer=True),
        Contender("imagededup's CNN method, our network (cosine 0.9, all pairs)", "cnn", {}),
    ]
    outcomes = compete(contenders, turns, folder)
    for outcome in outcomes.values():
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
        outcome = compete([Contender("", "deduplicate", {"mode": "near", "cold": True})], 1, inner)[""]
        seconds = outcome.seconds[0]
        lines.append(f"| {total} | {seconds:.1f} | {1000 * seconds / total:.1f} | {outcome.peak // MEBIBYTE} |")
    return "\n".join(lines)


def _heap(folder: Path, total: int) -> Planted:
    (folder / "heap").mkdir()
    return plant(folder / "heap", total, seed=total)


def main() -> None:
    """Measure, print, and write the section of RESULTS.md."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=5)
    options.add_argument("--heap", type=int, default=500)
    options.add_argument("--growth", type=int, nargs="*", default=[500, 1000, 2000, 4000])
    chosen = options.parse_args()
    prepare_peers()
    parts = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts.append("### image-enhance, 1 MP to 4 MP\n\n" + enhance(folder, chosen.turns))
        print(parts[-1], flush=True)
        parts.append("### background-replace, 1 MP\n\n" + replace_background(folder, chosen.turns))
        print(parts[-1], flush=True)
        parts.append("### image-deduplication\n\n" + deduplicate(folder, max(1, chosen.turns // 2), chosen.heap))
        print(parts[-1], flush=True)
        parts.append("### image-deduplication: growth\n\n" + growth(folder, chosen.growth))
        print(parts[-1], flush=True)
    write_section("tools", "\n\n".join(parts))


if __name__ == "__main__":
    main()
