"""Temporal's development server with its Web UI: real, durable in one SQLite file, one machine."""

import os
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError

from temporal.search_attributes import SEARCH_ATTRIBUTES

from .binaries import script
from .keys import private_folder
from .ports import LOOPBACK, Ports
from .program import Program

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "locking_mode=EXCLUSIVE")
DYNAMIC = (
    "history.transferProcessorMaxPollRPS=1000",
    "matching.useNewMatcher=true",
    "matching.enableFairness=true",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    "system.enableEagerWorkflowStart=true",
)


class TemporalServer:
    """One server in ``folder``; ``port`` is gRPC, ``ui_port`` the Web UI."""

    def __init__(self, folder: Path, port: int, ui_port: int, namespace: str, ports: Ports) -> None:
        self._folder = folder
        self._port = port
        self._ui_port = ui_port
        self._namespace = namespace
        self._http_port = ports.claim("temporal_http")
        self._metrics_port = ports.claim("temporal_metrics")

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self._ui_port}"

    def program(self) -> Program:
        return Program(
            name="temporal",
            argv=[script("temporal"), "server", "start-dev", *self._flags()],
            environment={"PATH": os.defpath, "HOME": str(self._folder), "TMPDIR": str(self._folder)},
            folder=private_folder(self._folder),
            ready=self._ready,
        )

    def _flags(self) -> list[str]:
        repeated = {
            "--sqlite-pragma": PRAGMAS,
            "--dynamic-config-value": DYNAMIC,
            "--search-attribute": [f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()],
        }
        return [
            *("--db-filename", "temporal.db", "--namespace", self._namespace, "--ip", LOOPBACK, "--ui-ip", LOOPBACK),
            *("--port", str(self._port), "--ui-port", str(self._ui_port), "--http-port", str(self._http_port)),
            *("--metrics-port", str(self._metrics_port), "--ui-disable-news-fetch", "--log-level", "warn"),
            *(word for flag, values in repeated.items() for value in values for word in (flag, value)),
        ]

    async def _ready(self) -> bool:
        """Whether the server answers for our namespace, which it makes a moment after it answers at all."""
        try:
            client = await Client.connect(self.address, namespace=self._namespace)
            await client.count_workflows()
        except (RPCError, RuntimeError):
            return False
        return True
