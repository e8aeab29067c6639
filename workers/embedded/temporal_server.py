"""Temporal's development server with its Web UI: real, durable in one SQLite file, one machine, behind a gate."""

import os
import sys
from pathlib import Path

from temporalio.client import Client
from temporalio.service import RPCError, TLSConfig

from temporal.search_attributes import SEARCH_ATTRIBUTES

from .authority import Certificates
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
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1",
)


class TemporalServer:
    """One server of ``home``; ``port`` is gRPC under mutual TLS, ``ui_port`` the Web UI behind a token."""

    def __init__(self, home: Path, port: int, ui_port: int, namespace: str, ports: Ports) -> None:
        self._home = home
        self._folder = home / "temporal"
        self._port = port
        self._ui_port = ui_port
        self._namespace = namespace
        self._inner = {"port": ports.claim("temporal_inner"), "ui-port": ports.claim("temporal_ui_inner")}
        self._certificates = Certificates.of(home)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def ui_url(self) -> str:
        return f"http://{LOOPBACK}:{self._ui_port}"

    def environment(self) -> dict[str, str]:
        """Settings that lead to the server and open it."""
        return {
            "TEMPORAL_ADDRESS": self.address,
            "TEMPORAL_UI_URL": self.ui_url,
            "TEMPORAL_TLS_CERT": str(self._certificates.certificate),
            "TEMPORAL_TLS_KEY": str(self._certificates.key),
            "TEMPORAL_TLS_CA": str(self._certificates.authority),
        }

    def program(self) -> Program:
        """The gate, which starts the server. Start with the home's certificates made."""
        gate = {"home": self._home, "port": self._port, "ui-port": self._ui_port}
        gate |= {f"inner-{name}": port for name, port in self._inner.items()}
        options = [f"--{name}={value}" for name, value in gate.items()]
        server = [script("temporal"), "server", "start-dev", *self._flags()]
        return Program(
            name="temporal",
            argv=[sys.executable, "-m", "workers.embedded.temporal_gate", *options, *server],
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
            *(f"--{name}={port}" for name, port in self._inner.items()),
            *("--ui-disable-news-fetch", "--log-level", "warn"),
            *(word for flag, values in repeated.items() for value in values for word in (flag, value)),
        ]

    async def _ready(self) -> bool:
        """Whether the server answers for our namespace, which it makes a moment after it answers at all."""
        files = self._certificates
        tls = TLSConfig(files.authority.read_bytes(), None, files.certificate.read_bytes(), files.key.read_bytes())
        try:
            client = await Client.connect(self.address, namespace=self._namespace, tls=tls)
            await client.count_workflows()
        except (RPCError, RuntimeError):
            return False
        return True
