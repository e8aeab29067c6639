"""Runs the stand-in of a home: ``python -m workers.embedded.payments HOME PORT WEBHOOK``; its keys are the home's."""

import sys
from pathlib import Path

import uvicorn

from ..keys import Keys
from ..ports import LOOPBACK
from .desk import Clock
from .program import api_key, webhook_secret
from .server import StandIn


def main(home: Path, port: int, webhook: str) -> None:
    """Serve until the supervisor ends it."""
    keys = Keys(home / "secrets.json")
    url = f"http://{LOOPBACK}:{port}"
    made = StandIn.open(home / "payments.db", url, api_key(keys), webhook, webhook_secret(keys), Clock())
    uvicorn.run(made.app(), host=LOOPBACK, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
