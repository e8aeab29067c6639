"""The door to Temporal: a client that connects when first used, and errors of the connection with our name."""

import asyncio
import time

from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from models.errors import Unavailable
from models.settings import Settings

from .plugin import workshop_plugin
from .policies import RPC_TIMEOUT

TRUSTED = 3.0
"""Seconds for which a server that was reached is believed to be up."""

DOWN = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.RESOURCE_EXHAUSTED,
)


class TemporalDoor:
    """Connects lazily, so that the API starts, and answers 503, while Temporal is down. Workers may not be lazy."""

    def __init__(self, settings: Settings, metrics_address: str | None = None, lazy: bool = True) -> None:
        self._settings = settings
        self._metrics_address = metrics_address
        self._lazy = lazy
        self._client: Client | None = None
        self._lock = asyncio.Lock()
        self._reached = -TRUSTED

    async def client(self) -> Client:
        """The one client of this process. Lazy: the first call over it may still find the server down."""
        async with self._lock:
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def ping(self) -> None:
        """Raise ``Unavailable`` unless the server answers within two seconds."""
        client = await self.client()
        try:
            await client.service_client.check_health(timeout=RPC_TIMEOUT)
        except (RPCError, RuntimeError) as error:
            self.lost()
            raise Unavailable(part="Temporal", retry_after=2.0) from error
        self.reached()

    async def check(self) -> None:
        """``ping`` before something is accepted, unless the server was reached in the last seconds."""
        if time.monotonic() - self._reached > TRUSTED:
            await self.ping()

    def reached(self) -> None:
        """A call went through just now."""
        self._reached = time.monotonic()

    def lost(self) -> None:
        """A call failed: the next ``check`` asks the server itself."""
        self._reached = -TRUSTED

    async def _connect(self) -> Client:
        key = self._settings.temporal_api_key
        return await Client.connect(
            self._settings.temporal_address,
            namespace=self._settings.temporal_namespace,
            api_key=key.get_secret_value() if key else None,
            tls=self._settings.temporal_tls,
            plugins=[workshop_plugin()],
            runtime=self._runtime(),
            lazy=self._lazy,
        )

    def _runtime(self) -> Runtime | None:
        if self._metrics_address is None:
            return None
        return Runtime(telemetry=TelemetryConfig(metrics=PrometheusConfig(bind_address=self._metrics_address)))


def is_down(error: RPCError) -> bool:
    """Whether a call failed because the server could not be reached, and not because of what was asked."""
    return error.status in DOWN
