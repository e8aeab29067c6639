"""The command line as a user runs it: a process of its own with a home of its own."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from models.settings import get_settings
from tests.running_platform import REPOSITORY, User
from workers.cli import assembled
from workers.embedded.stack import Stack

PASSWORD = "correct horse battery staple"
START = "from workers.cli import main; main()"


@dataclass(frozen=True)
class Ended:
    """What a command left: exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        return json.loads(self.err)


Workshop = Callable[..., Awaitable[Ended]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config"), "LANG": "C"}


@pytest.fixture
def workshop(environment: dict[str, str]) -> Workshop:
    """Runs ``workshop`` to its end, in a thread of this process: a start of Python each would take minutes."""

    async def running(*arguments: str | Path, **more: str) -> Ended:
        return await asyncio.to_thread(_invoke, environment | more, [str(each) for each in arguments])

    return running


def _invoke(environment: dict[str, str], arguments: list[str]) -> Ended:
    get_settings.cache_clear()
    result = CliRunner(env=environment).invoke(assembled(), arguments)
    get_settings.cache_clear()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def here(workshop: Workshop, stack: Stack) -> Workshop:
    """Runs ``workshop`` on the machine of the stack."""

    async def running(*arguments: str | Path, **more: str) -> Ended:
        return await workshop(*arguments, **{**stack.environment(), **more})

    return running


@pytest.fixture
async def signed_in(workshop: Workshop, api_url: str, user: User) -> Workshop:
    """Runs ``workshop`` as ``user``, who has signed in."""
    ended = await workshop("login", api_url, "--email", user.email, "--password", PASSWORD)
    assert ended.code == 0, ended.err
    return workshop


async def start(environment: dict[str, str], *arguments: str | Path) -> asyncio.subprocess.Process:
    words = [sys.executable, "-c", START, *map(str, arguments)]
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    return await asyncio.create_subprocess_exec(*words, env=environment, cwd=REPOSITORY, **pipes)
