"""``workshop jobs``: look at jobs, cancel them, run them again."""

from typing import Annotated, Any

import typer

from .login import Server, connect
from .output import AsJson, Language, Screen, credits_of

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="Your jobs.")
app.add_typer(commands, name="jobs")


@commands.command("list")
def list_jobs(
    status: Annotated[str | None, typer.Option(help="queued, running, succeeded, failed or canceled.")] = None,
    tool: Annotated[str | None, typer.Option(help="Of this tool only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="next_cursor of the page before.")] = None,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Your jobs, newest first."""
    screen = Screen(as_json, language)
    with screen.failures():
        query = {"status": status, "tool_id": tool, "limit": limit, "cursor": cursor}
        answer = connect(screen, server).get("/api/users/me/jobs", **query)
        rows = [
            [job["id"], job["tool_id"], job["status"], job["credits"]["used"], job["created_at"][:19]]
            for job in answer["data"]
        ]
        columns = ["ID", screen.words("工具", "Tool"), screen.words("状态", "Status")]
        screen.table([*columns, screen.words("积分", "Credits"), screen.words("创建", "Created")], rows)
        screen.result(answer)


@commands.command("show")
def show_job(job_id: str, server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """One job as it stands."""
    screen = Screen(as_json, language)
    with screen.failures():
        _show(screen, connect(screen, server).get(f"/api/jobs/{job_id}"))


@commands.command("cancel")
def cancel_job(job_id: str, server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """Ask a job to end. One that has ended stays as it is."""
    screen = Screen(as_json, language)
    with screen.failures():
        _show(screen, connect(screen, server).post(f"/api/jobs/{job_id}/cancel"))


@commands.command("retry")
def retry_job(job_id: str, server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """A new job with the same inputs and parameters."""
    screen = Screen(as_json, language)
    with screen.failures():
        _show(screen, connect(screen, server).post(f"/api/jobs/{job_id}/retry"))


def _show(screen: Screen, job: dict[str, Any]) -> None:
    progress = f"{job['progress']['fraction']:.0%} {job['progress']['step']}"
    rows = [[job["id"], job["tool_id"], job["status"], progress, credits_of(screen, job)]]
    screen.table(["ID", screen.words("工具", "Tool"), screen.words("状态", "Status"), "", ""], rows)
    for output in job["outputs"]:
        line = f"  {output['name']} {output['mime_type']} {output['url']}"
        screen.say(line, line)
    if job["error"]:
        line = f"  {job['error']['message']} ({job['error']['code']})"
        screen.say(line, line)
    screen.result(job)
