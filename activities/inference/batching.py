"""Gathers equal calls of many callers into batches: a card does eight tiles in little more time than one."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MAX_BATCH = 8
MAX_DELAY = 0.005
"""Seconds that the first of a batch waits for company."""

Queue = tuple[Hashable, tuple[int, ...], str]
Run = Callable[[Hashable, "np.ndarray"], "np.ndarray"]


@dataclass
class _Waiting:
    """The calls of one queue that were not handed to the card yet."""

    arrays: "list[np.ndarray]" = field(default_factory=list)
    answers: "list[asyncio.Future[np.ndarray]]" = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class Batcher:
    """One queue for each key, shape and dtype. ``run(key, stack)`` gets N x shape and returns N results.

    It runs in a thread of its own, one batch at a time, in the order in which batches were closed: when ``max_batch``
    calls wait, or the first has waited ``max_delay`` seconds. An exception of ``run`` reaches all callers of its batch.
    """

    def __init__(self, run: Run, max_batch: int = MAX_BATCH, max_delay: float = MAX_DELAY) -> None:
        self._run = run
        self._max_batch = max_batch
        self._max_delay = max_delay
        self._waiting: dict[Queue, _Waiting] = {}
        self.thread = ThreadPoolExecutor(1)
        self._running: set[asyncio.Task[None]] = set()
        self.batches: deque[int] = deque(maxlen=100)
        """Sizes of the last batches."""

    async def submit(self, key: Hashable, array: "np.ndarray") -> "np.ndarray":
        """The result for one array; its neighbors in a batch are others' business."""
        loop = asyncio.get_running_loop()
        queue = (key, array.shape, str(array.dtype))
        waiting = self._waiting.setdefault(queue, _Waiting())
        answer: asyncio.Future[np.ndarray] = loop.create_future()
        waiting.arrays.append(array)
        waiting.answers.append(answer)
        if len(waiting.arrays) == self._max_batch:
            self._close(queue)
        elif waiting.timer is None:
            waiting.timer = loop.call_later(self._max_delay, self._close, queue)
        return await answer

    def close(self) -> None:
        """Run nothing more."""
        self.thread.shutdown(wait=False, cancel_futures=True)

    def _close(self, queue: Queue) -> None:
        waiting = self._waiting.pop(queue)
        if waiting.timer is not None:
            waiting.timer.cancel()
        task = asyncio.ensure_future(self._perform(queue[0], waiting))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _perform(self, key: Hashable, waiting: _Waiting) -> None:
        import numpy as np

        wanted = [at for at, answer in enumerate(waiting.answers) if not answer.cancelled()]
        if not wanted:
            return
        self.batches.append(len(wanted))
        answers = [waiting.answers[at] for at in wanted]
        try:
            stack = np.stack([waiting.arrays[at] for at in wanted])
            results = await asyncio.get_running_loop().run_in_executor(self.thread, self._run, key, stack)
            pairs = list(zip(answers, results, strict=True))
        except Exception as error:  # noqa: BLE001 - whatever it was, it is told to those who wait for it
            for answer in answers:
                if not answer.done():
                    answer.set_exception(error)
            return
        for answer, result in pairs:
            if not answer.done():
                answer.set_result(result)
