"""What flows along links: file ids, texts, numbers, lists of them and JSON, read from the rows of ended steps."""

from collections.abc import Mapping
from typing import Any

from models.errors import InvalidInput, wrong
from models.graphs.graph import Node
from models.graphs.ports import PARAMETER
from models.repositories.files import Files
from models.repositories.run_steps import RunSteps
from models.session import Database
from models.tables import File, Job, RunStep

from ..storage import ObjectStore, blob_key
from ..tools.base import Kind, Tool
from ..tools.parsing import MAX_TEXT
from .book import Place

READABLE = frozenset({"application/json", "application/x-subrip"})
LARGEST_DOCUMENT = MAX_TEXT * 4
"""Bytes of a document that is read as a text."""

Values = dict[str, Any]


def prefix_of(step: str) -> str:
    """Of ``each[3]/resize``: ``each[3]/``."""
    return step[: step.rfind("/") + 1]


def gather(place: Place, rows: Mapping[str, RunStep], prefix: str) -> Values:
    """The values at a step's input ports: what its live links bring, over the constants of the node.

    A port that takes several links gets a list of all that came; a list port gets a single value as a list of one.
    """
    values: Values = dict(place.node.inputs)
    ports = {port.name: port for port in place.inputs}
    brought: dict[str, list[Any]] = {}
    for link in sorted(place.links, key=lambda link: _when(rows.get(prefix + link.source))):
        row = rows.get(prefix + link.source)
        if row is not None and link.port in row.outputs:
            brought.setdefault(link.to, []).append(row.outputs[link.port])
    for name, came in brought.items():
        port = ports[name]
        if port.several:
            values[name] = [each for value in came for each in (value if isinstance(value, list) else [value])]
        elif port.many and not isinstance(came[0], list):
            values[name] = [came[0]]
        else:
            values[name] = came[0]
    return values


def sources(place: Place, step: str) -> set[str]:
    """Paths of the steps that are linked to ``step``."""
    prefix = prefix_of(step)
    return {prefix + link.source for link in place.links}


async def bound(database: Database, run_id: str, step: str, place: Place) -> Values:
    """``gather`` over the rows of the steps that are linked to ``step``."""
    async with database.transaction() as session:
        rows = await RunSteps(session).rows(run_id, sources(place, step))
    return gather(place, rows, prefix_of(step))


async def call_of(
    database: Database, store: ObjectStore, account_id: str, tool: Tool, node: Node, values: Values
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Inputs and parameters of a tool's call. A text port that got a document gets its text."""
    parameters = dict(node.parameters)
    inputs: dict[str, Any] = {}
    texts = {port.name for port in tool.inputs if Kind.text in port.kinds}
    for name, value in values.items():
        if name.startswith(PARAMETER):
            parameters[name.removeprefix(PARAMETER)] = value
        elif name in texts:
            inputs[name] = await _text(database, store, account_id, name, value)
        else:
            inputs[name] = value
    return inputs, parameters


def outputs_of(job: Job, place: Place) -> Values:
    """What a finished job gives at its node's ports; ``data`` only where something is linked to it."""
    many = {port.name for port in place.outputs if port.many}
    values: Values = {}
    for output in job.outputs:
        if output["name"] in many:
            values.setdefault(output["name"], []).append(output["file_id"])
        else:
            values[output["name"]] = output["file_id"]
    return values | ({"data": job.data} if "data" in place.linked else {})


async def _text(database: Database, store: ObjectStore, account_id: str, port: str, value: Any) -> str:
    if not isinstance(value, str):
        return str(value)
    if not value.startswith("file_"):
        return value
    async with database.transaction() as session:
        file = await Files(session).get(account_id, value)
    if not (file.mime_type.startswith("text/") or file.mime_type in READABLE) or file.size > LARGEST_DOCUMENT:
        zh, en = f"{file.id} 不是可读的文本", f"{file.id} is not a text that can be read"
        raise InvalidInput(errors=[wrong(f"inputs.{port}", zh, en)])
    return (await _bytes(store, file)).decode(errors="replace")


async def _bytes(store: ObjectStore, file: File) -> bytes:
    opened = await store.open(blob_key(file.account_id, file.sha256))
    return b"".join([piece async for piece in opened.chunks])


def _when(row: RunStep | None) -> float:
    return row.completed_at.timestamp() if row is not None and row.completed_at is not None else 0.0
