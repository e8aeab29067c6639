"""``workshop run``: files go up, a tool works on them, what it makes comes down."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from .client import Client
from .following import follow
from .login import Server, connect
from .mapping import Given, assign, parameters
from .output import AsJson, Code, Language, Problem, Screen, credits_of
from .saving import save

app = typer.Typer()


@dataclass(frozen=True)
class Order:
    """What is asked of a tool, before any file went up."""

    tool: dict[str, Any]
    given: Given
    parameters: dict[str, Any]


@app.command()
def run(
    tool_id: str,
    files: Annotated[list[Path] | None, typer.Argument(help="Go to the inputs that take their kind.")] = None,
    param: Annotated[list[str] | None, typer.Option("-p", "--param", help="name=value, repeatable.")] = None,
    inputs: Annotated[list[str] | None, typer.Option("-i", "--input", help="port=path or port=text.")] = None,
    folder: Annotated[Path, typer.Option("-o", "--output", help="Where results go; never over a file.")] = Path(),
    quote: Annotated[bool, typer.Option("--quote", help="Say what it costs at most, and run nothing.")] = False,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Run a tool on files and fetch the results; Ctrl-C cancels the job.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in, 4 not enough credits, 5 server away, 6 canceled,
    130 interrupted.
    """
    screen = Screen(as_json, language)
    with screen.failures():
        client = connect(screen, server)
        order = _order(client, screen, tool_id, files or [], inputs or [], param or [])
        body = {"inputs": _upload(client, screen, order), "parameters": order.parameters}
        promised = client.post(f"/api/tools/{tool_id}/quote", body) if quote else None
        if promised is not None:
            screen.say(f"最多 {promised['credits']} 积分", f"At most {promised['credits']} credits")
            screen.result(promised)
            return
        job = _watched(client, screen, client.post(f"/api/tools/{tool_id}/execute", body))
        _finish(client, screen, job, folder)


def _order(
    client: Client, screen: Screen, tool_id: str, files: list[Path], inputs: list[str], words: list[str]
) -> Order:
    tool = client.get(f"/api/tools/{tool_id}")
    given = assign(tool["inputs"], files, inputs, screen.usage)
    return Order(tool, given, parameters(tool["parameters"], words, screen.usage))


def _upload(client: Client, screen: Screen, order: Order) -> dict[str, Any]:
    """The inputs by port as the API takes them; a file named twice goes up once."""
    paths = list(dict.fromkeys(path for each in order.given.files.values() for path in each))
    total = sum(path.stat().st_size for path in paths)
    ids: dict[Path, str] = {}
    with _bar(screen, DownloadColumn()) as bar:
        task = bar.add_task(screen.words("上传", "Upload"), total=total, visible=bool(paths))
        for path in paths:
            ids[path] = client.upload(path, lambda moved: bar.advance(task, moved))["id"]
    many = {port["name"] for port in order.tool["inputs"] if port["many"]}
    found: dict[str, Any] = {
        name: [ids[path] for path in each] if name in many else ids[each[0]] for name, each in order.given.files.items()
    }
    return {**found, **order.given.texts}


def _watched(client: Client, screen: Screen, job: dict[str, Any]) -> dict[str, Any]:
    """Follow the job with a bar; Ctrl-C cancels it on the server and goes on as ``KeyboardInterrupt``."""
    screen.say(f"任务 {job['id']}", f"Job {job['id']}")
    with _bar(screen, TextColumn("{task.percentage:>3.0f} %")) as bar:
        task = bar.add_task(screen.words("排队", "Queued"), total=1.0)

        def tell(progress: dict[str, Any]) -> None:
            words = progress.get("message") or progress.get("step") or ""
            bar.update(task, completed=progress.get("fraction", 0), description=str(words))

        try:
            ended = follow(client, job["id"], tell)
        except KeyboardInterrupt:
            client.post(f"/api/jobs/{job['id']}/cancel")
            raise
        if ended["status"] == "succeeded":
            bar.update(task, completed=1.0, description=screen.words("完成", "Done"))
    return ended


def _finish(client: Client, screen: Screen, job: dict[str, Any], folder: Path) -> None:
    """Fetch what a job made; raises ``Problem`` for one that made nothing."""
    if job["status"] == "canceled":
        detail = screen.words("任务已取消,未扣积分。", "The job was canceled and cost nothing.")
        raise Problem({"code": "canceled", "detail": detail, "job_id": job["id"]}, Code.canceled)
    if job["status"] != "succeeded":
        error = job["error"] or {"code": "failed", "message": job["status"]}
        raise Problem({"code": error["code"], "detail": error["message"], "job_id": job["id"]}, Code.failed)
    saved = _download(client, screen, job, folder)
    for path in saved:
        screen.say(f"  {path}", f"  {path}")
    cost = credits_of(screen, job)
    screen.say(cost, cost)
    screen.result({"job": job, "files": [str(path) for path in saved]})


def _download(client: Client, screen: Screen, job: dict[str, Any], folder: Path) -> list[Path]:
    files = [client.get(f"/api/files/{each['file_id']}") for each in job["outputs"]]
    total = sum(file["file_size"] for file in files)
    with _bar(screen, DownloadColumn()) as bar:
        task = bar.add_task(screen.words("下载", "Download"), total=total, visible=bool(files))
        return [
            save(client, output["url"], file["filename"], folder, lambda moved: bar.advance(task, moved))
            for output, file in zip(job["outputs"], files, strict=True)
        ]


def _bar(screen: Screen, column: DownloadColumn | TextColumn) -> Progress:
    """Drawn on stderr, and not at all for scripts, so that stdout holds results only."""
    words = TextColumn("{task.description}", markup=False)
    return Progress(words, BarColumn(), column, console=screen.err, disable=screen.as_json)
