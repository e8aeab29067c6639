"""Asks clamd whether a file is harmful, by its INSTREAM command over TCP (clamd(8): chunks with a 4-byte length)."""

import asyncio
from pathlib import Path

from models.errors import Unavailable
from models.settings import Settings

CHUNK = 128 * 1024
CONNECT_TIMEOUT = 2.0
ANSWER_TIMEOUT = 60.0
TOO_LARGE = "larger than the scanner's StreamMaxLength"


class VirusScan:
    """A clamd to ask; stateless, one connection a file."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    @staticmethod
    def configured(settings: Settings) -> "VirusScan | None":
        """The scanner of ``CLAMD_HOST``, None where there is none."""
        return VirusScan(settings.clamd_host, settings.clamd_port) if settings.clamd_host else None

    async def scan(self, path: Path) -> str | None:
        """Name of what was found, None for a clean file; raises ``Unavailable`` if clamd cannot be asked.

        A file that clamd's configuration does not let it read as a whole counts as not clean.
        """
        try:
            answer = await self._ask(path)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable(part="clamd", retry_after=5.0) from error
        if answer.endswith("OK"):
            return None
        if answer.endswith("FOUND"):
            return answer.removeprefix("stream:").removesuffix("FOUND").strip()
        if "size limit exceeded" in answer:
            return TOO_LARGE
        raise Unavailable(part="clamd", retry_after=5.0)

    async def ping(self) -> None:
        """Raise ``Unavailable`` unless clamd answers."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                writer.write(b"zPING\0")
                await reader.readuntil(b"\0")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise Unavailable(part="clamd", retry_after=5.0) from error
        writer.close()

    async def _ask(self, path: Path) -> str:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            reader, writer = await asyncio.open_connection(self._host, self._port)
        answer = asyncio.ensure_future(reader.readuntil(b"\0"))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                await _send(path, writer, answer)
                return (await answer).rstrip(b"\0").decode(errors="replace").strip()
        finally:
            answer.cancel()
            writer.close()


async def _send(path: Path, writer: asyncio.StreamWriter, answer: "asyncio.Future[bytes]") -> None:
    """clamd answers a file that is too large in the middle of it, and hangs up: the answer is read meanwhile."""
    writer.write(b"zINSTREAM\0")
    try:
        with path.open("rb") as file:
            while not answer.done() and (block := await asyncio.to_thread(file.read, CHUNK)):
                writer.write(len(block).to_bytes(4, "big") + block)
                await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        await asyncio.wait([answer])
