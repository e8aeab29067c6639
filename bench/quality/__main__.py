"""Runs every section, or those named: ``python -m bench.quality [SECTION ...]``. Each writes its part of QUALITY.md.

A section is a file of this folder with ``section(folder: Path) -> str``: a paragraph on how truth was made, and a table
of ours and the peers, in Markdown. ``folder`` is empty and goes away.
"""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

from bench import quality
from bench.report import write_section

PAGE = Path(__file__).parents[1] / "QUALITY.md"
HEAD = "# Quality\n\nMeasured where truth can be made; each section is written by `python -m bench.quality SECTION`.\n"


def main(wanted: list[str]) -> None:
    """Run the sections ``wanted``, or all."""
    known = [module.name for module in pkgutil.iter_modules(quality.__path__) if module.name != "__main__"]
    for name in wanted or known:
        module = importlib.import_module(f"{quality.__name__}.{name}")
        if not hasattr(module, "section"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            text = module.section(Path(folder))
        write_section(name, text, PAGE, HEAD)
        sys.stdout.write(f"{text}\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
