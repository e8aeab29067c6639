"""``workshop operator``: pause tools, find what is stuck, move jobs. For users whose role is operator or admin."""

from typing import Annotated, Any

import typer

from .login import Server, connect
from .output import AsJson, Language, Screen

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="For operators: tools, stuck jobs.")
app.add_typer(commands, name="operator")


@commands.command("pause")
def pause_tool(
    tool_id: str,
    reason: Annotated[str, typer.Option(help="Shown to users whose calls are refused.")] = "",
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Let nothing of a tool begin, anywhere. What runs ends, what is queued waits."""
    screen = Screen(as_json, language)
    with screen.failures():
        answer = connect(screen, server).post(f"/api/operator/tools/{tool_id}/pause", {"reason": reason})
        screen.say(f"{tool_id} 已暂停", f"{tool_id} is paused")
        screen.result(answer)


@commands.command("resume")
def resume_tool(tool_id: str, server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """Let a paused tool begin again; what waited goes on."""
    screen = Screen(as_json, language)
    with screen.failures():
        answer = connect(screen, server).post(f"/api/operator/tools/{tool_id}/resume")
        told = answer["told"]
        screen.say(f"{tool_id} 已恢复,{told} 个步骤继续", f"{tool_id} is resumed; {told} steps go on")
        screen.result(answer)


@commands.command("stuck")
def list_stuck(
    seconds: Annotated[float, typer.Option(min=0, help="Open for at least so long.")] = 300,
    tool: Annotated[str | None, typer.Option(help="Of this tool only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Jobs and steps of all accounts that have been open for long, and how each pool stands."""
    screen = Screen(as_json, language)
    with screen.failures():
        query = {"seconds": seconds, "tool_id": tool, "limit": limit}
        answer = connect(screen, server).get("/api/operator/stuck", **query)
        for line in [_job(each) for each in answer["jobs"]] + [_step(each) for each in answer["steps"]]:
            screen.say(line, line)
        pools = [[each["pool"], each["workers"], each["queued"], each["running"]] for each in answer["queues"]]
        heads = [screen.words("池", "Pool"), screen.words("进程", "Workers"), screen.words("排队", "Queued")]
        screen.table([*heads, screen.words("运行", "Running")], pools)
        screen.result(answer)


@commands.command("move")
def move_job(
    job_id: str,
    pool: Annotated[str | None, typer.Option(help="media, inference or training: whose workers shall run it.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds that each attempt has from now on.")] = None,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Begin a job's open work anew on another pool, or with another limit of time."""
    screen = Screen(as_json, language)
    with screen.failures():
        body = {name: value for name, value in (("pool", pool), ("timeout", timeout)) if value is not None}
        answer = connect(screen, server).post(f"/api/operator/jobs/{job_id}/move", body)
        where = f"{answer['queue']}, {answer['timeout']:g} s"
        screen.say(f"{job_id} → {where}", f"{job_id} → {where}")
        screen.result(answer)


def _job(job: dict[str, Any]) -> str:
    """In a line, since an id that is cut is of no use."""
    found: dict[str, Any] = next(iter(job["activities"] or []), {})
    since = (job["started_at"] or job["created_at"])[:19]
    told = [job["id"], job["tool_id"], job["status"], job["queue"], f"#{found.get('attempt', 0)}", since]
    return "  ".join([*told, found.get("failure", "")]).rstrip()


def _step(step: dict[str, Any]) -> str:
    told = [f"{step['run_id']}/{step['step']}", step["tool_id"] or step["type"], step["status"]]
    return "  ".join([*told, step["started_at"][:19]])
