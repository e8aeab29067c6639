"""The one door to addresses that users give: never into our own network, never endless, never more than 4 MiB.

A name is resolved here, every address it has must be a public one, and the connection goes to the very address that
was checked, so that a second answer of the name server changes nothing. A redirect is a new connection, checked again.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import certifi
import httpcore
import httpx

from models.errors import HttpFailed, HttpRefused

CONNECT = 5.0
MOST_REDIRECTS = 5
MOST_BYTES = 4 * 1024 * 1024
BLOCK = 64 * 1024


@dataclass(frozen=True)
class HttpAnswer:
    """``status`` 100 to 599, headers in lower case, the body decoded from gzip and the like."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Refused(OSError):
    """An address that is not a public one."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only. ``private`` lets loopback and private networks be reached: for tests, and for
    installations whose operator wants that (``ALLOW_PRIVATE_ADDRESSES``)."""

    def __init__(self, private: bool) -> None:
        self._private = private
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check, and connect to what was checked; raises ``_Refused``."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"the name {host} is not known") from error
        addresses = [str(each[4][0]) for each in found]
        if not self._private and not all(is_public(each) for each in addresses):
            raise _Refused(host)
        for address in addresses[:-1]:  # a host may have IPv6 addresses that do not answer here
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._plain.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise _Refused(path)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Transport(httpx.AsyncBaseTransport):
    """httpx over a pool whose connections are guarded."""

    def __init__(self, private: bool) -> None:
        context = ssl.create_default_context(cafile=certifi.where())
        self._pool = httpcore.AsyncConnectionPool(ssl_context=context, network_backend=GuardedBackend(private))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._answer.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


def is_public(address: str) -> bool:
    """Whether an IP address is a global unicast one, also where IPv4 hides within IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    hidden = found.ipv4_mapped or found.sixtofour if isinstance(found, ipaddress.IPv6Address) else None
    return all(each.is_global and not each.is_multicast for each in (found, *([hidden] if hidden else [])))


async def call(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float, private: bool = False
) -> HttpAnswer:
    """Ask an address for an answer of at most 4 MiB within ``seconds``.

    Raises ``HttpRefused`` for an address that may not be reached, ``HttpFailed`` where no whole answer comes.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(
                transport=_Transport(private),
                timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT)),
                follow_redirects=True,
                max_redirects=MOST_REDIRECTS,
            ) as client,
            client.stream(method, url, headers=dict(headers), content=body or None) as answer,
        ):
            return HttpAnswer(answer.status_code, dict(answer.headers), await _read(answer))
    except _Refused as error:
        raise HttpRefused(host=str(error)) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpcore.UnsupportedProtocol) as error:
        raise HttpRefused(host=url[:200]) from error
    except (
        httpx.HTTPError,
        httpcore.NetworkError,
        httpcore.TimeoutException,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        raise HttpFailed(reason=str(error)[:200] or type(error).__name__) from error


async def _read(answer: httpx.Response) -> bytes:
    whole = bytearray()
    async for piece in answer.aiter_bytes(BLOCK):
        whole += piece
        if len(whole) > MOST_BYTES:
            raise HttpFailed(reason=f"more than {MOST_BYTES >> 20} MiB")
    return bytes(whole)
