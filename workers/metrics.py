"""A worker's ``/metrics``: our own and those of the Temporal SDK (``temporal_workflow_task_execution_failed`` among
them, the alarm for a bug in workflow code) as one page on loopback."""

import socket
import urllib.request
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Start = Callable[[str, list[tuple[str, str]]], Any]


def free_address() -> str:
    """A loopback address for the SDK's own exporter, which cannot share a port with ours."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def serve(port: int, sdk_address: str) -> None:
    """Serve the page on 127.0.0.1:``port`` from a daemon thread; ``OSError`` if the port is taken."""

    def page(environment: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
        return [generate_latest(), _sdk(sdk_address)]

    server = make_server("127.0.0.1", port, page, handler_class=_Quiet)
    Thread(target=server.serve_forever, daemon=True, name="metrics").start()


def _sdk(address: str) -> bytes:
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=2) as answer:
            content: bytes = answer.read()
            return content
    except OSError as error:
        return f"# the SDK's metrics could not be read: {error}\n".encode()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return None
