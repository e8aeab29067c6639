"""``workshop weights``: have the engines' files in the cache before a job asks, also for a machine without network."""

from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from activities.inference.checkpoints import Checkpoints
from activities.inference.weights import Weights
from models.settings import MEBIBYTE, get_settings

from .output import AsJson, Language, Screen

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="Weights of the engines; on the worker's machine.")
app.add_typer(commands, name="weights")


@commands.command("list")
def list_weights(language: Language = "zh", as_json: AsJson = False) -> None:
    """Every file of weights: size, license, and whether it is in the cache."""
    screen = Screen(as_json, language)
    with screen.failures():
        weights = Weights(get_settings().weights_folder)
        found = [_entry(weights, name) for name in weights.names()]
        yes = screen.words("已缓存", "cached")
        rows = [
            [each["name"], f"{each['size'] / MEBIBYTE:.1f} MiB", each["license"], yes if each["present"] else ""]
            for each in found
        ]
        headings = [screen.words("名称", "Name"), screen.words("大小", "Size"), screen.words("许可", "License"), ""]
        screen.table(headings, rows)
        screen.result({"data": found})


@commands.command("pull")
def pull_weights(
    names: Annotated[list[str] | None, typer.Argument(help="All but those to opt in to, unless named.")] = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Fetch and verify weights. Exit code 5 if one can't be had; what came stays, and a second call goes on."""
    screen = Screen(as_json, language)
    with screen.failures():
        weights = Weights(get_settings().weights_folder)
        wanted = names or [name for name in weights.names() if not weights.entry(name).opt_in]
        for name in wanted:
            weights.entry(name)
        screen.result({"data": [_pull(screen, weights, name) for name in wanted]})


@commands.command("checkpoint")
def fetch_checkpoint(language: Language = "zh", as_json: AsJson = False) -> None:
    """Fetch the checkpoint that CHECKPOINTS names first, with its ControlNet and adapters, before a job does."""
    screen = Screen(as_json, language)
    with screen.failures():
        settings = get_settings()
        checkpoints = Checkpoints(settings.checkpoints, Weights(settings.weights_folder))
        if not checkpoints:
            raise screen.usage("未设置 CHECKPOINTS。", "CHECKPOINTS is not set.")
        files = checkpoints.fetch()
        screen.say(f"✓ {files.name} {files.folder}", f"✓ {files.name} {files.folder}")
        screen.result({"data": files.model_dump(mode="json")})


def _pull(screen: Screen, weights: Weights, name: str) -> dict[str, Any]:
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=screen.err, disable=screen.as_json) as bar:
        bar.add_task(name, total=None)
        path = weights.ensure(name)
    screen.say(f"✓ {name} {path}", f"✓ {name} {path}")
    return {"name": name, "path": str(path)}


def _entry(weights: Weights, name: str) -> dict[str, Any]:
    entry = weights.entry(name)
    facts = {"size": entry.size, "license": entry.license, "sha256": entry.sha256, "opt_in": entry.opt_in}
    return {"name": name, "present": weights.present(name), **facts}
