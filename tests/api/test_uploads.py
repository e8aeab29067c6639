"""Memory of a real API process while large files come and go."""

import asyncio
import os
import secrets
import socket
import sys
import time
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest

from models.settings import MEBIBYTE
from workers.embedded.stack import Stack

SIZE = 90 * MEBIBYTE


@pytest.fixture
async def server(stack: Stack) -> AsyncIterator[tuple[str, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.defpath, **stack.environment(), "API_PORT": str(port), "LOG_LEVEL": "WARNING"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "api", env=environment)
    base = f"http://127.0.0.1:{port}"
    await asyncio.to_thread(_wait_for, port)
    yield base, psutil.Process(process.pid)
    process.terminate()
    await process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < until, "the API does not come up"
            time.sleep(0.05)


async def test_memory_is_flat_while_90_megabytes_come_and_go(server: tuple[str, psutil.Process]) -> None:
    base, process = server
    async with httpx.AsyncClient(base_url=base, timeout=60) as http:
        account = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(8), "name": "Lin"}
        token = (await http.post("/api/auth/register", json=account)).json()["session"]["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        assert (await _upload(http, 1000)).status_code == 201
        before, peak = process.memory_info().rss, [0]
        watch = asyncio.create_task(_watch(process, peak))
        answer = await _upload(http, SIZE)
        assert answer.status_code == 201, answer.text
        length = 0
        async with http.stream("GET", f"/api/files/{answer.json()['id']}/content") as content:
            async for chunk in content.aiter_bytes():
                length += len(chunk)
        watch.cancel()
    assert length == SIZE
    assert peak[0] - before < 30 * MEBIBYTE, f"{(peak[0] - before) / MEBIBYTE:.0f} MB more"


async def _upload(http: httpx.AsyncClient, size: int) -> httpx.Response:
    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for at in range(0, size, MEBIBYTE):
            yield b"a" * min(MEBIBYTE, size - at)
        yield b"\r\n--x--\r\n"

    return await http.post(
        "/api/files/upload", content=body(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )


async def _watch(process: psutil.Process, peak: list[int]) -> None:
    while True:
        peak[0] = max(peak[0], process.memory_info().rss)
        await asyncio.sleep(0.02)
