"""What a firing runs: the automation's pipeline, or its tool as a pipeline of one step."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.automations.deciding import filled
from models.graphs.graph import Edge, Graph, Node
from models.graphs.ports import GraphPort
from models.payloads.automations import Policies
from models.repositories.files import Files
from models.repositories.pipelines import Pipelines
from models.tables import Automation

from ..graph_tools import shape_of
from ..run_opening import Wanted
from ..tools.base import Catalogue
from ..tools.parsing import find

STEP = "tool"
FILE_PREFIX = "file_"


async def wanted(
    session: AsyncSession, catalogue: Catalogue, automation: Automation, event: Mapping[str, Any]
) -> Wanted:
    """The run of a firing; raises ``NotFound`` for what is gone and ``ExpressionFailed`` for inputs of no value."""
    inputs = filled(automation.inputs, event)
    budget = Policies.model_validate(automation.policies).run_budget
    if automation.pipeline_id is None:
        parameters = filled(automation.parameters, event)
        graph = await _of_tool(session, catalogue, automation, inputs, parameters)
        return Wanted(graph, inputs, budget)
    saved = await Pipelines(session).runnable(automation.account_id, automation.pipeline_id)
    return Wanted(saved.graph, inputs, budget, pipeline_id=automation.pipeline_id, version=saved.drawing.version)


async def _of_tool(
    session: AsyncSession,
    catalogue: Catalogue,
    automation: Automation,
    inputs: Mapping[str, Any],
    parameters: dict[str, Any],
) -> Graph:
    """The tool with a node for every input that is given and for every output."""
    shape = shape_of(find(catalogue, str(automation.tool_id)))
    nodes = [Node(id=STEP, type="tool", tool=shape.id, parameters=parameters)]
    edges = []
    for port in (each for each in shape.inputs if each.name in inputs):
        kind = await _kind(session, automation.account_id, port, inputs[port.name])
        given = {"name": port.name, "kind": kind, "many": port.many}
        nodes.append(Node(id=f"in-{port.name}", type="input", parameters=given))
        edges.append(Edge(source=f"in-{port.name}", target=STEP, to_port=port.name))
    for port in shape.outputs:
        nodes.append(Node(id=f"out-{port.name}", type="output", parameters={"name": port.name}))
        edges.append(Edge(source=STEP, from_port=port.name, target=f"out-{port.name}"))
    return Graph(nodes=nodes, edges=edges)


async def _kind(session: AsyncSession, account_id: str, port: GraphPort, value: Any) -> str:
    """As what a value is given to a port: words, or files of the kind that the first of them has."""
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, str) or ("text" in port.kinds and not first.startswith(FILE_PREFIX)):
        return "text" if "text" in port.kinds else min(port.kinds)
    kind = (await Files(session).chosen(account_id, [first]))[first].kind
    return "document" if kind == "text" else kind
