"""What an editor draws with, and what is wrong with a drawing."""

from typing import Any

from activities.graph_tools import GraphTools
from activities.tools.base import Tool
from models.graphs.graph import Graph, Node
from models.graphs.nodes import NODE_TYPES, NodeType
from models.graphs.ports import GraphPort
from models.graphs.validation import GraphError

from .base import Body, View

TOOL_COLORS = {"image": "#2563eb", "video": "#db2777", "text": "#059669", "audio": "#ea580c"}


class GraphBody(Body):
    graph: Graph


class GraphErrorView(View):
    """``path`` leads to the place in the graph's JSON; ``node`` and ``port`` are null where it is about neither."""

    code: str
    node: str | None
    port: str | None
    path: str
    message: str


class ValidationView(View):
    valid: bool
    errors: list[GraphErrorView]


class GraphPortView(View):
    """``kinds`` it carries; ``several`` takes more than one edge."""

    name: str
    kinds: list[str]
    many: bool
    required: bool
    several: bool


class NodeTypeView(View):
    """A node as an editor offers it. ``tool`` is set for nodes of type tool; ``parameters`` is a JSON Schema."""

    type: str
    tool: str | None
    title: str
    description: str
    category: str
    color: str
    inputs: list[GraphPortView]
    outputs: list[GraphPortView]
    parameters: dict[str, Any]
    examples: list[dict[str, Any]]
    nested: bool


class NodeTypeList(View):
    data: list[NodeTypeView]
    next_cursor: str | None = None


def errors_view(errors: list[GraphError], language: str) -> ValidationView:
    """What validation found, in the caller's language."""
    shown = [
        GraphErrorView(code=each.code, node=each.node, port=each.port, path=each.path, message=each.message(language))
        for each in errors
    ]
    return ValidationView(valid=not errors, errors=shown)


def tool_node(tool: Tool, tools: GraphTools, language: str) -> NodeTypeView:
    """A tool as a node, with the ports that set its parameters."""
    inputs, outputs = NODE_TYPES["tool"].ports(Node(id="x", type="tool", tool=tool.id), tools)
    return NodeTypeView(
        type="tool",
        tool=tool.id,
        title=tool.title.of(language),
        description=tool.description.of(language),
        category=tool.category,
        color=TOOL_COLORS.get(tool.category, NODE_TYPES["tool"].color),
        inputs=[_port(each) for each in inputs],
        outputs=[_port(each) for each in outputs],
        parameters=tool.params.model_json_schema(),
        examples=list(tool.examples),
        nested=False,
    )


def plain_node(declared: NodeType, tools: GraphTools, language: str) -> NodeTypeView:
    """A node type that is no tool; its ports as they are with default parameters."""
    inputs, outputs = declared.ports(Node(id="x", type=declared.name), tools)
    return NodeTypeView(
        type=declared.name,
        tool=None,
        title=declared.titles[language],
        description=declared.descriptions[language],
        category="flow",
        color=declared.color,
        inputs=[_port(each) for each in inputs],
        outputs=[_port(each) for each in outputs],
        parameters=declared.parameters.model_json_schema(),
        examples=[],
        nested=declared.nested,
    )


def _port(port: GraphPort) -> GraphPortView:
    return GraphPortView(
        name=port.name, kinds=sorted(port.kinds), many=port.many, required=port.required, several=port.several
    )
