"""The child behind ``probe.Prober``: reads orders line by line and answers each with one line of JSON.

It has no network, little memory and a budget of processor time per order; running out of either ends it, and the
client takes that for an answer. Started as ``python -m activities.media.probe_child``.
"""

import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from activities.slots.isolation import confine
from models.errors import CorruptFile, DomainError

MEMORY = 2 * 1024**3
LARGEST_WRITE = 8 * 1024**2
OPEN_FILES = 64
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def main() -> None:
    """Serve until the client hangs up."""
    _leave_network()
    confine(niceness=0)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_WRITE, LARGEST_WRITE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    answers = _claim_stdout()
    from activities.media import examination, headers

    verbs = {"probe": headers.probe, "examine": examination.examine}
    _say(answers, {"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        _say(answers, _answer(verbs[order["verb"]], order))


def _answer(verb: Any, order: dict[str, Any]) -> dict[str, Any]:
    signal.setitimer(signal.ITIMER_PROF, order["cpu"])
    try:
        answer: dict[str, Any] = verb(order)
    except DomainError as error:
        answer = {"error": error.wire()}
    except MemoryError:
        answer = {"error": CorruptFile(reason="it needs too much memory").wire()}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return answer


def _say(answers: Any, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _claim_stdout() -> Any:
    """Keep the pipe for answers alone: what libraries print goes to stderr."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "w")


def _leave_network() -> None:
    """As root a network namespace is enough; others need a user namespace around it, where the kernel lets them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0 and Path("/proc/self/ns/user").exists():
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


if __name__ == "__main__":
    main()
