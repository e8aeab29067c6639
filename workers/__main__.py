"""``python -m workers POOL``: one pool of workers as one process; more of them, on more machines, is scaling out."""

import asyncio
import sys

from models.logging import configure_logging
from models.settings import get_settings
from temporal.tracing import start_tracing

from .pools import POOLS
from .run import run_pool


def main() -> None:
    """Exit code 2 for a pool that does not exist."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in POOLS:
        sys.stderr.write(f"usage: python -m workers {'|'.join(POOLS)}\n")
        raise SystemExit(2)
    settings = get_settings()
    configure_logging(settings)
    start_tracing(settings, f"workshop-{name}")
    asyncio.run(run_pool(name, settings))


if __name__ == "__main__":
    main()
