"""A network of a process's own: what listens there on loopback can be reached by nobody else on this machine.

Standard library only: ``python isolation.py`` tries it out in a process that ends at once, and tells by its exit code.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
PR_SET_PDEATHSIG = 1
"""From Linux: ``sched.h``, ``sockios.h``, ``if.h`` and ``prctl.h``."""


def is_possible() -> bool:
    """Whether this machine lets us isolate a process. Asked in another one: half an isolation can't be taken back."""
    return subprocess.run([sys.executable, "-S", __file__], capture_output=True, check=False).returncode == 0


def isolate() -> None:
    """Leave the machine's network for an empty one with a loopback. ``OSError`` if that is forbidden.

    Sockets opened before stay where they were. The process must have no second thread. Root needs nothing else; anybody
    else needs a user namespace, in which his id stays what it is.
    """
    user, group = os.geteuid(), os.getegid()
    try:
        _call("unshare", CLONE_NEWNET)
    except PermissionError:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _raise_loopback()


def die_with_parent() -> None:
    """For a child before it becomes its program: the kernel kills it when the thread that made it ends."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(control, SIOCGIFFLAGS, asked))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def _call(name: str, *arguments: int) -> None:
    """A function of the C library that returns 0 or sets ``errno``."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is None:
        raise OSError(f"this system has no {name}")
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    try:
        isolate()
    except OSError as error:
        sys.exit(str(error))
