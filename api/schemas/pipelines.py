"""Bodies of saved pipelines, of their versions, and of the templates that they may begin with."""

from datetime import datetime
from typing import Annotated, Any

import pydantic_core
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from activities.graph_tools import GraphTools
from models.errors import InvalidInput, wrong
from models.graphs.editing import Operations
from models.graphs.graph import Graph
from models.graphs.templates import Template, template_of
from models.repositories.pipelines import Saved
from models.tables import Pipeline, PipelineVersion

from .base import Body, Label, View
from .graphs import ValidationView

FORMAT, FORMAT_VERSION = "workshop.pipeline", 1
"""By which a file of a pipeline is known."""
UNTITLED = {"zh": "未命名流程", "en": "Untitled pipeline"}

Description = Annotated[str, Field(max_length=2_000)]
Note = Annotated[str, Field(max_length=500, description="What is new in this version.")]
Version = Annotated[int, Field(ge=1, le=2_000_000_000)]


class NewPipeline(Body):
    """A drawing of one's own, or a template's with its title and description where none are given."""

    name: Label | None = None
    description: Description | None = None
    graph: Graph | None = None
    template_id: str | None = Field(None, max_length=64)
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


class TemplateRow(View):
    """``available``: whether every tool that it uses is switched on."""

    id: str
    title: str
    description: str
    category: str
    tags: tuple[str, ...]
    tools: list[str]
    available: bool


class TemplateList(View):
    data: list[TemplateRow]
    next_cursor: str | None = None


class TemplateView(TemplateRow):
    """With its drawing."""

    graph: dict[str, Any]


def template_row(template: Template, tools: GraphTools, language: str) -> TemplateRow:
    """A template in the caller's language."""
    return TemplateRow(
        id=template.id,
        title=template.title.of(language),
        description=template.description.of(language),
        category=template.category,
        tags=template.tags,
        tools=template.tools,
        available=all(tools.shape(tool) for tool in template.tools),
    )


def beginning(new: NewPipeline, language: str) -> tuple[str, str, Graph]:
    """Name, description and drawing of a new pipeline; raises ``NotFound`` and ``InvalidInput``."""
    if new.template_id is None:
        return new.name or UNTITLED[language], new.description or "", new.graph or Graph()
    if new.graph is not None:
        zh, en = "graph 与 template_id 只能给出其一", "give graph or template_id, not both"
        raise InvalidInput(errors=[wrong("template_id", zh, en)])
    template = template_of(new.template_id)
    said = template.description.of(language) if new.description is None else new.description
    return new.name or template.title.of(language), said, template.graph


def pipeline_view(saved: Saved, judged: ValidationView) -> PipelineView:
    """A pipeline with its newest drawing and what was found wrong with it."""
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


def version_view(saved: Saved, judged: ValidationView) -> VersionView:
    """One version with its drawing and what was found wrong with it."""
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
