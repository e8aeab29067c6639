"""Writes a bench's table into its own section of a page of results, with the machine that made it."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = "# Results\n\nEach section is written by the bench it names. Ratios count: machines are shared and noisy.\n"


def machine() -> str:
    """Processor, cores and Python of this machine."""
    cpu = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), "unknown CPU")
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def write_section(name: str, text: str, page: Path = RESULTS, head: str = HEAD) -> None:
    """Replace the section ``name`` of ``page``, or add it; ``head`` begins a page that is not there yet."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    section = f"{begin}\n## {name}\n\n{machine()}, {datetime.now(UTC):%Y-%m-%d}\n\n{text}\n{end}"
    whole = page.read_text() if page.exists() else head
    if begin in whole:
        before, rest = whole.split(begin, 1)
        whole = before + section + rest.split(end, 1)[1]
    else:
        whole += f"\n{section}\n"
    page.write_text(whole)


def _cpuinfo() -> list[str]:
    return Path("/proc/cpuinfo").read_text().splitlines()
