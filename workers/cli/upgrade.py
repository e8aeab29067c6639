"""``workshop upgrade``: waits until no job is running, then brings the database to this version's schema."""

import time
from typing import Annotated

import typer

from models.migrations import upgrade

from . import dump
from .backup import named_failures
from .here import local_settings
from .output import AsJson, Code, Language, Problem, Screen

app = typer.Typer()

PAUSE = 1.0
"""Seconds between looks at the running jobs."""


@app.command("upgrade")
def upgrade_command(
    timeout: Annotated[float, typer.Option(help="Seconds to wait for running jobs.")] = 600.0,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Drain and migrate: stop the workers first (SIGTERM lets them finish), then run this with the new version.

    Queued jobs keep; only running ones are waited for. Exit code 1 if some still run at the timeout: nothing was
    changed then. `workshop up` migrates by itself at its start.
    """
    screen = Screen(as_json, language)
    with screen.failures():
        settings = local_settings(screen)
        url = settings.database_url.get_secret_value()
        with named_failures():
            before = revision_of(url)
            if before is not None:
                drain(screen, url, timeout)
        screen.say(f"迁移数据库(当前 {before})…", f"Migrating the database (at {before}) …")
        upgrade(url)
        after = revision_of(url)
        screen.say(f"完成:{after}", f"Done: {after}")
        screen.result({"before": before, "after": after, "changed": before != after})


def revision_of(url: str) -> str | None:
    """The schema's revision; None before the first migration."""
    with dump.snapshot(url) as connection:
        return dump.revision(connection)


def drain(screen: Screen, url: str, timeout: float) -> None:
    """Return when no job is running; raises ``Problem`` after ``timeout`` seconds."""
    deadline, told = time.monotonic() + timeout, 0
    while running := _running(url):
        if time.monotonic() > deadline:
            detail = screen.words(f"仍有 {running} 个任务在运行", f"{running} jobs are still running")
            raise Problem({"code": "still_running", "detail": detail}, Code.failed)
        if running != told:
            screen.say(f"等待 {running} 个任务结束…", f"Waiting for {running} jobs …")
            told = running
        time.sleep(PAUSE)


def _running(url: str) -> int:
    with dump.snapshot(url) as connection:
        return dump.running_jobs(connection)
