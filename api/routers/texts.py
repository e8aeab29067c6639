"""Texts: what was written for me, and briefs that I keep to have more written of them."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from activities.tools.base import Catalogue, Kind
from activities.tools.parsing import find, parse
from models.errors import InvalidInput, wrong
from models.repositories.texts import Texts, filled
from models.tables import Job

from ..beginning import Wishes
from ..deps import JobsReader, JobsWriter, Platform, Work
from ..execution import Submit
from ..idempotency import Once
from ..paging import Limit, page
from ..routing import Router
from ..schemas.jobs import ExecuteRequest, JobView
from ..schemas.texts import (
    NewTextTemplate,
    TextTemplateChange,
    TextTemplatePage,
    TextTemplateUse,
    TextTemplateView,
    WrittenPage,
    template_view,
    written_view,
)

router = Router(prefix="/api/texts", tag="texts")

Search = Annotated[str | None, Query(max_length=200)]


@router.get("")
async def list_texts(
    caller: JobsReader,
    platform: Platform,
    limit: Limit = 50,
    cursor: str = "",
    q: Search = None,
    tool_id: str | None = None,
) -> WrittenPage:
    """What the tools of texts wrote for the account, newest first; ``q`` searches briefs and texts."""
    tools = [each for each in writing(platform.catalogue) if tool_id in (None, each)]
    async with platform.database.transaction() as session:
        jobs = await Texts(session).written(caller.account_id, tools, limit + 1, cursor or None, q)
    rows, next_cursor = page(jobs, limit, lambda job: job.id)
    return WrittenPage(data=[written_view(job) for job in rows], next_cursor=next_cursor)


@router.post("/templates", status_code=201, response_model=TextTemplateView)
async def keep_template(caller: JobsWriter, body: NewTextTemplate, platform: Platform, once: Once) -> JSONResponse:
    """Keep a brief under a name; parameters that the tool would refuse are refused now."""
    _checked(platform.catalogue, body.tool_id, body.parameters)
    async with platform.database.transaction() as session:
        replayed = await once.replay(session)
        if replayed is not None:
            return replayed
        kept = await Texts(session).keep(
            caller.account_id, caller.user_id, body.name, body.tool_id, body.text, body.parameters
        )
        return await once.answer(session, template_view(kept), 201)


@router.get("/templates")
async def list_templates(
    caller: JobsReader, platform: Platform, limit: Limit = 50, cursor: str = "", q: Search = None
) -> TextTemplatePage:
    """Kept briefs, newest first."""
    async with platform.database.transaction() as session:
        found = await Texts(session).list(caller.account_id, limit + 1, cursor or None, q)
    rows, next_cursor = page(found, limit, lambda row: row.id)
    return TextTemplatePage(data=[template_view(row) for row in rows], next_cursor=next_cursor)


@router.get("/templates/{text_template_id}")
async def get_template(text_template_id: str, caller: JobsReader, work: Work) -> TextTemplateView:
    """One kept brief with the names of its blanks."""
    return template_view(await Texts(work.session).get(caller.account_id, text_template_id))


@router.patch("/templates/{text_template_id}")
async def change_template(
    text_template_id: str, caller: JobsWriter, body: TextTemplateChange, work: Work, platform: Platform
) -> TextTemplateView:
    """Another name, text or parameters."""
    kept = await Texts(work.session).get(caller.account_id, text_template_id)
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    _checked(platform.catalogue, kept.tool_id, changes.get("parameters", {}))
    return template_view(await Texts(work.session).change(caller.account_id, text_template_id, changes))


@router.delete("/templates/{text_template_id}", status_code=204)
async def forget_template(text_template_id: str, caller: JobsWriter, work: Work) -> None:
    """It is gone; texts that were written of it stay."""
    await Texts(work.session).forget(caller.account_id, text_template_id)


@router.post(
    "/templates/{text_template_id}/execute",
    status_code=202,
    response_model=JobView,
    responses={200: {"model": JobView}},
)
async def use_template(text_template_id: str, body: TextTemplateUse, submit: Submit) -> JSONResponse:
    """Have a text written of a kept brief, its blanks filled: a job as of the tool itself."""

    async def open_it(session: AsyncSession, wish: Wishes) -> Job:
        kept = await Texts(session).get(submit.caller.account_id, text_template_id)
        port = _port(submit.parts.catalogue, kept.tool_id)
        request = ExecuteRequest(
            inputs={port: filled(kept.text, body.fields)}, parameters=kept.parameters | body.parameters
        )
        return await submit.open(session, kept.tool_id, request, wish)

    return await submit.answer("texts", open_it)


def writing(catalogue: Catalogue) -> list[str]:
    """Ids of the tools that make texts of texts."""
    return [tool.id for tool in catalogue.all() if tool.category in {"text", "audio"} and not tool.hidden]


def _port(catalogue: Catalogue, tool_id: str) -> str:
    """The port that takes a tool's main text; raises ``InvalidInput`` for a tool without one."""
    tool = find(catalogue, tool_id)
    for port in tool.inputs:
        if Kind.text in port.kinds:
            return port.name
    raise InvalidInput(errors=[wrong("tool_id", "此工具不接受文字", "this tool takes no text")])


def _checked(catalogue: Catalogue, tool_id: str, parameters: dict[str, object]) -> None:
    parse(find(catalogue, tool_id), {_port(catalogue, tool_id): "x"}, parameters)
