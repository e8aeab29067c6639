"""A stand-in for clamd, since Debian's is optional: clamd(8)'s INSTREAM and PING, strictly, and one virus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ClamdStandIn:
    """Listens on ``port``; refuses streams over ``limit`` bytes as StreamMaxLength makes clamd do."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.port = 0
        self.scanned = 0

    @staticmethod
    @asynccontextmanager
    async def running(limit: int = 100_000_000) -> "AsyncIterator[ClamdStandIn]":
        clamd = ClamdStandIn(limit)
        async with await asyncio.start_server(clamd._serve, "127.0.0.1", 0) as server:
            clamd.port = server.sockets[0].getsockname()[1]
            yield clamd

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        command = await reader.readuntil(b"\0")
        answer = b"PONG" if command == b"zPING\0" else b"UNKNOWN COMMAND"
        if command == b"zINSTREAM\0":
            answer = await self._scan(reader)
            self.scanned += 1
        writer.write(answer + b"\0")
        await writer.drain()
        writer.close()

    async def _scan(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
            if len(content) > self._limit:
                return b"INSTREAM size limit exceeded. ERROR"
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
