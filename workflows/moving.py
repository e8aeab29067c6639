"""Activities of a job that an operator may move while they are open: to another queue, or to a longer limit."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from models.payloads.tool_runs import Moved, ToolRunInput

T = TypeVar("T")

SHORTEST = 0.1


class Movable:
    """A job's order as it stands after its moves, and the activities that are open under it."""

    def __init__(self) -> None:
        self._moves = 0
        self._moved: Moved | None = None
        self._open: set[asyncio.Task[Any]] = set()

    def move(self, moved: Moved) -> None:
        """End what is open, and let it begin anew under ``moved``."""
        self._moves += 1
        self._moved = moved
        for task in self._open:
            task.cancel()

    async def run(self, order: ToolRunInput, act: Callable[[ToolRunInput, int], Coroutine[Any, Any, T]]) -> T:
        """``act`` by the order as it is now and the number of moves; raises as it does, unless it was moved."""
        while True:
            moves = self._moves
            task = asyncio.ensure_future(act(self._as_moved(order), moves))
            self._open.add(task)
            try:
                return await task
            except (FailureError, asyncio.CancelledError):
                if moves == self._moves or _canceled():
                    raise
            finally:
                self._open.discard(task)

    def _as_moved(self, order: ToolRunInput) -> ToolRunInput:
        """With what is left of its deadline: every activity's is counted from when it is asked for."""
        if self._moved is None:
            return order
        told: dict[str, Any] = {"queue": self._moved.queue, "timeout": self._moved.timeout}
        if order.deadline is not None:
            passed: timedelta = workflow.now() - workflow.info().start_time
            told["deadline"] = max(SHORTEST, order.deadline - passed.total_seconds())
        return order.model_copy(update=told)


def _canceled() -> bool:
    """Whether whoever awaits is canceled, rather than what is awaited."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
