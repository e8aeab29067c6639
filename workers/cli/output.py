"""What every command shares: two languages, output for people or for scripts, and one meaning for each exit code.

Exit codes: 0 done; 1 the job or the server failed; 2 wrong usage; 3 not signed in; 4 not enough credits; 5 the server
or a part of the platform can't be reached, try again; 6 the job was canceled; 130 interrupted.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.errors import DomainError


class Code(IntEnum):
    """Exit codes of all commands that talk to a server or a database."""

    failed = 1
    usage = 2
    not_signed_in = 3
    no_credits = 4
    unreachable = 5
    canceled = 6
    interrupted = 130


BY_STATUS = {401: Code.not_signed_in, 402: Code.no_credits, 429: Code.unreachable, 503: Code.unreachable}

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, problems as JSON on stderr.")]
Language = Annotated[str, typer.Option("--lang", envvar=["WORKSHOP_LANG", "LC_ALL", "LANG"], help="zh or en.")]


class Problem(Exception):
    """A failure to show: ``body`` has at least ``code`` and ``detail``, as the API's problem+json."""

    def __init__(self, body: dict[str, Any], exit_code: Code) -> None:
        super().__init__(body.get("detail"))
        self.body = body
        self.exit_code = exit_code


class Screen:
    """Where a command writes. ``say`` is for people alone; ``result`` is what scripts read."""

    def __init__(self, as_json: bool, language: str) -> None:
        self.as_json = as_json
        self.language = "zh" if language.lower().startswith("zh") else "en"
        self.out = Console(highlight=False, soft_wrap=True, quiet=as_json)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    def words(self, zh: str, en: str) -> str:
        return zh if self.language == "zh" else en

    def say(self, zh: str, en: str) -> None:
        """A line for people; nothing under ``--json``."""
        self.out.print(escape(self.words(zh, en)))

    def warn(self, zh: str, en: str) -> None:
        """A line on stderr for people; nothing under ``--json``, whose document must hold what matters."""
        if not self.as_json:
            self.err.print(f"[yellow]![/yellow] {escape(self.words(zh, en))}")

    def result(self, document: Any) -> None:
        """The JSON document of a script; nothing for people."""
        if self.as_json:
            typer.echo(json.dumps(document, ensure_ascii=False, indent=1, default=str))

    def table(self, columns: list[str], rows: list[list[Any]]) -> None:
        """Rows under headings, for people."""
        table = Table(*columns, box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*(escape(str("" if cell is None else cell)) for cell in row))
        self.out.print(table)

    def usage(self, zh: str, en: str) -> Problem:
        """A mistake in the command itself, to be raised."""
        return Problem({"code": "usage", "detail": self.words(zh, en)}, Code.usage)

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Show what goes wrong inside and leave with its exit code."""
        try:
            yield
        except Problem as problem:
            raise self._leave(problem.body, problem.exit_code) from None
        except DomainError as error:
            raise self._leave(self._of_domain(error), BY_STATUS.get(error.status, Code.failed)) from None
        except httpx.TransportError as error:
            detail = self.words("无法连接服务器:", "The server can't be reached: ") + str(error)
            raise self._leave({"code": "unreachable", "detail": detail}, Code.unreachable) from None
        except OSError as error:
            raise self._leave({"code": "file_error", "detail": str(error)}, Code.failed) from None
        except KeyboardInterrupt:
            detail = self.words("已中断。", "Interrupted.")
            raise self._leave({"code": "interrupted", "detail": detail}, Code.interrupted) from None

    def _of_domain(self, error: DomainError) -> dict[str, Any]:
        body = {"code": error.code, "detail": error.detail(self.language), "errors": error.problems(self.language)}
        return {name: value for name, value in body.items() if value is not None}

    def _leave(self, body: dict[str, Any], code: Code) -> typer.Exit:
        if self.as_json:
            typer.echo(json.dumps(body, ensure_ascii=False, default=str), err=True)
        else:
            self._explain(body)
        return typer.Exit(int(code))

    def _explain(self, body: dict[str, Any]) -> None:
        request = f" · {body['request_id']}" if body.get("request_id") else ""
        shown = f"{escape(str(body.get('detail')))} [dim]({escape(str(body.get('code')) + request)})[/dim]"
        self.err.print(f"[red]✗[/red] {shown}")
        for each in body.get("errors") or []:
            self.err.print(f"  {escape(str(each.get('path')))}: {escape(str(each.get('message')))}")


def credits_of(screen: Screen, job: dict[str, Any]) -> str:
    """What a job cost, in words."""
    used = job["credits"]["used"]
    return screen.words(f"用去 {used} 积分", f"{used} credits used")
