"""Keeps a slot in its place: no network, own process group, bounded files, dead when its worker is dead."""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path

PR_SET_PDEATHSIG = 1
MAX_FILE = 16 * 1024**3
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "CUDA_VISIBLE_DEVICES")
NO_NETWORK = (["unshare", "--net"], ["unshare", "--user", "--map-current-user", "--net"])


@lru_cache
def network_jail() -> list[str]:
    """The command prefix that takes the network away, or an empty one where the kernel does not let us."""
    for prefix in NO_NETWORK:
        try:
            tried = subprocess.run([*prefix, "true"], capture_output=True, timeout=5, check=False)
        except FileNotFoundError:
            return []
        if tried.returncode == 0:
            return prefix
    return []


def slot_environment(environment: dict[str, str], threads: int) -> dict[str, str]:
    """A child's environment: no secret of ours, thread pools that do not fight, no hub."""
    kept = {name: environment[name] for name in KEPT_VARIABLES if name in environment}
    return kept | {
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
    }


def confine(niceness: int) -> None:
    """Called by the child before anything else: limits, niceness, and death with the parent."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_FILE, MAX_FILE))
    os.nice(niceness)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_die_with, args=(os.getppid(),), daemon=True).start()


def _die_with(parent: int) -> None:
    """The death signal is bound to the thread that forked us; this watch covers the rest."""
    descriptor = os.pidfd_open(parent) if Path(f"/proc/{parent}").exists() else None
    if descriptor is not None and os.getppid() == parent:
        select.select([descriptor], [], [])
    os.killpg(0, signal.SIGKILL)


def child_command(descriptor: int) -> list[str]:
    """How a slot is started; ``descriptor`` is its end of the socket pair."""
    return [*network_jail(), sys.executable, "-m", "activities.slots.child", str(descriptor)]
