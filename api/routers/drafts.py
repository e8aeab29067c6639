"""From a sentence to a draft of a pipeline."""

from fastapi.responses import JSONResponse

from ..drafting import Draft
from ..routing import Router
from ..schemas.drafts import DraftRequest, DraftView

router = Router(prefix="/api/pipelines", tag="pipelines")


@router.post("/draft", response_model=DraftView, responses={202: {"model": DraftView}})
async def draft(body: DraftRequest, drafting: Draft) -> JSONResponse:
    """A pipeline that does what a sentence says, to begin with; nothing is saved.

    A text provider draws it where there is one, else it is the template or tool that means it most likely.
    """
    return await drafting.draft(body)


@router.get("/draft/{job_id}")
async def get_draft(job_id: str, drafting: Draft) -> DraftView:
    """A draft as it stands, by the id of its job."""
    return await drafting.made(job_id)
