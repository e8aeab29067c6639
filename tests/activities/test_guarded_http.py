"""The door to users' addresses: what it refuses, what it bounds, and that a name cannot change its mind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from activities.guarded_http import MOST_BYTES, call, is_public
from models.errors import HttpFailed, HttpRefused

PRIVATE = (
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://0.0.0.0:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://[fd00::1]/",
    "http://2130706433:{port}/",
)


class Server:
    """Answers by path: ``/far`` redirects to ``/``, ``/big`` never ends, ``/slow`` never begins."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1]
        self.seen.append(head)
        if path == b"/slow":
            await asyncio.sleep(30)
        elif path == b"/far":
            writer.write(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{self.port}/\r\n\r\n".encode())
        elif path == b"/big":
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            try:
                for _ in range(MOST_BYTES >> 15):
                    writer.write(bytes(1 << 16))
                    await writer.drain()
            except ConnectionError:
                return
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    running = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = running.sockets[0].getsockname()[1]
    yield found
    running.close()


async def get(url: str, private: bool = False, seconds: float = 5.0) -> Any:
    return await call("GET", url, headers={}, body=b"", seconds=seconds, private=private)


@pytest.mark.parametrize("url", PRIVATE)
async def test_our_own_network_is_out_of_reach(server: Server, url: str) -> None:
    with pytest.raises(HttpRefused):
        await get(url.format(port=server.port))
    assert not server.seen


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "http://", "gopher://example.com"])
async def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(HttpRefused):
        await get(url)


async def test_an_answer_comes_with_status_headers_and_body(server: Server) -> None:
    answer = await call("POST", f"http://localhost:{server.port}/", headers={"x-a": "b"}, body=b"hi", seconds=5,
                        private=True)  # fmt: skip
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "application/json", b"{}")
    assert b"x-a: b" in server.seen[0]


@pytest.fixture
def lying_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A name server that says first that ``rebind.test`` is public, and then that it is us."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def lie(host: Any, port: Any, *more: Any, **rest: Any) -> Any:
        if host not in ("rebind.test", b"rebind.test"):
            return real(host, port, *more, **rest)
        asked.append(str(host))
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lie)
    yield asked


async def test_a_name_that_changes_its_mind_reaches_nothing(server: Server, lying_names: list[str]) -> None:
    with pytest.raises(HttpFailed):  # the public address is not there for us
        await get(f"http://rebind.test:{server.port}/", seconds=1)
    assert len(lying_names) == 1 and not server.seen
    with pytest.raises(HttpRefused):
        await get(f"http://rebind.test:{server.port}/", seconds=1)


async def test_a_redirect_is_followed(server: Server) -> None:
    assert (await get(f"http://127.0.0.1:{server.port}/far", private=True)).status == 200
    assert len(server.seen) == 2


async def test_what_does_not_end_is_cut_off(server: Server) -> None:
    with pytest.raises(HttpFailed, match="4 MiB"):
        await get(f"http://127.0.0.1:{server.port}/big", private=True)
    with pytest.raises(HttpFailed):
        await get(f"http://127.0.0.1:{server.port}/slow", private=True, seconds=0.3)


async def test_nobody_there_is_a_failure_that_may_pass() -> None:
    with pytest.raises(HttpFailed) as raised:
        await get("http://127.0.0.1:9/", private=True)
    assert raised.value.retryable


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("100.64.0.1", False), ("192.168.1.1", False), ("224.0.0.1", False),
     ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("fe80::1%eth0", False)],
)  # fmt: skip
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) == public
