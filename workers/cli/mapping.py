"""Which file goes to which port, and what a parameter's text means: the arguments of ``run`` as the API wants them."""

import json
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .output import Problem
from .tools import resolved

Usage = Callable[[str, str], Problem]
"""Makes the error of a wrong command of its words in zh and en."""

Port = dict[str, Any]

DOCUMENTS = {"application/json", "application/pdf", "text/html", "text/markdown", "text/csv"}
ARCHIVES = {"application/zip", "application/x-tar", "application/gzip"}


@dataclass
class Given:
    """Inputs by port: local files, and texts."""

    files: dict[str, list[Path]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def assign(ports: list[Port], positional: list[Path], explicit: list[str], usage: Usage) -> Given:
    """``explicit`` (``port=path``, ``port=text``) first; then each file to the first port with room for its kind,
    required ports before optional ones. Raises what ``usage`` makes."""
    given = Given()
    for word in explicit:
        _place(ports, word, given, usage)
    taken = set(given.files)
    free = [port for port in ports if not is_text(port) and port["name"] not in taken]
    free.sort(key=lambda port: not port["required"])
    for path in positional:
        _fit(free, path, given, usage)
    missing = [each["name"] for each in ports if each["required"] and each["name"] not in {*given.files, *given.texts}]
    if missing:
        names = ", ".join(missing)
        raise usage(
            f"缺少输入:{names}(用 -i 名称=值 指定)", f"Inputs are missing: {names} (give them by -i NAME=VALUE)"
        )
    return given


def is_text(port: Port) -> bool:
    """Whether a port takes words, not files."""
    return list(port["kinds"]) == ["text"]


def parameters(schema: dict[str, Any], words: list[str], usage: Usage) -> dict[str, Any]:
    """``name=value`` words by a JSON Schema: numbers, booleans, lists and objects as JSON, strings as they are."""
    known = schema.get("properties", {})
    values: dict[str, Any] = {}
    for word in words:
        name, text = _split(word, usage)
        if name not in known:
            names = ", ".join(known) or "-"
            raise usage(f"没有参数 {name};可用:{names}", f"There is no parameter {name}; there are: {names}")
        values[name] = _value(resolved(schema, known[name]), text)
    return values


def _place(ports: list[Port], word: str, given: Given, usage: Usage) -> None:
    name, text = _split(word, usage)
    port = next((each for each in ports if each["name"] == name), None)
    if port is None:
        names = ", ".join(each["name"] for each in ports) or "-"
        raise usage(f"没有输入 {name};可用:{names}", f"There is no input {name}; there are: {names}")
    if name in given.texts or (name in given.files and not port["many"]):
        raise usage(f"输入 {name} 只能给一次", f"The input {name} takes one value only")
    if is_text(port):
        given.texts[name] = text
    else:
        given.files.setdefault(name, []).append(_existing(Path(text), usage))


def _fit(free: list[Port], path: Path, given: Given, usage: Usage) -> None:
    kind = guess(_existing(path, usage))
    for port in free:
        room = port["many"] or port["name"] not in given.files
        if room and (kind is None or kind in port["kinds"]):
            given.files.setdefault(port["name"], []).append(path)
            return
    raise usage(f"没有输入能接收 {path}", f"No input is left that takes {path}")


def guess(path: Path) -> str | None:
    """A file's kind by its name; None if the name does not tell. The server looks at the content."""
    mime = mimetypes.guess_type(path.name)[0] or ""
    if mime in ARCHIVES:
        return "archive"
    if mime in DOCUMENTS:
        return "document"
    major = mime.partition("/")[0]
    return major if major in {"image", "video", "audio"} else None


def _existing(path: Path, usage: Usage) -> Path:
    if not path.is_file():
        raise usage(f"找不到文件 {path}", f"There is no file {path}")
    return path


def _split(word: str, usage: Usage) -> tuple[str, str]:
    name, equals, text = word.partition("=")
    if not equals or not name:
        raise usage(f"应为 名称=值:{word}", f"NAME=VALUE is wanted, not {word}")
    return name, text


def _value(schema: dict[str, Any], text: str) -> Any:
    kinds = {each.get("type") for each in schema.get("anyOf", [schema])}
    if kinds == {"string"}:
        return text
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return text if "string" in kinds and value is not None and not isinstance(value, (list, dict)) else value
