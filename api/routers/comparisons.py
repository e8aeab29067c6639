"""Comparisons: one input through several models, side by side."""

from fastapi.responses import JSONResponse

from models.repositories.comparisons import Comparisons

from ..comparing_models import SubmitComparison
from ..deps import JobsReader, Platform
from ..paging import Limit, page
from ..routing import Router
from ..schemas.comparisons import ComparisonPage, ComparisonRequest, ComparisonView, comparison_view

router = Router(prefix="/api", tag="models")


@router.post(
    "/models/compare", status_code=202, response_model=ComparisonView, responses={200: {"model": ComparisonView}}
)
async def create_comparison(body: ComparisonRequest, submit: SubmitComparison) -> JSONResponse:
    """Give one input to two to eight models of a tool: 202, or 200 with all results (``Prefer: wait=N``).

    Each is a job of its own and costs what it costs; all are opened or none. A failed one costs nothing.
    """
    return await submit.create(body)


@router.get("/comparisons")
async def list_comparisons(
    caller: JobsReader, platform: Platform, limit: Limit = 50, cursor: str = ""
) -> ComparisonPage:
    """The account's comparisons, newest first."""
    async with platform.database.transaction() as session:
        found = await Comparisons(session).list(caller.account_id, limit + 1, cursor or None)
    rows, next_cursor = page(found, limit, lambda each: each.id)
    return ComparisonPage(data=[comparison_view(each, caller.language) for each in rows], next_cursor=next_cursor)


@router.get("/comparisons/{comparison_id}")
async def get_comparison(comparison_id: str, caller: JobsReader, platform: Platform) -> ComparisonView:
    """What each model made, how long it took and what it cost."""
    async with platform.database.transaction() as session:
        found = await Comparisons(session).get(caller.account_id, comparison_id)
    return comparison_view(found, caller.language)
