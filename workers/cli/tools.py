"""``workshop tools``: what the server can do, and how to ask for it."""

from typing import Any

import typer

from .client import Client
from .login import Server, credentials
from .output import AsJson, Language, Screen

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="The tools of the server.")
app.add_typer(commands, name="tools")


@commands.command("list")
def list_tools(server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """Every tool. Needs no login."""
    screen = Screen(as_json, language)
    with screen.failures():
        answer = Client(credentials().server(server), None, screen).get("/api/tools")
        rows = [[each["id"], each["name"], each["category"], each["description"]] for each in answer["data"]]
        screen.table(["ID", screen.words("名称", "Name"), screen.words("类别", "Category"), ""], rows)
        screen.result(answer)


@commands.command("show")
def show_tool(tool_id: str, server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """A tool's ports and parameters, with their bounds and defaults."""
    screen = Screen(as_json, language)
    with screen.failures():
        tool = Client(credentials().server(server), None, screen).get(f"/api/tools/{tool_id}")
        screen.say(
            f"{tool['name']}({tool['id']} {tool['version']})", f"{tool['name']} ({tool['id']} {tool['version']})"
        )
        screen.say(tool["description"], tool["description"])
        _show_ports(screen, tool)
        _show_parameters(screen, tool["parameters"])
        screen.result(tool)


def _show_ports(screen: Screen, tool: dict[str, Any]) -> None:
    rows = [
        [
            port["name"],
            "/".join(port["kinds"]) + (" …" if port["many"] else ""),
            screen.words("必填", "required") if port["required"] else "",
            port["title"],
        ]
        for port in tool["inputs"]
    ]
    screen.table([screen.words("输入", "Input"), "", "", ""], rows)


def _show_parameters(screen: Screen, schema: dict[str, Any]) -> None:
    rows = [
        [name, _kind(resolved(schema, each)), each.get("default"), each.get("description")]
        for name, each in schema.get("properties", {}).items()
    ]
    screen.table([screen.words("参数", "Parameter"), "", screen.words("默认", "Default"), ""], rows)


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(_kind(each) for each in schema["anyOf"])
    low, high = schema.get("minimum"), schema.get("maximum")
    bounds = f" {'' if low is None else low}…{'' if high is None else high}" if (low, high) != (None, None) else ""
    return str(schema.get("type", "")) + bounds


def resolved(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """A property's schema, with references to the document's ``$defs`` (JSON Schema 2020-12) followed."""
    if "$ref" in part:
        return resolved(schema, schema["$defs"][part["$ref"].rpartition("/")[2]])
    if "anyOf" in part:
        return {**part, "anyOf": [resolved(schema, each) for each in part["anyOf"]]}
    return part
