"""Which port each part listens on: what the settings say, else what the last start used, else a free one."""

import json
import random
import socket
from pathlib import Path

import psutil

from .errors import PortTaken

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 31_999
"""Below the kernel's range for outgoing connections, so that none sits on the port of a part that restarts."""


class Ports:
    """Ports by name, remembered in a file so that a restart keeps them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}

    def claim(self, name: str, configured: int = 0, host: str = LOOPBACK) -> int:
        """The port of ``name``. 0 takes any free one; a configured one that is taken raises ``PortTaken``."""
        if configured:
            check_free(configured, name.upper() + "_PORT", host)
        port = configured or self._remembered(name) or self._fresh()
        self._known[name] = port
        self._file.write_text(json.dumps(self._known, indent=1))
        return port

    def _remembered(self, name: str) -> int | None:
        port = self._known.get(name)
        return port if port and is_free(port) else None

    def _fresh(self) -> int:
        while True:
            port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - not a secret
            if port not in self._known.values() and is_free(port):
                return port


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def check_free(port: int, setting: str, host: str = LOOPBACK) -> None:
    """Raise ``PortTaken`` with the setting to change and, where it can be seen, the process that listens."""
    if not is_free(port, host):
        holder = occupant(port)
        by = f" by {holder}" if holder else ""
        raise PortTaken(f"Port {port} is taken{by}. Stop that program, or set {setting} to another port.")


def occupant(port: int) -> str | None:
    """``name (pid N)`` of the process that listens on the port; ``None`` if it is somebody else's to see."""
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return None
    for each in connections:
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
            try:
                return f"{psutil.Process(each.pid).name()} (pid {each.pid})"
            except psutil.NoSuchProcess:
                return None
    return None
