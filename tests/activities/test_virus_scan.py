"""The scan against a stand-in for clamd that knows its protocol and one virus; no real clamd runs here."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from activities.virus_scan import TOO_LARGE, VirusScan
from models.errors import Unavailable

from .clamd_stand_in import EICAR, ClamdStandIn


@pytest.fixture
async def clamd() -> AsyncIterator[ClamdStandIn]:
    async with ClamdStandIn.running() as clamd:
        yield clamd


async def test_a_virus_is_named_and_a_clean_file_is_not(clamd: ClamdStandIn, tmp_path: Path) -> None:
    scan = VirusScan("127.0.0.1", clamd.port)
    (tmp_path / "bad").write_bytes(b"x" * 300_000 + EICAR)
    (tmp_path / "good").write_bytes(b"x" * 300_000)

    await scan.ping()

    assert await scan.scan(tmp_path / "bad") == "Eicar-Test-Signature"
    assert await scan.scan(tmp_path / "good") is None


async def test_what_clamd_may_not_read_is_not_clean(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(5_000_000))
    async with ClamdStandIn.running(limit=1_000_000) as clamd:
        assert await VirusScan("127.0.0.1", clamd.port).scan(tmp_path / "large") == TOO_LARGE


async def test_without_clamd_nothing_is_called_clean(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(Unavailable):
        await VirusScan("127.0.0.1", 9).scan(tmp_path / "file")
    with pytest.raises(Unavailable):
        await VirusScan("127.0.0.1", 9).ping()


async def test_a_clamd_that_hangs_up_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unavailable):
            await VirusScan("127.0.0.1", port).scan(tmp_path / "file")
