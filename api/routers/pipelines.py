"""Pipelines: what a visual editor draws with, and what is wrong with a drawing."""

from typing import Annotated

from fastapi import Depends

from activities.graph_tools import GraphTools
from models.graphs.nodes import NODE_TYPES
from models.graphs.validation import validate
from models.repositories.tools import Tools

from ..deps import JobsReader, Platform
from ..routing import Router
from ..schemas.pipelines import GraphBody, NodeTypeList, ValidationView, errors_view, plain_node, tool_node

router = Router(prefix="/api/pipelines", tag="pipelines")


async def graph_tools(platform: Platform) -> GraphTools:
    """The catalogue without what the operator switched off."""
    async with platform.database.transaction() as session:
        rows = await Tools(session).configurations()
    return GraphTools(platform.catalogue, frozenset(key for key, row in rows.items() if not row.enabled))


GraphCatalogue = Annotated[GraphTools, Depends(graph_tools)]


@router.get("/nodes")
async def list_nodes(caller: JobsReader, platform: Platform, tools: GraphCatalogue) -> NodeTypeList:
    """Every node with its ports, schema, title and color: the flow first, then the tools."""
    flow = [plain_node(each, tools, caller.language) for each in NODE_TYPES.values() if each.name != "tool"]
    shown = [each for each in platform.catalogue.all() if not each.hidden and tools.shape(each.id)]
    return NodeTypeList(data=[*flow, *(tool_node(each, tools, caller.language) for each in shown)])


@router.post("/validate")
async def validate_graph(caller: JobsReader, body: GraphBody, tools: GraphCatalogue) -> ValidationView:
    """Everything that is wrong with a graph; 200 also for a bad one."""
    return errors_view(validate(body.graph, tools), caller.language)
