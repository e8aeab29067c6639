"""Bodies of pipelines."""

from datetime import datetime
from typing import Annotated, Any

import pydantic_core
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from activities.graph_tools import GraphTools
from activities.tools.base import Tool
from models.graphs.editing import Operations
from models.graphs.graph import Graph, Node
from models.graphs.nodes import NODE_TYPES, NodeType
from models.graphs.ports import GraphPort
from models.graphs.validation import GraphError, validate
from models.repositories.pipelines import Saved
from models.tables import Pipeline, PipelineVersion

from .base import Body, Label, View

TOOL_COLORS = {"image": "#2563eb", "video": "#db2777", "text": "#059669", "audio": "#ea580c"}

FORMAT, FORMAT_VERSION = "workshop.pipeline", 1
"""By which a file of a pipeline is known."""

Description = Annotated[str, Field(max_length=2_000)]
Note = Annotated[str, Field(max_length=500, description="What is new in this version.")]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]


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


class NewPipeline(Body):
    """Without a graph an empty drawing, without a name an untitled one."""

    name: Label | None = None
    description: Description = ""
    graph: Graph | None = None
    note: Note = ""


class PipelineChange(Body):
    """What is left out stays as it is. ``base_version``: the version that was drawn on; saving over another is 409."""

    name: Label | None = None
    description: Description | None = None
    graph: Graph | None = None
    base_version: Version | None = None
    note: Note = ""


class GraphChange(Body):
    """Operations on the version ``base_version``: all of them, in order, or none."""

    base_version: Version
    operations: Operations
    note: Note = ""


class Publishing(Body):
    """The newest version by default."""

    version: Version | None = None


class Restoring(Body):
    version: Version


class Copying(Body):
    name: Label | None = None


def _known(wanted: object) -> AfterValidator:
    def check(found: Any) -> Any:
        if found != wanted:
            context = {"found": found, "wanted": f"{FORMAT} {FORMAT_VERSION}"}
            raise PydanticCustomError("unknown_format", "{found} cannot be read here; {wanted} can", context)
        return found

    return AfterValidator(check)


class PipelineFile(Body):
    """A pipeline as a file, by which it goes from one workshop to another."""

    format: Annotated[str, _known(FORMAT)]
    format_version: Annotated[int, _known(FORMAT_VERSION)]
    name: Label
    description: Description = ""
    graph: Graph


class PipelineRow(View):
    """``version`` is the newest draft; ``published_version`` what runs take, null before the first publishing."""

    id: str
    name: str
    description: str
    version: int
    published_version: int | None
    created_at: datetime
    updated_at: datetime


class PipelinePage(View):
    data: list[PipelineRow]
    next_cursor: str | None


class PipelineView(PipelineRow, ValidationView):
    """With the drawing of the newest version and what is still wrong with it."""

    graph: dict[str, Any]
    note: str


class VersionRow(View):
    version: int
    published: bool
    note: str
    created_at: datetime


class VersionPage(View):
    data: list[VersionRow]
    next_cursor: str | None


class VersionView(VersionRow, ValidationView):
    """With its drawing."""

    graph: dict[str, Any]


def pipeline_view(saved: Saved, tools: GraphTools, language: str) -> PipelineView:
    """A pipeline with its newest drawing, judged by the catalogue of today."""
    judged = errors_view(validate(saved.graph, tools), language)
    row = PipelineRow.model_validate(saved.pipeline)
    drawing = saved.drawing
    return PipelineView(**row.model_dump(), **dict(judged), graph=drawing.graph, note=drawing.note)


def version_row(pipeline: Pipeline, drawing: PipelineVersion) -> VersionRow:
    return VersionRow(
        version=drawing.version,
        published=drawing.version == pipeline.published_version,
        note=drawing.note,
        created_at=drawing.created_at,
    )


def version_view(saved: Saved, tools: GraphTools, language: str) -> VersionView:
    """One version with its drawing, judged by the catalogue of today."""
    judged = errors_view(validate(saved.graph, tools), language)
    row = version_row(saved.pipeline, saved.drawing)
    return VersionView(**row.model_dump(), **dict(judged), graph=saved.drawing.graph)


def pipeline_file(saved: Saved) -> bytes:
    """``PipelineFile`` as JSON for people's eyes, too."""
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "name": saved.pipeline.name,
        "description": saved.pipeline.description,
        "graph": saved.drawing.graph,
    }
    return pydantic_core.to_json(content, indent=2)


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
