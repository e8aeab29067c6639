"""The types of nodes: for each its parameters, its ports, and the words by which an editor shows it.

A type that a graph may hold is one entry of ``NODE_TYPES``; validation, the endpoint of the editor and, later, the run
all read it from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from .graph import Node
from .ports import ANY, KINDS, PARAMETER, GraphPort, Tools

ONE = GraphPort("value", ANY)
Ports = tuple[GraphPort, ...]
Describe = Callable[[Node, Tools], tuple[Ports, Ports]]
"""A node's input and output ports."""


class Parameters(BaseModel):
    """Of a node type. A field of type ``Expression`` is CEL over ``value`` and ``inputs``."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cel:
    """Marks a parameter as an expression; ``variables`` are those that it may use."""

    def __init__(self, *variables: str) -> None:
        self.variables = frozenset(variables)


Expression = Annotated[str, Field(min_length=1, max_length=2_000), Cel("value", "inputs")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,4000}$")]


class NoParameters(Parameters):
    pass


class InputParameters(Parameters):
    name: Name = Field(description="By which a run gives it.")
    kind: Literal["image", "video", "audio", "archive", "text", "document", "number", "boolean", "json"] = Field(
        "image", description="What it carries."
    )
    many: bool = Field(False, description="A list of them.")
    required: bool = Field(True, description="Whether a run must give it.")
    default: Any = Field(None, description="Taken where a run gives none.")


class OutputParameters(Parameters):
    name: Name = Field(description="Under which the run shows it.")


class ConditionParameters(Parameters):
    expression: Expression = Field(description="CEL; true or false decides by which port the value leaves.")


class Case(Parameters):
    name: Name
    expression: Expression


class SwitchParameters(Parameters):
    cases: Annotated[list[Case], Field(min_length=1, max_length=50)]


class TransformParameters(Parameters):
    expression: Expression = Field(description="CEL over value and inputs; its result leaves by the port result.")
    kind: Literal["json", "text", "number", "boolean"] = Field("json", description="What the result is.")


class MapParameters(Parameters):
    concurrency: int = Field(4, ge=1, le=50, description="How many items are worked on at once.")
    on_error: Literal["stop", "skip"] = Field("stop", description="skip leaves a failed item out.")


class LoopParameters(Parameters):
    until: Expression = Field(description="CEL over value, what the last round gave; true ends the loop.")
    most: int = Field(10, ge=1, le=100, description="Rounds at most.")


class PipelineParameters(Parameters):
    pipeline_id: str | None = Field(None, max_length=64, description="Whose published graph is run.")


class WaitParameters(Parameters):
    seconds: float | None = Field(None, gt=0, le=86_400 * 365, description="How long.")
    until: str | None = Field(None, description="Or a time in ISO 8601 with its zone.")


class ApprovalParameters(Parameters):
    title: str = Field("", max_length=200, description="What the person is asked.")
    days: float = Field(7, gt=0, le=365, description="After which it counts as refused.")


class HttpParameters(Parameters):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field("GET", description="What is asked.")
    url: str = Field(pattern=r"^https?://", max_length=2_000, description="Whom; a public address.")
    headers: dict[HeaderName, HeaderValue] = Field({}, max_length=30, description="Sent along.")
    seconds: float = Field(30, gt=0, le=120, description="How long an answer may take.")


class NotifyParameters(Parameters):
    channel: Literal["mail", "event"] = Field("event", description="How the owner is told.")
    message: str = Field(min_length=1, max_length=2_000, description="What is told.")


@dataclass(frozen=True)
class NodeType:
    """A declared type. ``titles`` and ``descriptions`` by language; ``color`` is a CSS color for the editor."""

    name: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    color: str
    parameters: type[Parameters]
    ports: Describe
    nested: bool = False
    """Whether the node has a graph of its own."""


def _ports(inputs: Ports, outputs: Ports) -> Describe:
    return lambda node, tools: (inputs, outputs)


def _input(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    kind = node.parameters.get("kind", "image")
    kinds = frozenset({kind}) if kind in KINDS else ANY
    return (), (GraphPort("value", kinds, many=bool(node.parameters.get("many"))),)


def _http(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    outputs = (GraphPort("body", ANY), GraphPort("status", frozenset({"number"}), required=False))
    return (GraphPort("value", ANY, required=False),), (*outputs, *_error(node))


def _error(node: Node) -> Ports:
    """The port by which a failure leaves, where that is wanted."""
    return (GraphPort("error", frozenset({"json"}), required=False),) if node.on_error == "branch" else ()


def _nested(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    """Ports named by the inputs and outputs of the node's own graph."""
    inner = node.graph.nodes if node.graph else []
    named = [(each, str(each.parameters.get("name", ""))) for each in inner]
    inputs = tuple(
        GraphPort(name, port.kinds, port.many, required=_wanted(each))
        for each, name in named
        if each.type == "input"
        for port in _input(each, tools)[1]
    )
    return inputs, tuple(GraphPort(name, ANY) for each, name in named if each.type == "output")


def _wanted(node: Node) -> bool:
    return node.parameters.get("required", True) is True and node.parameters.get("default") is None


def _switch(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    cases = node.parameters.get("cases")
    names = [str(each.get("name")) for each in cases if isinstance(each, dict)] if isinstance(cases, list) else []
    return (ONE,), tuple(GraphPort(name, ANY) for name in [*names, "otherwise"])


def _transform(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    kind = node.parameters.get("kind", "json")
    inputs = (GraphPort("value", ANY, required=False), GraphPort("inputs", ANY, required=False, several=True))
    return inputs, (GraphPort("result", frozenset({kind}) if kind in KINDS else ANY),)


def _tool(node: Node, tools: Tools) -> tuple[Ports, Ports]:
    """Its own ports, and one for every parameter; ``error`` where that is wanted."""
    shape = tools.shape(node.tool or "")
    if shape is None:
        return (), ()
    settable = tuple(GraphPort(f"{PARAMETER}{name}", ANY, required=False) for name in sorted(shape.parameters))
    data = GraphPort("data", frozenset({"json"}), required=False)
    return shape.inputs + settable, (*shape.outputs, data, *_error(node))


LISTED = GraphPort("items", ANY, many=True)

NODE_TYPES: dict[str, NodeType] = {
    each.name: each
    for each in (
        NodeType("tool", {"zh": "工具", "en": "Tool"}, {"zh": "运行一个工具。", "en": "Runs a tool."},
                 "#2563eb", NoParameters, _tool),
        NodeType("input", {"zh": "输入", "en": "Input"}, {"zh": "运行时给出的值。", "en": "What a run is given."},
                 "#16a34a", InputParameters, _input),
        NodeType("output", {"zh": "输出", "en": "Output"}, {"zh": "运行的结果。", "en": "What a run shows."},
                 "#16a34a", OutputParameters, _ports((ONE,), ())),
        NodeType("condition", {"zh": "条件", "en": "Condition"},
                 {"zh": "按表达式走真或假。", "en": "Sends the value by true or by false."},
                 "#d97706", ConditionParameters,
                 _ports((ONE,), (GraphPort("true", ANY), GraphPort("false", ANY)))),
        NodeType("switch", {"zh": "分支", "en": "Switch"},
                 {"zh": "走第一个成立的分支。", "en": "Sends the value by the first case that holds."},
                 "#d97706", SwitchParameters, _switch),
        NodeType("map", {"zh": "逐个处理", "en": "For each"},
                 {"zh": "对列表中的每一项运行子图。", "en": "Runs its graph for every item of a list."},
                 "#7c3aed", MapParameters,
                 _ports((LISTED,), (LISTED, GraphPort("errors", frozenset({"json"}), many=True))), nested=True),
        NodeType("collect", {"zh": "汇集", "en": "Collect"},
                 {"zh": "把多个值合成列表。", "en": "Makes one list of several values."},
                 "#7c3aed", NoParameters, _ports((GraphPort("values", ANY, several=True),), (LISTED,))),
        NodeType("join", {"zh": "汇合", "en": "Join"},
                 {"zh": "任一分支到达即继续。", "en": "Goes on with the first branch that arrives."},
                 "#d97706", NoParameters, _ports((GraphPort("values", ANY, several=True),), (ONE,))),
        NodeType("loop", {"zh": "循环", "en": "Loop"},
                 {"zh": "重复子图,直到条件成立。", "en": "Repeats its graph until an expression holds."},
                 "#7c3aed", LoopParameters, _ports((ONE,), (ONE,)), nested=True),
        NodeType("pipeline", {"zh": "子流程", "en": "Sub-pipeline"},
                 {"zh": "运行另一个流程。", "en": "Runs another pipeline."},
                 "#7c3aed", PipelineParameters, _nested, nested=True),
        NodeType("wait", {"zh": "等待", "en": "Wait"},
                 {"zh": "等一段时间或到某个时刻。", "en": "Waits for a time, or until one."},
                 "#64748b", WaitParameters, _ports((ONE,), (ONE,))),
        NodeType("approval", {"zh": "人工审批", "en": "Approval"},
                 {"zh": "等人同意后继续。", "en": "Goes on when a person agrees."},
                 "#dc2626", ApprovalParameters,
                 _ports((ONE,), (GraphPort("approved", ANY), GraphPort("refused", ANY)))),
        NodeType("transform", {"zh": "变换", "en": "Transform"},
                 {"zh": "用表达式计算一个值。", "en": "Computes a value by an expression."},
                 "#0891b2", TransformParameters, _transform),
        NodeType("http", {"zh": "HTTP 请求", "en": "HTTP call"},
                 {"zh": "请求一个公网地址。", "en": "Asks a public address."},
                 "#0891b2", HttpParameters, _http),
        NodeType("notify", {"zh": "通知", "en": "Notify"},
                 {"zh": "通知所有者。", "en": "Tells the owner."},
                 "#64748b", NotifyParameters, _ports((ONE,), (ONE,))),
    )
}  # fmt: skip
