"""From the cells of a row to a call: which column feeds which input or parameter, and what a text in it means."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.errors import InvalidInput, wrong
from models.graphs.graph import Graph

from ..tools.base import Kind, Tool
from .reading import Row

Read = Callable[[Any], Any]
FILES = frozenset({Kind.image, Kind.video, Kind.audio, Kind.archive, Kind.document})
PARTS = ("inputs", "parameters")
WORDS = {"true": True, "false": False, "1": True, "0": False, "是": True, "否": False, "yes": True, "no": False}


@dataclass(frozen=True)
class Socket:
    """What a column can feed: a part of the call and its name there. ``kinds`` of files that it takes, if it does."""

    part: str
    name: str
    read: Read
    kinds: frozenset[str] = field(default_factory=frozenset)
    many: bool = False


@dataclass(frozen=True)
class Binding:
    """Columns by name to what they feed."""

    columns: Mapping[str, Socket]

    def call(self, row: Row) -> dict[str, dict[str, Any]]:
        """The row's own part of the call: ``{"inputs": …, "parameters": …}``."""
        given: dict[str, dict[str, Any]] = {part: {} for part in PARTS}
        for column, value in row.items():
            socket = self.columns[column]
            given[socket.part][socket.name] = socket.read(value) if isinstance(value, str) else value
        return given


def of_tool(tool: Tool) -> list[Socket]:
    """The ports and parameters of a tool."""
    ports = [
        Socket("inputs", port.name, _port(port.many), frozenset(map(str, FILES & set(port.kinds))), port.many)
        for port in tool.inputs
    ]
    return ports + [Socket("parameters", name, _parameter) for name in tool.params.model_fields]


def of_graph(graph: Graph) -> list[Socket]:
    """The inputs of a graph."""
    sockets = []
    for node in graph.nodes:
        if node.type == "input":
            kind, many = str(node.parameters.get("kind", "image")), bool(node.parameters.get("many"))
            kinds = frozenset({kind}) & frozenset(map(str, FILES))
            sockets.append(Socket("inputs", str(node.parameters["name"]), _input(kind, many), kinds, many))
    return sockets


def bind(sockets: Iterable[Socket], columns: Iterable[str], mapping: Mapping[str, str]) -> Binding:
    """Which socket each column feeds: by ``mapping``, else by its own name, which may say ``parameters.quality``.

    Raises ``InvalidInput`` for columns that feed nothing, or the same.
    """
    known = {f"{socket.part}.{socket.name}": socket for socket in sockets}
    for part in reversed(PARTS):  # a bare name is an input's rather than a parameter's
        known |= {socket.name: socket for socket in known.values() if socket.part == part}
    bound: dict[str, Socket] = {}
    errors = [
        wrong(f"columns.{column}", "数据中没有此列", "the rows have no such column")
        for column in mapping.keys() - set(columns)
    ]
    taken: dict[Socket, str] = {}
    for column in columns:
        socket = known.get(mapping.get(column, column))
        if socket is None:
            has = ", ".join(sorted(name for name in known if "." not in name))
            errors.append(
                wrong(f"columns.{column}", f"没有对应的输入或参数;可用:{has}", f"feeds nothing; there are {has}")
            )
        elif socket in taken:
            zh, en = f"与列 {taken[socket]} 重复", f"feeds the same as {taken[socket]}"
            errors.append(wrong(f"columns.{column}", zh, en))
        else:
            bound[column] = socket
            taken[socket] = column
    if errors:
        raise InvalidInput(errors=errors)
    return Binding(bound)


def feed_files(sockets: Iterable[Socket], kinds: Iterable[str], port: str | None) -> Socket:
    """The input that files of these kinds go into, one a row; raises ``InvalidInput`` where there is none."""
    inputs = [socket for socket in sockets if socket.part == "inputs" and socket.kinds]
    wanted = set(kinds)
    for socket in inputs:
        takes = socket.kinds | ({"text"} if "document" in socket.kinds else set())
        if socket.name == port or (port is None and wanted & takes):
            return socket
    has = ", ".join(socket.name for socket in inputs) or "-"
    zh, en = f"没有接受这些文件的输入;文件输入有:{has}", f"no input takes these files; inputs of files are {has}"
    raise InvalidInput(errors=[wrong("port" if port else "file", zh, en)])


def _port(many: bool) -> Read:
    return _list if many else lambda text: text


def _list(text: str) -> Any:
    """A JSON list, or ids between commas, semicolons or blanks."""
    if text.lstrip().startswith("["):
        return _json(text)
    return text.replace(",", " ").replace(";", " ").split()


def _parameter(text: str) -> Any:
    """Lists and objects are JSON; the rest is read by the parameter's own type."""
    return _json(text) if text.lstrip()[:1] in ("[", "{") else text.strip()


def _input(kind: str, many: bool) -> Read:
    if many:
        return _list
    readers: dict[str, Read] = {"number": _number, "boolean": _boolean, "json": _json, "text": lambda text: text}
    return readers.get(kind, str.strip)


def _number(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return WORDS.get(text.strip().lower(), text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
