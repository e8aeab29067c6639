"""What no reviewer should have to watch: the API stays light, tools stay in their files, names match on both sides."""

import ast
import inspect
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from activities.tools import discover
from temporal import policies
from workers.pools import POOLS
from workflows import calls

REPOSITORY = Path(__file__).parents[2]
PRODUCT = ("models", "temporal", "activities", "workflows", "api", "workers")
HEAVY = ("torch", "diffusers", "cv2", "av", "onnxruntime", "numpy", "PIL")
FILES = sorted(
    path for package in PRODUCT for path in (REPOSITORY / package).rglob("*.py") if "versions" not in path.parts
)


def test_the_api_loads_no_engine() -> None:
    script = (
        "import sys, api.main; from activities.tools import discover; discover();"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=REPOSITORY, check=True)
    assert answer.stdout.strip() == "[]"


def test_only_settings_reads_the_environment() -> None:
    allowed = {"models/settings.py"}
    readers = {
        str(path.relative_to(REPOSITORY))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and not _is_process(node)
    }
    assert {each for each in readers if not each.startswith(("workers/embedded", "workers/cli"))} <= allowed


def test_no_file_is_too_long() -> None:
    long = {str(path.relative_to(REPOSITORY)): n for path in FILES if (n := len(path.read_text().splitlines())) > 300}
    assert not long


def test_every_module_says_why_it_exists() -> None:
    silent = [path for path in FILES if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_no_tool_is_named_outside_its_own_file() -> None:
    for tool in discover().all():
        own = f"activities/tools/{tool.id.replace('-', '_')}.py"
        named = [
            str(path.relative_to(REPOSITORY))
            for path in FILES
            if f'"{tool.id}"' in path.read_text() and str(path.relative_to(REPOSITORY)) != own
        ]
        assert [each for each in named if not each.startswith("workers/cli")] == [], tool.id


def test_what_is_wrong_with_a_field_is_said_in_both_languages() -> None:
    """By ``wrong``; a bare dictionary holds English alone."""
    bare = re.compile(r'"path": [^,\n]+, "message": (f?"|message\b)')
    assert [str(path.relative_to(REPOSITORY)) for path in FILES if bare.search(path.read_text())] == []


def test_every_tool_names_a_pool_that_runs() -> None:
    assert {str(tool.pool) for tool in discover().all()} <= set(POOLS)


def test_nobody_but_policies_writes_timeouts_for_temporal() -> None:
    for name in ("calls", "tool_run", "maintenance", "file_ingest", "mail_delivery"):
        assert "timedelta(" not in (REPOSITORY / "workflows" / f"{name}.py").read_text()
    assert policies.END_OF_JOB.retry.maximum_attempts == 0


@pytest.mark.parametrize("word", ["except Exception", "except BaseException"])
def test_nobody_goes_on_after_anything(word: str) -> None:
    guilty = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if word in line and "noqa: BLE001 - " not in line and not _reraises(path, number)
    ]
    assert not guilty


def test_calls_match_the_registered_activities() -> None:
    registered = _registered_activities()
    called = _called_activities()
    assert set(called) <= set(registered), set(called) - set(registered)
    for name, argument in called.items():
        if argument is not None:
            assert argument == registered[name], name


def _registered_activities() -> dict[str, str | None]:
    """Name to the argument's type, read from every ``@activity.defn(name=…)`` of the activities."""
    found: dict[str, str | None] = {}
    for path in (REPOSITORY / "activities").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    name = _defn_name(decorator)
                    if name:
                        arguments = [each for each in node.args.args if each.arg != "self"]
                        found[name] = ast.unparse(arguments[0].annotation) if arguments else None  # type: ignore[arg-type]
    return found


def _called_activities() -> dict[str, str | None]:
    """Names in ``workflows/calls.py`` that look like ``area.verb``, with the type of what is passed."""
    tree = ast.parse(inspect.getsource(calls))
    found: dict[str, str | None] = dict.fromkeys(calls.CHORES)
    for function in ast.walk(tree):
        if isinstance(function, ast.AsyncFunctionDef):
            types = {each.arg: ast.unparse(each.annotation) for each in function.args.args if each.annotation}
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    _note(node, types, found)
    return found


def _note(node: ast.Call, types: dict[str, str], found: dict[str, str | None]) -> None:
    names = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    for name in names:
        if "." in name.strip(".") and " " not in name:
            rest = [each for each in node.args if not isinstance(each, ast.Constant)]
            found[name] = _type_of(rest[0], types) if rest else None


def _type_of(node: ast.expr, types: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return types.get(node.id)
    return ast.unparse(node.func) if isinstance(node, ast.Call) else None


def _defn_name(decorator: ast.expr) -> str | None:
    if not isinstance(decorator, ast.Call) or ast.unparse(decorator.func) != "activity.defn":
        return None
    return next(
        (typing.cast(ast.Constant, each.value).value for each in decorator.keywords if each.arg == "name"), None
    )  # type: ignore[return-value]


def _is_process(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Call)


def _reraises(path: Path, number: int) -> bool:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler) and node.lineno == number:
            return isinstance(node.body[-1], ast.Raise)
    return False
