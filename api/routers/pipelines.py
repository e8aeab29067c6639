"""Pipelines: what a visual editor draws with, what is wrong with a drawing, and the drawings that were saved."""

from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from models.filenames import disposition, for_saving
from models.graphs.editing import apply
from models.graphs.nodes import NODE_TYPES
from models.graphs.templates import template_of, templates
from models.repositories.pipelines import Pipelines

from ..deps import JobsReader, JobsWriter, Platform, Work
from ..idempotency import Once
from ..judging import GraphCatalogue, Judging
from ..paging import Limit, page
from ..routing import Router
from ..schemas.graphs import GraphBody, NodeTypeList, ValidationView, plain_node, tool_node
from ..schemas.pipelines import (
    Copying,
    GraphChange,
    NewPipeline,
    PipelineChange,
    PipelineFile,
    PipelinePage,
    PipelineRow,
    PipelineView,
    Publishing,
    Restoring,
    TemplateList,
    TemplateView,
    Version,
    VersionPage,
    VersionView,
    beginning,
    pipeline_file,
    pipeline_view,
    template_row,
    version_row,
    version_view,
)

COPY = {"zh": "{name:.97} 副本", "en": "{name:.93} (copy)"}
RESTORED = {"zh": "恢复自第 {version} 版", "en": "Restored from version {version}"}

router = Router(prefix="/api/pipelines", tag="pipelines")


@router.get("/nodes")
async def list_nodes(caller: JobsReader, platform: Platform, tools: GraphCatalogue) -> NodeTypeList:
    """Every node with its ports, schema, title and color: the flow first, then the tools."""
    flow = [plain_node(each, tools, caller.language) for each in NODE_TYPES.values() if each.name != "tool"]
    shown = [each for each in platform.catalogue.all() if not each.hidden and tools.shape(each.id)]
    return NodeTypeList(data=[*flow, *(tool_node(each, tools, caller.language) for each in shown)])


@router.post("/validate")
async def validate_graph(caller: JobsReader, body: GraphBody, judge: Judging) -> ValidationView:
    """Everything that is wrong with a graph; 200 also for a bad one."""
    return await judge.view(body.graph)


@router.get("/templates")
async def list_templates(
    caller: JobsReader,
    tools: GraphCatalogue,
    category: Literal["image", "video", "text"] | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> TemplateList:
    """Pipelines to begin with, without their drawings; ``q`` searches what they say of themselves and their tools."""
    found = [each for each in templates().values() if category in (None, each.category) and each.tells_of(q)]
    return TemplateList(data=[template_row(each, tools, caller.language) for each in found])


@router.get("/templates/{template_id}")
async def get_template(caller: JobsReader, template_id: str, tools: GraphCatalogue) -> TemplateView:
    """A template with its drawing; ``POST /api/pipelines {template_id}`` saves it as one's own."""
    template = template_of(template_id)
    row = template_row(template, tools, caller.language)
    return TemplateView(**row.model_dump(), graph=template.graph.as_json())


@router.post("", status_code=201, response_model=PipelineView)
async def create_pipeline(
    caller: JobsWriter, body: NewPipeline, work: Work, judge: Judging, once: Once
) -> JSONResponse:
    """Save a new pipeline, drawn by hand or from a template; one with mistakes may be saved, and they are listed."""
    replayed = await once.replay(work.session)
    if replayed is not None:
        return replayed
    saved = await Pipelines(work.session).create(
        caller.account_id, caller.user_id, *beginning(body, caller.language), body.note
    )
    return await once.answer(work.session, pipeline_view(saved, await judge.view(saved.graph)), 201)


@router.post("/import", status_code=201, response_model=PipelineView)
async def import_pipeline(
    caller: JobsWriter, body: PipelineFile, work: Work, judge: Judging, once: Once
) -> JSONResponse:
    """Save a pipeline that was exported, here or elsewhere."""
    replayed = await once.replay(work.session)
    if replayed is not None:
        return replayed
    saved = await Pipelines(work.session).create(
        caller.account_id, caller.user_id, body.name, body.description, body.graph
    )
    return await once.answer(work.session, pipeline_view(saved, await judge.view(saved.graph)), 201)


@router.get("")
async def list_pipelines(
    caller: JobsReader,
    work: Work,
    limit: Limit = 50,
    cursor: str = "",
    q: Annotated[str | None, Query(max_length=200)] = None,
) -> PipelinePage:
    """The account's pipelines, newest first; ``q`` searches names and descriptions."""
    found = await Pipelines(work.session).list(caller.account_id, limit + 1, cursor or None, q)
    rows, next_cursor = page(found, limit, lambda row: row.id)
    return PipelinePage(data=[PipelineRow.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/{pipeline_id}")
async def get_pipeline(caller: JobsReader, pipeline_id: str, work: Work, judge: Judging) -> PipelineView:
    """A pipeline with its newest drawing and what is still wrong with it."""
    saved = await Pipelines(work.session).get(caller.account_id, pipeline_id)
    return pipeline_view(saved, await judge.view(saved.graph))


@router.put("/{pipeline_id}")
async def save_pipeline(
    caller: JobsWriter, pipeline_id: str, body: PipelineChange, work: Work, judge: Judging
) -> PipelineView:
    """Save a drawing as the next version, or rename. 409 ``version_conflict`` carries the latest version and graph."""
    named = body.model_dump(include={"name", "description"}, exclude_none=True)
    saved = await Pipelines(work.session).save(
        caller.account_id, pipeline_id, lambda old: body.graph or old, body.base_version, body.note, **named
    )
    return pipeline_view(saved, await judge.view(saved.graph))


@router.patch("/{pipeline_id}/graph")
async def edit_graph(
    caller: JobsWriter, pipeline_id: str, body: GraphChange, work: Work, judge: Judging
) -> PipelineView:
    """Change the drawing by operations; 409 ``version_conflict`` carries the latest version and graph."""
    saved = await Pipelines(work.session).save(
        caller.account_id, pipeline_id, lambda old: apply(old, body.operations), body.base_version, body.note
    )
    return pipeline_view(saved, await judge.view(saved.graph))


@router.delete("/{pipeline_id}", status_code=204)
async def delete_pipeline(caller: JobsWriter, pipeline_id: str, work: Work) -> None:
    """Gone at once; runs that were begun go on."""
    await Pipelines(work.session).delete(caller.account_id, pipeline_id)


@router.post("/{pipeline_id}/publish")
async def publish_pipeline(
    caller: JobsWriter, pipeline_id: str, work: Work, judge: Judging, body: Publishing | None = None
) -> PipelineView:
    """Let runs take a version from now on; 422 ``invalid_graph`` lists what is wrong with one that cannot be run."""
    pipelines = Pipelines(work.session)
    await pipelines.publish(caller.account_id, pipeline_id, judge.mistakes, body.version if body else None)
    saved = await pipelines.get(caller.account_id, pipeline_id)
    return pipeline_view(saved, await judge.view(saved.graph))


@router.get("/{pipeline_id}/versions")
async def list_versions(
    caller: JobsReader,
    pipeline_id: str,
    work: Work,
    limit: Limit = 50,
    cursor: Annotated[str, Query(pattern="^[0-9]{0,9}$")] = "",
) -> VersionPage:
    """The versions that are kept: the newest 200 and the published one, newest first."""
    before = int(cursor) if cursor else None
    pipeline, found = await Pipelines(work.session).versions(caller.account_id, pipeline_id, limit + 1, before)
    rows, next_cursor = page(found, limit, lambda row: str(row.version))
    return VersionPage(data=[version_row(pipeline, row) for row in rows], next_cursor=next_cursor)


@router.get("/{pipeline_id}/versions/{version}")
async def get_version(
    caller: JobsReader, pipeline_id: str, version: Version, work: Work, judge: Judging
) -> VersionView:
    """One version with its drawing."""
    saved = await Pipelines(work.session).get(caller.account_id, pipeline_id, version)
    return version_view(saved, await judge.view(saved.graph))


@router.post("/{pipeline_id}/restore")
async def restore_version(
    caller: JobsWriter, pipeline_id: str, body: Restoring, work: Work, judge: Judging
) -> PipelineView:
    """Make the drawing of an old version the newest one; nothing in between is lost."""
    note = RESTORED[caller.language].format(version=body.version)
    saved = await Pipelines(work.session).restore(caller.account_id, pipeline_id, body.version, note)
    return pipeline_view(saved, await judge.view(saved.graph))


@router.post("/{pipeline_id}/duplicate", status_code=201, response_model=PipelineView)
async def duplicate_pipeline(
    caller: JobsWriter, pipeline_id: str, work: Work, judge: Judging, once: Once, body: Copying | None = None
) -> JSONResponse:
    """A new pipeline with the newest drawing of this one."""
    replayed = await once.replay(work.session)
    if replayed is not None:
        return replayed
    pipelines = Pipelines(work.session)
    old = await pipelines.get(caller.account_id, pipeline_id)
    name = (body and body.name) or COPY[caller.language].format(name=old.pipeline.name)
    saved = await pipelines.create(caller.account_id, caller.user_id, name, old.pipeline.description, old.graph)
    return await once.answer(work.session, pipeline_view(saved, await judge.view(saved.graph)), 201)


@router.get("/{pipeline_id}/export", response_class=Response)
async def export_pipeline(caller: JobsReader, pipeline_id: str, work: Work) -> Response:
    """The newest drawing as a file that ``/import`` takes."""
    saved = await Pipelines(work.session).get(caller.account_id, pipeline_id)
    name = f"{for_saving(saved.pipeline.name)}.pipeline.json"
    headers = {"Content-Disposition": disposition("attachment", name), "X-Content-Type-Options": "nosniff"}
    return Response(pipeline_file(saved), media_type="application/json", headers=headers)
