"""What the supervisor needs to know of a process: how it starts, when it is ready, how it is asked to stop."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


async def at_once() -> bool:
    """Readiness of a program that is ready when it runs."""
    return True


def nothing() -> None:
    """A program that has nothing to prepare or to clean."""


@dataclass(frozen=True)
class Program:
    """One supervised process. ``ready`` is asked until it says true; ``prepare`` runs before each start and ``clean``
    after the last end; times are seconds.
    """

    name: str
    argv: list[str]
    environment: Mapping[str, str]
    folder: Path
    ready: Callable[[], Awaitable[bool]] = at_once
    stop_signal: signal.Signals = signal.SIGTERM
    stop_within: float = 3.0
    ready_within: float = 60.0
    prepare: Callable[[], None] = nothing
    clean: Callable[[], None] = nothing
