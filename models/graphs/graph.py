"""The shape of a pipeline, as the API takes and gives it: nodes and edges between their ports."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_NODES = 2_000
MOST_EDGES = 10_000
MOST_DEPTH = 3
"""How deep maps and loops may lie in each other."""

NodeId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
PortName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Retry(BaseModel):
    """How often a step is tried that failed by an error which may pass, and the seconds before the second try."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: int = Field(1, ge=1, le=10)
    wait: float = Field(5, ge=0, le=3600)


class Node(BaseModel):
    """One step. ``inputs`` are constants for ports that no edge feeds. Keys that we do not know are kept: the editor's.

    ``graph`` is what a map or a loop repeats. ``timeout`` in seconds; ``on_error`` ``branch`` adds the port ``error``.
    ``cache``: whether a tool that did exactly this before need not do it again.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    id: NodeId
    type: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    tool: str | None = None
    parameters: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    position: dict[str, float] | None = None
    graph: "Graph | None" = None
    retry: Retry = Retry()
    timeout: float | None = Field(None, gt=0, le=86_400 * 30)
    on_error: Literal["stop", "continue", "branch"] = "stop"
    cache: bool = True


class Edge(BaseModel):
    """From an output port to an input port; a port may be left out where its node has only one."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    source: NodeId = Field(alias="from")
    from_port: PortName | None = None
    target: NodeId = Field(alias="to")
    to_port: PortName | None = None


class Graph(BaseModel):
    """A pipeline's drawing. An empty one is a good beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nodes: Annotated[list[Node], Field(max_length=MOST_NODES)] = []
    edges: Annotated[list[Edge], Field(max_length=MOST_EDGES)] = []

    def as_json(self) -> dict[str, Any]:
        """As it is stored and shown: what was left out stays out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)
