"""``workshop up``: the whole platform on this machine, until Ctrl-C or SIGTERM."""

import asyncio
import logging
import signal
import time
from typing import Annotated

import httpx
import typer
from rich.console import Console

from models.logging import configure_logging
from models.settings import Settings, get_settings
from workers.embedded.errors import StackError
from workers.embedded.keys import private_folder
from workers.embedded.lock import run_lock
from workers.embedded.whole import Whole

from .demo import DEMO_WEIGHTS, DemoFailed, Shown, show

app = typer.Typer()
console = Console(highlight=False)


@app.command()
def up(demo: Annotated[bool, typer.Option(help="Make a demo account and run a photo through a tool.")] = False) -> None:
    """Start everything and stay up. Exit codes: 2 a port is taken, 3 it runs already, 1 anything else."""
    settings = get_settings()
    configure_logging(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        with run_lock(private_folder(settings.workshop_home.absolute()), settings.url):
            asyncio.run(_serve(settings, demo))
    except StackError as error:
        console.print(f"[red]✗[/red] {error}", soft_wrap=True)
        raise typer.Exit(error.exit_code) from None


async def _serve(settings: Settings, demo: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    whole = Whole(settings, Progress())
    console.print("AI创意工坊 starts …")
    running = asyncio.create_task(_run(whole, settings, demo))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        await _end(running)
        began = time.monotonic()
        await whole.stop()
        console.print(f"Stopped in {time.monotonic() - began:.1f} s.")


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel and wait; what it ends with was either shown already or is about to be raised by its other waiter."""
    task.cancel()
    await asyncio.wait([task])


async def _run(whole: Whole, settings: Settings, demo: bool) -> None:
    """Start, show, and stay up until canceled."""
    began = time.monotonic()
    fetching = asyncio.create_task(whole.fetch_weights(DEMO_WEIGHTS)) if demo else None
    await whole.start()
    console.print(f"Ready in {time.monotonic() - began:.1f} s: {settings.url}")
    if fetching is not None:
        if not fetching.done():
            console.print("  … fetching weights (once)")
        await fetching
        await _demonstrate(whole)
    console.print(f"API and its pages: {settings.url}/docs\nStop with Ctrl-C or SIGTERM.")
    await asyncio.Event().wait()


async def _demonstrate(whole: Whole) -> None:
    """A demo that fails leaves the platform up and says why."""
    try:
        shown: Shown = await show(whole.stack.settings())
    except (DemoFailed, httpx.HTTPError) as error:
        console.print(f"[yellow]![/yellow] The demo did not work: {error}", soft_wrap=True)
        return
    console.print(
        f"Demo result: {shown.result}\nIts job in Temporal: {whole.stack.opened(shown.workflow_page)}", soft_wrap=True
    )
    console.print(f"Demo account: {shown.credentials}", soft_wrap=True)


class Progress:
    """Prints what the stack reports, with seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self, part: str, event: str) -> None:
        mark = "[green]✓[/green]" if event in {"ready", "started"} else "[yellow]![/yellow]"
        console.print(f"  {mark} {part} {event} [dim]{time.monotonic() - self._began:.1f} s[/dim]")
