"""From a sentence to a draft of a pipeline: a job of a tool of its own, whose result is shown as a drawing."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from activities.drafting.offers import OfferKind, graph_of
from activities.graph_tools import GraphTools
from activities.tools.parsing import find
from activities.tools.pipeline_draft import ID
from models.errors import NotFound
from models.graphs.graph import Graph
from models.graphs.templates import templates
from models.graphs.validation import validate
from models.repositories.tools import Tools
from models.tables import Job

from .deps import JobsWriter, Platform
from .execution import Submission
from .idempotency import Once
from .schemas.drafts import DraftRequest, DraftView, NearView
from .schemas.jobs import ExecuteRequest, error_view

WORDS = {
    "template": {"zh": "最接近的模板是「{title}」:{told}", "en": "The nearest template is {title}: {told}"},
    "tool": {"zh": "最接近的工具是「{title}」:{told}", "en": "The nearest tool is {title}: {told}"},
}


@dataclass(frozen=True)
class Drafting(Submission):
    """One POST that asks for a draft. It waits for it, unless the caller says for how long."""

    usual_wait: ClassVar[float] = 15.0

    async def draft(self, body: DraftRequest) -> JSONResponse:
        """200 with the draft, 202 while it is made."""
        call = ExecuteRequest(inputs={"text": body.text})
        return await self.answer(ID, lambda session, wish: self.open(session, ID, call, wish))

    async def made(self, job_id: str) -> DraftView:
        """As it stands; raises ``NotFound`` for what is no draft of the caller's."""
        async with self.parts.database.transaction() as session:
            job = await self._found(session, job_id)
            if job.tool_id != ID:
                raise NotFound(what="draft")
            return await self._shown(session, job)

    async def _shown(self, session: AsyncSession, work: Job) -> DraftView:  # type: ignore[override]
        configured = await Tools(session).configurations()
        off = frozenset(key for key, row in configured.items() if not row.enabled)
        return self.view(work, GraphTools(self.parts.catalogue, off))

    def view(self, job: Job, tools: GraphTools) -> DraftView:
        """What the provider drew, or else the nearest that can be run here."""
        found = job.data.get("found", [])
        shown = DraftView(
            job_id=job.id,
            status=job.status,
            engine=job.engine,
            near=[self._near(each) for each in found],
            credits=job.used,
            error=error_view(job.error, self.caller.language),
        )
        if job.status != "succeeded":
            return shown
        drawn = job.data.get("graph")
        if drawn is not None and not validate(Graph.model_validate(drawn), tools):
            told = {"by": "provider", "graph": drawn, "explanation": job.data["explanation"]}
            return shown.model_copy(update=told)
        for each in found:
            graph = graph_of(each["kind"], each["id"], self.parts.catalogue)
            if not validate(graph, tools):
                told = {"by": "search", "graph": graph.as_json(), "explanation": self._explained(each)}
                return shown.model_copy(update=told)
        return shown

    def _near(self, found: dict[str, Any]) -> NearView:
        title, _ = self._words(found["kind"], found["id"])
        return NearView(**found, title=title)

    def _explained(self, found: dict[str, Any]) -> str:
        title, told = self._words(found["kind"], found["id"])
        return WORDS[found["kind"]][self.caller.language].format(title=title, told=told)

    def _words(self, kind: OfferKind, name: str) -> tuple[str, str]:
        """Title and description in the caller's language."""
        language = self.caller.language
        if kind == "template":
            template = templates().get(name)
            if template is None:
                raise NotFound(what="template")
            return template.title.of(language), template.description.of(language)
        tool = find(self.parts.catalogue, name)
        return tool.title.of(language), tool.description.of(language)


def drafting(request: Request, parts: Platform, caller: JobsWriter, once: Once) -> Drafting:
    """The dependency."""
    return Drafting(request, parts, caller, once)


Draft = Annotated[Drafting, Depends(drafting)]
