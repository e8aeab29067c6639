"""Two sorted lists of the store's keys compared line by line, so that neither has to fit in memory."""

from collections.abc import Iterator
from pathlib import Path

from activities.storage import ObjectStore


def lacking(wanted: Path, present: Path) -> Iterator[str]:
    """The keys in ``wanted`` that ``present`` lacks; both are files of one key a line, in the order of code points."""
    with wanted.open() as wanted_lines, present.open() as present_lines:
        at = next(present_lines, None)
        for line in wanted_lines:
            while at is not None and at < line:
                at = next(present_lines, None)
            if at != line:
                yield line.rstrip("\n")


async def write_listing(store: ObjectStore, target: Path) -> None:
    """Write all keys of the store in the form that ``lacking`` reads."""
    with target.open("w") as lines:
        async for facts in store.list(""):
            lines.write(facts.key + "\n")
