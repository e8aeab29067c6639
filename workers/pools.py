"""What each pool registers: ``core`` the workflows and short activities, the others the tools that name them."""

from dataclasses import dataclass

from activities.tools.base import Catalogue, Pool, Tool
from temporal import queues

CORE = "core"
POOLS = (CORE, *(str(pool) for pool in Pool))
NICENESS = {"training": 10}


@dataclass(frozen=True)
class PoolPlan:
    """A pool's queue and tools; ``niceness`` of its slots."""

    name: str
    queue: str
    tools: tuple[Tool, ...]
    niceness: int


def plan(name: str, catalogue: Catalogue) -> PoolPlan:
    """The plan of pool ``name``; ``KeyError`` for a name that is not in ``POOLS``."""
    if name not in POOLS:
        raise KeyError(name)
    tools = tuple(tool for tool in catalogue.all() if tool.pool == name)
    queue = queues.CORE if name == CORE else queues.pool_queue(name)
    return PoolPlan(name=name, queue=queue, tools=tools, niceness=NICENESS.get(name, 0))


def with_work(catalogue: Catalogue) -> list[str]:
    """The pools that have something to do: ``core`` and every pool that a tool names."""
    named = {str(tool.pool) for tool in catalogue.all()}
    return [name for name in POOLS if name == CORE or name in named]
