"""The door to Temporal: a client that connects when first used, and errors of the connection with our name."""

import asyncio
import logging
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from temporalio.client import Client
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from models.errors import Unavailable
from models.settings import Settings

from .plugin import workshop_plugin
from .policies import RPC_TIMEOUT
from .search_attributes import STUCK

T = TypeVar("T")

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
        self._reached = self._lost = -TRUSTED

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

    @property
    def lost_lately(self) -> bool:
        """Whether a call failed in the last seconds: what can be left to the sweep need not be tried."""
        return time.monotonic() - self._lost < TRUSTED

    async def stuck(self) -> int:
        """How many workflows wait because a bug in their code fails their tasks. Zero where nobody can tell."""
        try:
            return (await self.promptly((await self.client()).count_workflows(STUCK, rpc_timeout=RPC_TIMEOUT))).count
        except (RPCError, Unavailable):
            return 0

    async def promptly(self, call: Awaitable[T]) -> T:
        """A call of the client; raises ``Unavailable`` after two seconds, where the client would try on."""
        try:
            async with asyncio.timeout(RPC_TIMEOUT.total_seconds()):
                answer = await call
        except (RPCError, RuntimeError, TimeoutError) as error:
            if isinstance(error, RPCError) and not is_down(error):
                raise
            self.lost()
            raise Unavailable(part="Temporal", retry_after=2.0) from error
        self.reached()
        return answer

    def reached(self) -> None:
        """A call went through just now."""
        self._reached, self._lost = time.monotonic(), -TRUSTED

    def lost(self) -> None:
        """A call failed: the next ``check`` asks the server itself."""
        self._reached, self._lost = -TRUSTED, time.monotonic()

    async def _connect(self) -> Client:
        key = self._settings.temporal_api_key
        return await Client.connect(
            self._settings.temporal_address,
            namespace=self._settings.temporal_namespace,
            api_key=key.get_secret_value() if key else None,
            tls=tls_of(self._settings),
            plugins=[workshop_plugin(traced=self._settings.otlp_endpoint is not None)],
            runtime=self._runtime(),
            lazy=self._lazy,
        )

    def _runtime(self) -> Runtime | None:
        """A worker's own, so that what the SDK's core says goes into our log; None shares the default one."""
        if self._lazy:
            return None
        core = LoggingConfig(
            filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
            forwarding=LogForwardingConfig(logger=logging.getLogger("temporalio.core")),
        )
        metrics = PrometheusConfig(bind_address=self._metrics_address) if self._metrics_address else None
        return Runtime(telemetry=TelemetryConfig(logging=core, metrics=metrics))


def is_down(error: RPCError) -> bool:
    """Whether a call failed because the server could not be reached, and not because of what was asked."""
    return error.status in DOWN


def tls_of(settings: Settings) -> TLSConfig | bool:
    """How to speak TLS with the server: with what the settings name, with the system's trust alone, or not at all."""
    key = settings.temporal_tls_key
    named = TLSConfig(
        server_root_ca_cert=_pem(settings.temporal_tls_ca),
        domain=settings.temporal_tls_domain,
        client_cert=_pem(settings.temporal_tls_cert),
        client_private_key=_pem(key.get_secret_value() if key else None),
    )
    return named if named != TLSConfig() else settings.temporal_tls


def _pem(value: str | None) -> bytes | None:
    """PEM that was given itself or by the path of its file; ``OSError`` if there is no such file."""
    if value is None or value.lstrip().startswith("-----BEGIN"):
        return value.encode() if value else None
    return Path(value).read_bytes()
