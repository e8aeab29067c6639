"""Writes what a tool's page in ``docs/tools/`` repeats of its declaration: ports and parameters.

``python docs/pages.py`` renews the pages; with ``--check`` it only says which are missing or stale, and fails.
Around these generated tables, between their marks, a page is written by hand.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from activities.tools import discover  # noqa: E402 - the repository is not installed everywhere
from activities.tools.base import Tool  # noqa: E402

PAGES = ROOT / "docs" / "tools"
BEGIN, END = "<!-- declaration -->", "<!-- /declaration -->"


def main(check: bool) -> int:
    """The number of pages that were wrong."""
    wrong = 0
    for tool in discover().all():
        if tool.hidden:
            continue
        path = PAGES / f"{tool.id}.md"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = renewed(tool, before)
        if before != after:
            wrong += 1
            sys.stdout.write(f"{path.relative_to(ROOT)} {'is missing or stale' if check else 'written'}\n")
            if not check:
                path.write_text(after, encoding="utf-8")
    return wrong if check else 0


def renewed(tool: Tool, page: str) -> str:
    """The page with its tables as the declaration has them; a new page where there is none."""
    tables = f"{BEGIN}\n{declaration(tool)}\n{END}"
    if BEGIN not in page:
        return f"# {tool.title.en} ({tool.title.zh})\n\n{tool.description.en}\n\n{tables}\n"
    before, rest = page.split(BEGIN, 1)
    return before + tables + rest.split(END, 1)[1]


def declaration(tool: Tool) -> str:
    """``tool run``, ports and parameters as Markdown."""
    lines = [f"`workshop run {tool.id} …`, version {tool.version}, pool `{tool.pool}`", "", "| port | | takes |"]
    lines.append("|---|---|---|")
    for way, ports in (("in", tool.inputs), ("out", tool.outputs)):
        for port in ports:
            kinds = " or ".join(port.kinds) + (", several" if port.many else "")
            optional = "" if port.required or way == "out" else " (optional)"
            lines.append(f"| `{port.name}` | {way} | {kinds}{optional} |")
    lines += ["", "| parameter | default | values | |", "|---|---|---|---|"]
    schema = tool.params.model_json_schema()
    for name, field in schema["properties"].items():
        default = field.get("default", "")
        lines.append(f"| `{name}` | {default} | {values(field)} | {field.get('description', '')} |")
    return "\n".join(lines)


def values(field: dict[str, Any]) -> str:
    """The allowed values of one parameter, in a few words."""
    if "enum" in field:
        return ", ".join(str(value) for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(filter(None, (values(each) for each in field["anyOf"])))
    if "minimum" in field or "maximum" in field:
        low = field.get("minimum", field.get("exclusiveMinimum"))
        high = field.get("maximum", field.get("exclusiveMaximum"))
        return f"{low} to {high}"
    return str(field.get("format") or field.get("type", ""))


if __name__ == "__main__":
    raise SystemExit(main("--check" in sys.argv[1:]))
