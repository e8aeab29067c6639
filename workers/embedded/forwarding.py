"""Bytes from one connection to another and back, as they come, with each side's pace respected."""

import asyncio
from typing import cast

from .ports import LOOPBACK


class End(asyncio.Protocol):
    """One end: what arrives here leaves at ``other``. When one end closes, the other does once its bytes are out."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class Caller(End):
    """The end of somebody who called us; ``open`` connects him to a port of loopback."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._opening: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.open()

    def open(self, first: bytes = b"") -> None:
        """Connect, send ``first``, then whatever comes; a port where nobody listens ends the call."""
        assert self.transport is not None
        self.transport.pause_reading()
        self._opening = asyncio.get_running_loop().create_task(self._open(self.transport, first))

    async def _open(self, transport: asyncio.Transport, first: bytes) -> None:
        other = End()
        other.other = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: other, LOOPBACK, self._port)
        except OSError:
            transport.abort()
            return
        assert other.transport is not None
        self.other = other
        if transport.is_closing():
            other.transport.close()
            return
        other.transport.write(first)
        transport.resume_reading()
