"""Which steps of a pipeline may run now: pure, so that any order of completions can be tried without Temporal.

A link is pending until its source has ended, then live if the source gave something at its port, else dead. A step is
ready once none of its links is pending and each of its required ports that has links has a live one; a join is ready
with its first live link. A step that can no longer become ready is skipped, and all of its links are dead.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping

from models.graphs.plan import Link, Plan, Step


class Schedule:
    """One run through a plan. ``given``: ports that ended steps, and inputs, have given something at, by step id."""

    def __init__(self, plan: Plan, given: Mapping[str, Iterable[str]]) -> None:
        self._steps = {step.id: step for step in plan.steps}
        self._out: dict[str, list[Link]] = defaultdict(list)
        self._pending: dict[str, int] = dict.fromkeys(self._steps, 0)
        self._linked: dict[str, set[str]] = defaultdict(set)
        self._live: dict[str, set[str]] = defaultdict(set)
        for link in plan.links:
            self._out[link.source].append(link)
            self._pending[link.target] += 1
            self._linked[link.target].add(link.to)
        self._open = set(self._steps)
        self._ready: deque[str] = deque()
        self.skipped: list[str] = []
        for name in given:
            self._open.discard(name)
        for name in list(self._steps):
            if not self._pending[name]:
                self._make_ready(name)
        for name, ports in given.items():
            self._resolve(name, ports)

    def take_ready(self) -> list[Step]:
        """Steps that became ready since the last call, each given once, in the order in which they did."""
        ready = [self._steps[name] for name in self._ready]
        self._ready.clear()
        return ready

    def end(self, step_id: str, ports: Iterable[str]) -> None:
        """A step that was taken has ended and gave something at ``ports``; none if it failed."""
        self._resolve(step_id, ports)

    def _resolve(self, source: str, ports: Iterable[str]) -> None:
        given = set(ports)
        ended = deque([(source, given)])
        while ended:
            name, live = ended.popleft()
            for link in self._out[name]:
                if self._arrive(link, link.port in live):
                    ended.append((link.target, set()))

    def _arrive(self, link: Link, live: bool) -> bool:
        """Whether the link's target is skipped by it."""
        target = link.target
        self._pending[target] -= 1
        if target not in self._open:
            return False
        if live:
            self._live[target].add(link.to)
        step = self._steps[target]
        if step.type == "join" and live:
            self._make_ready(target)
        elif not self._pending[target]:
            wanted = set(step.required) & self._linked[target]
            if self._live[target] and wanted <= self._live[target]:
                self._make_ready(target)
            else:
                self._open.discard(target)
                self.skipped.append(target)
                return True
        return False

    def _make_ready(self, name: str) -> None:
        if name in self._open:
            self._open.discard(name)
            self._ready.append(name)
