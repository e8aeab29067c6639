"""Sub-pipelines by id: a graph with the drawings of the pipelines that it names."""

from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import InvalidGraph, NotFound, wrong
from ..graphs.graph import MOST_DEPTH, Graph, Node
from .pipelines import Pipelines


async def expanded(session: AsyncSession, account_id: str, graph: Graph) -> Graph:
    """``graph`` with the published drawing (else the newest draft) in every node that names a pipeline of the account.

    Raises ``InvalidGraph`` for one that is not there, or that leads back to itself.
    """
    return await _Expansion(session, account_id).of(graph, "graph.", ())


class _Expansion:
    def __init__(self, session: AsyncSession, account_id: str) -> None:
        self._session = session
        self._account_id = account_id

    async def of(self, graph: Graph, path: str, within: tuple[str, ...]) -> Graph:
        if not any(node.graph is not None or node.type == "pipeline" for node in graph.nodes):
            return graph
        nodes = [await self._node(node, f"{path}nodes.{at}", within) for at, node in enumerate(graph.nodes)]
        return Graph(nodes=nodes, edges=graph.edges)

    async def _node(self, node: Node, path: str, within: tuple[str, ...]) -> Node:
        named = node.parameters.get("pipeline_id") if node.type == "pipeline" else None
        if not isinstance(named, str):
            if node.graph is None:
                return node
            return node.model_copy(update={"graph": await self.of(node.graph, f"{path}.graph.", within)})
        place = f"{path}.parameters.pipeline_id"
        if named in within or len(within) >= MOST_DEPTH:
            raise InvalidGraph(
                errors=[wrong(place, "子流程引用了自身或嵌套过深", "it leads back to itself, or too deep")]
            )
        try:
            saved = await Pipelines(self._session).runnable(self._account_id, named)
        except NotFound:
            raise InvalidGraph(errors=[wrong(place, "没有这个流程", "there is no such pipeline")]) from None
        return node.model_copy(update={"graph": await self.of(saved.graph, f"{path}.graph.", (*within, named))})
