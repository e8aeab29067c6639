"""The catalogue, quotes and execution."""

from fastapi.responses import JSONResponse

from activities.ordering import decided, price_call
from activities.tools.parsing import find, parse
from models.repositories.tools import Tools

from ..deps import JobsWriter, Language, Platform
from ..execution import Submit
from ..routing import Router
from ..schemas.jobs import ExecuteRequest, JobView
from ..schemas.tools import QuoteRequest, QuoteView, ToolList, ToolView, view

router = Router(prefix="/api/tools", tag="tools")


@router.get("")
async def list_tools(platform: Platform, language: Language) -> ToolList:
    """Every tool in the caller's language; needs no login."""
    async with platform.database.transaction() as session:
        rows = await Tools(session).configurations()
    shown = [each for each in platform.catalogue.all() if not each.hidden]
    return ToolList(data=[view(each, decided(rows.get(each.id), platform.settings), language) for each in shown])


@router.get("/{tool_id}")
async def get_tool(tool_id: str, platform: Platform, language: Language) -> ToolView:
    """One tool; needs no login."""
    tool = find(platform.catalogue, tool_id)
    async with platform.database.transaction() as session:
        row = await Tools(session).configuration(tool_id)
    return view(tool, decided(row, platform.settings), language)


@router.post("/{tool_id}/quote")
async def quote(tool_id: str, body: QuoteRequest, caller: JobsWriter, platform: Platform) -> QuoteView:
    """What exactly this call would cost at most, promised for 15 minutes."""
    tool = find(platform.catalogue, tool_id)
    call = parse(tool, body.inputs, platform.library.applied(body.model, tool_id, body.parameters))
    async with platform.database.transaction() as session:
        priced = await price_call(session, platform.settings, caller.account_id, call)
        credits, lines = priced.credits, priced.breakdown
        promised = await Tools(session).quote(caller.account_id, tool_id, call.fingerprint, credits, lines)
    return QuoteView(quote_id=promised.id, credits=credits, breakdown=lines, expires_at=promised.expires_at)


@router.post("/{tool_id}/execute", status_code=202, response_model=JobView, responses={200: {"model": JobView}})
async def execute(tool_id: str, body: ExecuteRequest, submit: Submit) -> JSONResponse:
    """Open a job: 202 with the job, or 200 with the finished one under ``Prefer: wait=N``."""
    return await submit.answer(tool_id, lambda session, wish: submit.open(session, tool_id, body, wish))
