"""What is wrong with a drawing, by the catalogue of today and with the pipelines that it names drawn in."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.ext.asyncio import AsyncSession

from activities.graph_tools import GraphTools
from models.errors import InvalidGraph
from models.graphs.graph import Graph
from models.graphs.validation import GraphError, validate
from models.payloads.accounts import Identity
from models.repositories.sub_pipelines import expanded
from models.repositories.tools import Tools

from .deps import Caller, Platform, Work
from .schemas.graphs import GraphErrorView, ValidationView, errors_view


async def graph_tools(platform: Platform, work: Work) -> GraphTools:
    """The catalogue without what the operator switched off."""
    rows = await Tools(work.session).configurations()
    return GraphTools(platform.catalogue, frozenset(key for key, row in rows.items() if not row.enabled))


GraphCatalogue = Annotated[GraphTools, Depends(graph_tools)]


@dataclass(frozen=True)
class Judge:
    """Judges drawings of a caller."""

    session: AsyncSession
    caller: Identity
    tools: GraphTools

    async def mistakes(self, graph: Graph) -> list[GraphError]:
        """Everything that is wrong; raises ``InvalidGraph`` where it names a pipeline that cannot be drawn in."""
        return validate(await expanded(self.session, self.caller.account_id, graph), self.tools)

    async def view(self, graph: Graph) -> ValidationView:
        """As ``mistakes``, in the caller's language; raises nothing."""
        try:
            return errors_view(await self.mistakes(graph), self.caller.language)
        except InvalidGraph as invalid:
            found = invalid.problems(self.caller.language) or []
            shown = [
                GraphErrorView(
                    code="unknown_pipeline",
                    node=None,
                    port=None,
                    path=each["path"].removeprefix("graph."),
                    message=each["message"],
                )
                for each in found
            ]
            return ValidationView(valid=False, errors=shown)


def judge(caller: Caller, work: Work, tools: GraphCatalogue) -> Judge:
    """The dependency; what the caller may do is the handler's to ask."""
    return Judge(work.session, caller, tools)


Judging = Annotated[Judge, Depends(judge)]
