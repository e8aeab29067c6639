"""``workshop doctor``: what this machine has and lacks for the platform, and what to do about it."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.settings import get_settings
from workers.embedded.diagnosis import Finding, diagnose

app = typer.Typer()

MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "problem": "[red]✗[/red]"}


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Check dependencies, versions, ports, device and disk. Exit code 1 if something must be mended first."""
    findings = diagnose(get_settings())
    if as_json:
        typer.echo(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False, indent=1))
    else:
        Console().print(_table(findings))
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        advice = f"\n[dim]{finding.advice}[/dim]" if finding.advice else ""
        table.add_row(MARKS[finding.state], finding.subject, finding.found + advice)
    return table
