"""Every port on which the stack listens refuses who brings nothing, whatever protocol it is asked in."""

import asyncio
import contextlib
import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, TLSConfig

from temporal.client import TemporalDoor
from workers.embedded.keys import Keys

QUIET = {"/status", "/healthz"}
"""SeaweedFS answers these with an empty 200 to anybody; there is no setting against it."""
PATHS = (
    "/",
    "/workshop",
    "/buckets/",
    "/dir/assign",
    "/cluster/status",
    "/metrics",
    "/debug/pprof/",
    "/api/v1/namespaces",
)


def family(stack) -> list[psutil.Process]:
    """All that the supervisor runs but the API, which is there for strangers and guarded by tests of its own."""
    leaders = [psutil.Process(stack.supervisor.pid(name)) for name in stack.supervisor.names if name != "api"]
    return [each for leader in leaders for each in (leader, *leader.children(recursive=True))]


def ports_of(processes: list[psutil.Process]) -> set[int]:
    """Where they listen in this machine's own network, the only one from which anybody can call."""
    pids = {each.pid for each in processes}
    found = psutil.net_connections("tcp")
    return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN and each.pid in pids}


def inner_ports(pid: int) -> set[int]:
    """Ports listened on (state 0A) in the network of a process; see proc(5)."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}


def untrusting() -> ssl.SSLContext:
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2"])
    return context


def http_lets_in(port: int) -> bool:
    """Whether a GET is answered with anything but a refusal; who doesn't speak HTTP is asked for one page only."""
    return any(lets_in(port, context) for context in (None, trusting()))


def lets_in(port: int, context: ssl.SSLContext | None) -> bool:
    for path in (*PATHS, *QUIET):
        with contextlib.closing(connection(port, context)) as caller:
            try:
                caller.request("GET", path)
                answer = caller.getresponse()
                if answer.status < 400 and not (path in QUIET and answer.read() == b""):
                    return True
            except (OSError, http.client.HTTPException):
                return False
    return False


def connection(port: int, context: ssl.SSLContext | None) -> http.client.HTTPConnection:
    if context is None:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=2, context=context)


def trusting() -> ssl.SSLContext:
    return ssl._create_unverified_context()


def http2_lets_in(port: int, tls: bool) -> bool:
    """Whether a server greets (SETTINGS) who opens HTTP/2 and shows no certificate; gRPC stands on that."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as plain:
        stream = untrusting().wrap_socket(plain) if tls else plain
        stream.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
        return stream.recv(9)[3:4] == b"\x04"
    return False


def postgresql_lets_in(port: int) -> bool:
    for user in ("postgres", "workshop"):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=port, user=user, password="", dbname="postgres", connect_timeout=2)
            return True
    return False


CALLERS: dict[str, Callable[[int], bool]] = {
    "http": http_lets_in,
    "grpc": lambda port: http2_lets_in(port, tls=False),
    "grpc over tls": lambda port: http2_lets_in(port, tls=True),
    "postgresql": postgresql_lets_in,
}


def open_doors(ports: set[int]) -> set[tuple[int, str]]:
    asked = [(port, name) for port in ports for name in CALLERS]
    with ThreadPoolExecutor(len(asked)) as callers:
        answers = callers.map(lambda each: CALLERS[each[1]](each[0]), asked)
        return {each for each, let_in in zip(asked, answers, strict=True) if let_in}


@pytest.fixture
def planted() -> Iterator[int]:
    """A port of ours behind which anybody may read, as the development server's own ones are."""
    argv = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        yield server.pid
        server.kill()


async def test_every_port_refuses_who_brings_nothing(stack):
    ports = ports_of(family(stack))
    assert len(ports) >= 12
    assert await asyncio.to_thread(open_doors, ports) == set()


def test_an_open_port_would_be_found(planted):
    process = psutil.Process(planted)
    while not (ports := ports_of([process])):
        time.sleep(0.02)
    assert {name for _, name in open_doors(ports)} == {"http"}


def test_the_servers_of_temporal_listen_where_nobody_else_is(stack):
    gate = psutil.Process(stack.supervisor.pid("temporal"))
    (server,) = gate.children()
    inner = inner_ports(server.pid)
    assert len(inner) >= 5
    assert ports_of([server]) == set()
    assert os.readlink(f"/proc/{server.pid}/ns/net") != os.readlink("/proc/self/ns/net")


async def test_temporal_takes_only_a_certificate_of_the_home(stack, settings):
    authority = Path(settings.temporal_tls_ca).read_bytes()
    for tls in (False, TLSConfig(server_root_ca_cert=authority)):
        with pytest.raises((RuntimeError, RPCError)):
            async with asyncio.timeout(20):
                client = await Client.connect(settings.temporal_address, namespace="workshop", tls=tls)
                await client.count_workflows()
    assert await (await TemporalDoor(settings).client()).count_workflows()


def page(settings, target: str, **headers: str) -> http.client.HTTPResponse:
    port = int(settings.temporal_ui_url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", target, headers=headers)
    return connection.getresponse()


def test_the_link_opens_the_web_ui_for_a_browser(stack, settings):
    link = stack.opened(f"{settings.temporal_ui_url}/namespaces/workshop/workflows?page=2")
    assert "?token=" not in settings.temporal_ui_url
    target = link.removeprefix(settings.temporal_ui_url)
    answer = page(settings, target)
    assert answer.status == 303 and answer.headers["Location"] == "/namespaces/workshop/workflows?page=2"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    cookie = answer.headers["Set-Cookie"].partition(";")[0]
    assert page(settings, "/api/v1/cluster-info", Cookie=f"other=1; {cookie}").status == 200
    assert page(settings, "/api/v1/cluster-info", Cookie=f"{cookie[:-1]}x").status == 401


def test_scripts_bring_the_token_of_the_web_ui_as_a_bearer(stack, settings):
    token = Keys(stack.home / "secrets.json").get("temporal_ui")
    assert page(settings, "/api/v1/cluster-info", Authorization=f"Bearer {token}").status == 200
    for wrong in ("", "é", token[:-1], f"{token}0"):
        assert page(settings, "/api/v1/cluster-info", Authorization=f"Bearer {wrong}").status == 401
    refused = page(settings, f"/?token={token[:-1]}")
    assert refused.status == 401 and b"secrets.json" in refused.read()


def test_nothing_unchecked_follows_a_request_that_was_let_in(stack, settings):
    token = Keys(stack.home / "secrets.json").get("temporal_ui")
    port = int(settings.temporal_ui_url.rpartition(":")[2])
    one = f"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nAuthorization: Bearer {token}\r\n\r\n"
    two = "GET /api/v1/cluster-info HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        stream.sendall((one + two).encode())
        answers = b"".join(iter(lambda: stream.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 ") == 1


async def test_a_server_that_dies_takes_the_gate_along_and_both_come_back(stack, settings):
    gate = psutil.Process(stack.supervisor.pid("temporal"))
    (server,) = gate.children()
    server.kill()
    await come_back(stack, settings, gate, server)


async def test_a_gate_that_dies_takes_the_server_along_and_both_come_back(stack, settings):
    gate = psutil.Process(stack.supervisor.pid("temporal"))
    (server,) = gate.children()
    os.kill(gate.pid, signal.SIGKILL)
    await come_back(stack, settings, gate, server)


async def come_back(stack, settings, *before: psutil.Process) -> None:
    began = time.monotonic()
    _, left = await asyncio.to_thread(psutil.wait_procs, before, timeout=10)
    assert left == []
    while True:
        try:
            client = await TemporalDoor(settings, lazy=False).client()
            await client.count_workflows()
            break
        except (RuntimeError, RPCError):
            assert time.monotonic() - began < 20
            await asyncio.sleep(0.05)
    assert stack.supervisor.pid("temporal") not in {each.pid for each in before}
