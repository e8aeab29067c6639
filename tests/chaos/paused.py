"""Runs a process of ours with pauses: ``python -m tests.chaos.paused FOLDER api`` or ``... FOLDER workers media``.

The product knows nothing of this: named methods are wrapped before its ``main`` runs. A point whose file lies in
``FOLDER/armed`` is taken by the first call that passes it: the file moves to ``FOLDER/reached`` and the call waits
until it is gone, or until somebody kills the process.
"""

import asyncio
import functools
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.chaos.points import POINTS, Point

LOOK_EVERY = 0.01

Method = Callable[..., Awaitable[Any]]


def wrap(point: Point, folder: Path) -> None:
    """Replace the point's target by one that pauses when armed."""
    module_name, _, path = point.target.partition(":")
    owner: Any = import_module(module_name)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    setattr(owner, name, _pausing(getattr(owner, name), point, folder))


def _pausing(method: Method, point: Point, folder: Path) -> Method:
    @functools.wraps(method)
    async def paused(*arguments: Any, **named: Any) -> Any:
        if point.when == "before":
            await _pause(folder, point.name)
        answer = await method(*arguments, **named)
        if point.when == "after":
            await _pause(folder, point.name)
        return answer

    return paused


async def _pause(folder: Path, name: str) -> None:
    reached = folder / "reached" / name
    try:
        (folder / "armed" / name).rename(reached)
    except FileNotFoundError:
        return
    while reached.exists():  # noqa: ASYNC110 - the other side is another process
        await asyncio.sleep(LOOK_EVERY)


def main() -> None:
    """Wrap this process's points, then be the process."""
    folder, package = Path(sys.argv[1]), sys.argv[2]
    sys.argv = [f"{package}/__main__.py", *sys.argv[3:]]
    process = sys.argv[1] if len(sys.argv) > 1 else package
    for point in POINTS.values():
        if point.process == process:
            wrap(point, folder)
    import_module(f"{package}.__main__").main()


if __name__ == "__main__":
    main()
