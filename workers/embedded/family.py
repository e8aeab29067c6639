"""Ends processes with all that they started, and remembers across a crash which ones were ours."""

import asyncio
import json
import os
import signal
from pathlib import Path

import psutil

from .keys import write_private


async def end_family(process: asyncio.subprocess.Process, number: signal.Signals, patience: float) -> None:
    """Signal a leader, wait ``patience`` seconds for it, then kill its group and every descendant that is left."""
    family = descendants(process.pid)
    if process.returncode is None:
        process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), patience)
        except TimeoutError:
            family += descendants(process.pid)
    kill_group(process.pid)
    kill_all(family)
    if process.returncode is None:
        await process.wait()


def descendants(pid: int) -> list[psutil.Process]:
    """All that descends from a process; empty if it is gone."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def kill_all(processes: list[psutil.Process]) -> None:
    """SIGKILL each that still lives; psutil knows a reused id by the time of its start."""
    for each in processes:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


def kill_group(leader: int) -> None:
    """SIGKILL the group of a leader of ours, if anybody is left in it."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


class Register:
    """Which processes run, with the time each began, in a file: what a next start needs if both of us were killed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, float] = {}

    def add(self, pid: int) -> None:
        try:
            self._known[str(pid)] = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        self._write()

    def remove(self, pid: int) -> None:
        if self._known.pop(str(pid), None) is not None:
            self._write()

    def end_leftovers(self) -> None:
        """Kill, with their families, those of the last run that still live."""
        if not self._file.exists():
            return
        for pid, born in json.loads(self._file.read_text()).items():
            try:
                process = psutil.Process(int(pid))
            except psutil.NoSuchProcess:
                continue
            if process.create_time() == born:
                family = [process, *descendants(process.pid)]
                kill_all(family)
                psutil.wait_procs(family, timeout=5)
        self._file.unlink()

    def _write(self) -> None:
        write_private(self._file, json.dumps(self._known))
