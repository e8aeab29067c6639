"""Turns what a user sent into a checked and priced call of a tool. Pure: no database, no disk, no engine."""

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from models.errors import CheckpointNeeded, FileRejected, InvalidInput, NotFound, ToolDisabled, ToolPaused, wrong
from models.errors.fields import field_message_zh

from .base import PAINTING, Catalogue, Kind, Measure, Measures, Port, Price, Tool, ToolParams, picture_port

MEASURED = ("width", "height", "duration", "entries")
MAX_TEXT = 100_000
"""Characters of a text port."""


@dataclass(frozen=True)
class Configuration:
    """What the operator decided about a tool. ``checkpoint``: whether there is one to paint with.

    ``paused``: why nothing of it may begin now, in the operator's words; None while it may.
    """

    enabled: bool = True
    price_factor: float = 1.0
    checkpoint: bool = False
    paused: str | None = None


@dataclass(frozen=True)
class FileFacts:
    """What is known of an uploaded file. ``details`` holds width, height (pixels), duration (seconds), entries."""

    id: str
    kind: str
    mime_type: str
    size: int
    status: str
    details: dict[str, Any]

    def measure(self) -> Measure:
        known = {name: self.details[name] for name in MEASURED if name in self.details}
        return Measure(kind=Kind(self.kind), mime_type=self.mime_type, size=self.size, **known)


@dataclass(frozen=True)
class Call:
    """A call whose parameters and ports are right; its files are still to be looked up."""

    tool: Tool
    params: ToolParams
    files: dict[str, list[str]]
    texts: dict[str, str]

    @property
    def file_ids(self) -> list[str]:
        return sorted({each for ids in self.files.values() for each in ids})

    @property
    def given(self) -> frozenset[str]:
        """Names of the ports that carry something."""
        return frozenset([*self.files, *self.texts])

    @property
    def fingerprint(self) -> str:
        """Digest of everything that a price depends on; a quote is for exactly this."""
        canonical = [self.tool.id, self.tool.version, self.params.model_dump(mode="json"), self.files, self.texts]
        return hashlib.sha256(json.dumps(canonical, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Charge:
    """``credits`` is the ceiling; ``breakdown`` explains it as ``{label, credits}`` lines."""

    credits: int
    breakdown: list[dict[str, Any]]


def find(catalogue: Catalogue, tool_id: str) -> Tool:
    """The tool, hidden ones too; raises ``NotFound``."""
    found = catalogue.get(tool_id)
    if found is None:
        raise NotFound(what="tool")
    return found


def parse(tool: Tool, inputs: dict[str, Any], parameters: dict[str, Any]) -> Call:
    """Check parameters and ports; raises ``InvalidInput`` that lists every problem by path."""
    errors: list[dict[str, str]] = []
    params = _params(tool, parameters, errors)
    files: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    known = {port.name: port for port in tool.inputs}
    for name in inputs.keys() - known.keys():
        has = ", ".join(sorted(known))
        errors.append(wrong(f"inputs.{name}", f"未知输入;此工具的输入有 {has}", f"unknown input; this tool has {has}"))
    for port in tool.inputs:
        _read_port(port, inputs.get(port.name), files, texts, errors)
    if tool.one_of and sum(inputs.get(name) is not None for name in tool.one_of) != 1:
        zh, en = f"须在 {'、'.join(tool.one_of)} 中给出一个", f"exactly one of {' and '.join(tool.one_of)} is wanted"
        errors.append(wrong("inputs", zh, en))
    if errors or params is None:
        raise InvalidInput(errors=errors)
    return Call(tool=tool, params=params, files=files, texts=texts)


def price(call: Call, facts: dict[str, FileFacts], configuration: Configuration) -> Charge:
    """Check the files against the ports and price the call; raises ``ToolDisabled``, ``ToolPaused``, ``NotFound``,
    ``FileRejected``, ``InvalidInput``, ``CheckpointNeeded`` or whatever the tool's own ``check`` knows to fail."""
    check_offered(call.tool, configuration)
    measures = _measures(call, facts)
    call.tool.check(measures, call.params)
    if call.tool.paints(call.given, call.params) == "must" and not configuration.checkpoint:
        raise CheckpointNeeded(port=picture_port(call.tool))
    return charge(call.tool, measures, call.params, configuration)


def check_offered(tool: Tool, configuration: Configuration) -> None:
    """Raises ``ToolDisabled`` or ``ToolPaused`` where the operator has decided so."""
    if not configuration.enabled:
        raise ToolDisabled(tool=tool.id)
    if configuration.paused is not None:
        raise ToolPaused(tool=tool.id, reason=configuration.paused, retry_after=60.0)


def charge(tool: Tool, measures: Measures, params: ToolParams, configuration: Configuration) -> Charge:
    """What the tool asks for a call with inputs of these measures, as the operator has configured it."""
    declared = tool.price(measures, params)
    if not configuration.checkpoint:
        declared = Price(tuple(line for line in declared.lines if line[0] != PAINTING))
    credits = max(1, math.ceil(declared.credits * configuration.price_factor)) if configuration.price_factor else 0
    lines = [{"label": label, "credits": amount} for label, amount in declared.lines]
    if credits != declared.credits:
        lines.append({"label": "operator", "credits": credits - declared.credits})
    return Charge(credits=credits, breakdown=lines)


def _params(tool: Tool, parameters: dict[str, Any], errors: list[dict[str, str]]) -> ToolParams | None:
    try:
        return tool.params.model_validate(parameters)
    except ValidationError as invalid:
        for each in invalid.errors():
            path = ".".join(str(part) for part in ("parameters", *each["loc"]))
            errors.append(wrong(path, field_message_zh(each), each["msg"]))
    return None


def _read_port(
    port: Port, given: Any, files: dict[str, list[str]], texts: dict[str, str], errors: list[dict[str, str]]
) -> None:
    path = f"inputs.{port.name}"
    if given is None:
        if port.required:
            errors.append(wrong(path, "必填", "this input is required"))
        return
    if Kind.text in port.kinds:
        _read_text(port, given, texts, errors)
        return
    ids = given if port.many and isinstance(given, list) else [given]
    if not all(isinstance(each, str) for each in ids):
        zh, en = (
            ("应为文件 ID 的列表", "file ids are wanted") if port.many else ("应为一个文件 ID", "one file id is wanted")
        )
        errors.append(wrong(path, zh, en))
    elif not 1 <= len(ids) <= port.most:
        errors.append(wrong(path, f"应有 1 至 {port.most} 个文件", f"1 to {port.most} files are wanted"))
    else:
        files[port.name] = list(ids)


def _read_text(port: Port, given: Any, texts: dict[str, str], errors: list[dict[str, str]]) -> None:
    if not isinstance(given, str) or not given.strip() or len(given) > MAX_TEXT:
        zh, en = f"应为 1 至 {MAX_TEXT} 个字符的文字", f"text of 1 to {MAX_TEXT} characters is wanted"
        errors.append(wrong(f"inputs.{port.name}", zh, en))
    else:
        texts[port.name] = given


def _measures(call: Call, facts: dict[str, FileFacts]) -> Measures:
    measures: Measures = {}
    for port in call.tool.inputs:
        for file_id in call.files.get(port.name, []):
            if file_id not in facts:
                raise NotFound(what=f"file {file_id}")
            found = facts[file_id]
            if found.status == "rejected":
                raise FileRejected(file=file_id, reason="virus scan")
            if found.kind not in _taken(port):
                raise InvalidInput(errors=[_of_wrong_kind(port, found)])
            measures.setdefault(port.name, []).append(found.measure())
        if port.name in call.texts:
            text = call.texts[port.name]
            measures[port.name] = [Measure(Kind.text, "text/plain", len(text.encode()), characters=len(text))]
    return measures


def _taken(port: Port) -> set[str]:
    """Kinds of files that go into a port: a file of plain text is a document, too."""
    kinds = {str(kind) for kind in port.kinds}
    return kinds | {str(Kind.text)} if Kind.document in port.kinds else kinds


def _of_wrong_kind(port: Port, found: FileFacts) -> dict[str, str]:
    wanted = " | ".join(port.kinds)
    return wrong(
        f"inputs.{port.name}",
        f"应为 {wanted};{found.id} 是 {found.kind}({found.mime_type})",
        f"{wanted} is wanted; {found.id} is {found.kind} ({found.mime_type})",
    )
