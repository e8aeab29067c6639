"""Lets several ways to do a piece of work take turns, each in a process of its own that stays warm."""

import json
import os
import select
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .peers import PEERS, THREADS

PATIENCE = 60.0
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Contender:
    """One way to do a piece of work. ``call`` names a function of ``contenders.py``; ``peer``: runs among the peers."""

    title: str
    call: str
    options: Mapping[str, object]
    peer: bool = False


class TooSlow(Exception):
    """A contender did not answer in time."""


@dataclass
class Outcome:
    """Seconds of each turn (none: it was given up), peak memory in bytes, and what the last turn said of itself."""

    seconds: list[float]
    peak: int
    said: dict[str, object]


class Runner:
    """A contender's process: it loads, works once unmeasured, then works once for every line it is sent."""

    def __init__(self, contender: Contender, folder: Path, patience: float) -> None:
        self.patience = patience
        python = PEERS / "bin/python" if contender.peer else Path(sys.executable)
        environment = os.environ | {"OMP_NUM_THREADS": str(THREADS), "PYTHONPATH": str(Path.cwd())}
        script = Path(__file__).with_name("contenders.py")
        command = [
            str(python.absolute()),
            str(script),
            contender.call,
            json.dumps(dict(contender.options)),
            str(folder),
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.outcome = Outcome([], 0, {})
        self._attempt(self._answer)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def turn(self) -> None:
        """Work once, measured; nothing if it was given up."""
        if self.alive:
            self._attempt(self._work)

    def end(self) -> Outcome:
        """Close it and take its peak memory."""
        assert self.process.stdin is not None
        if self.alive:
            self.process.stdin.close()
            self.outcome.peak = int(str(self._answer()["peak"]))
            self.process.wait(60)
        return self.outcome

    def _work(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        answer = self._answer()
        self.outcome.seconds.append(float(str(answer.pop("seconds"))))
        self.outcome.said = answer

    def _attempt(self, step: Callable[[], object]) -> None:
        try:
            step()
        except TooSlow:
            self.process.kill()
            self.process.wait(10)
            self.outcome = Outcome([], 0, {f"did not finish in {self.patience:.0f} s": "given up"})

    def _answer(self) -> dict[str, object]:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            raise TooSlow
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a contender ended with status {self.process.wait(10)}")
        answer: dict[str, object] = json.loads(line)
        return answer


def compete(contenders: list[Contender], turns: int, folder: Path, patience: float = PATIENCE) -> dict[str, Outcome]:
    """All contenders loaded at once and taking turns, so that a busy minute of the machine hits them alike.

    ``patience``: seconds a contender may take to load and for each turn before it is given up.
    """
    runners = {contender.title: Runner(contender, folder, patience) for contender in contenders}
    for _ in range(turns):
        for runner in runners.values():
            runner.turn()
    return {title: runner.end() for title, runner in runners.items()}


def table(outcomes: dict[str, Outcome]) -> str:
    """Markdown; the first contender is ours and the ratios are to it."""
    ours = next(iter(outcomes.values())).seconds
    lines = ["| | median s | ours / it | peak MiB | |", "|---|---|---|---|---|"]
    for title, outcome in outcomes.items():
        said = ", ".join(f"{name} {value}" for name, value in outcome.said.items())
        figures = "| – | – | – |"
        if outcome.seconds:
            median = statistics.median(outcome.seconds)
            ratio = f"{statistics.median(ours) / median:.2f}" if ours else "–"
            figures = f"| {median:.2f} | {ratio} | {outcome.peak // MEBIBYTE} |"
        lines.append(f"| {title} {figures} {said} |")
    return "\n".join(lines)
