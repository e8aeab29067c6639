"""Temporal's development server lets in whoever reaches it; here it gets a network of its own, with us as its door.

Run as ``python -m workers.embedded.temporal_gate --home … --port … COMMAND``. We listen on this machine's loopback:
gRPC takes who has a certificate of the home's authority, the Web UI who has its token. We end with the server and it
ends with us.
"""

import argparse
import asyncio
import logging
import signal
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

import uvloop

from .authority import Certificates
from .forwarding import Caller
from .isolation import die_with_parent, is_possible, isolate
from .keys import Keys
from .ports import LOOPBACK
from .ui_gate import UiCaller

OPEN = (
    "This machine allows no network namespaces: the inner ports of Temporal's development server let in "
    "every user of this machine. See `workshop doctor`."
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doors:
    """Sockets of the machine's own network, opened before we leave it."""

    grpc: socket.socket
    ui: socket.socket


def main() -> int:
    """The exit code of the server, 128 + N if signal N ended it."""
    logging.basicConfig(format="%(levelname)s %(message)s")
    options = _options()
    doors = Doors(socket.create_server((LOOPBACK, options.port)), socket.create_server((LOOPBACK, options.ui_port)))
    if is_possible():
        isolate()
    else:
        log.warning(OPEN)
    code = uvloop.run(_serve(options, doors))
    return code if code >= 0 else 128 - code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    for name in ("--port", "--ui-port", "--inner-port", "--inner-ui-port"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser.parse_args()


async def _serve(options: argparse.Namespace, doors: Doors) -> int:
    server = await asyncio.create_subprocess_exec(*options.command, preexec_fn=die_with_parent)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, server.terminate)
    token, cookie = ui_token(Keys(options.home / "secrets.json")), f"temporal_ui_{options.ui_port}"
    tls = mutual(Certificates.of(options.home))
    await loop.create_server(lambda: Caller(options.inner_port), sock=doors.grpc, ssl=tls)
    await loop.create_server(lambda: UiCaller(options.inner_ui_port, token, cookie), sock=doors.ui)
    return await server.wait()


def mutual(files: Certificates) -> ssl.SSLContext:
    """TLS 1.3 that shows the home's certificate and wants to see one; HTTP/2, as gRPC needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    return context


def ui_token(keys: Keys) -> str:
    """What opens the Web UI."""
    return keys.get("temporal_ui")


if __name__ == "__main__":
    sys.exit(main())
