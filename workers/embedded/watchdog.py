"""Ends the supervisor's processes when the supervisor is gone: it reads a pipe that only the supervisor holds open.

Run as a script of its own (standard library and psutil), in a session of its own. A death signal (``prctl``) would not
do: the kernel drops it where ``unshare --user`` changes credentials, and PostgreSQL as root is started that way.
"""

import os
import signal
import sys

import psutil

PATIENCE = 3.0


def listen() -> set[int]:
    """The processes (leaders of their groups) still registered when the pipe ends: ``+PID`` adds, ``-PID`` removes."""
    registered: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        (registered.add if line[0] == "+" else registered.discard)(pid)
    return registered


def end(leaders: set[int]) -> None:
    """Ask each process politely, then kill it and all that descends from it, whatever its group."""
    family = [each for pid in leaders for each in _family(pid)]
    for pid in leaders:
        _signal(pid, signal.SIGTERM)
    psutil.wait_procs(family, timeout=PATIENCE)
    for pid in leaders:
        _kill_group(pid)
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end(listen())
