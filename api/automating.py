"""Keeping automations on behalf of a caller, in the one transaction of a request; then Temporal is told."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice, takewhile
from typing import Annotated, Any

from fastapi import Depends
from pydantic import BaseModel

from activities.tools.parsing import find
from models.automations import hooks
from models.automations.clocks import upcoming
from models.automations.deciding import expressions
from models.errors import Conflict, InvalidInput, wrong
from models.graphs.expressions import problem
from models.ids import new_id
from models.payloads.accounts import Identity
from models.payloads.automations import EVENT, Scheduled
from models.repositories.automations import Automations, scheduled
from models.repositories.firings import Cause, Firings
from models.repositories.pipelines import Pipelines
from models.secrets import hashed, new_token
from models.tables import Automation, Firing
from workflows import automation_schedules
from workflows.starts import start_firing

from .deps import Caller, Platform, Work
from .platform import Parts
from .schemas.automations import AutomationView, Backfilling, HookView, automation_view

MOST_BACKFILLED = 1_000
EMPTIED = ("condition", "daily_budget")
"""Fields of a change for which null means none, and not: as it is."""
LONGEST_BACKFILL = timedelta(days=400)


@dataclass(frozen=True)
class AutomationDesk:
    """Verbs of one request about automations."""

    parts: Platform
    work: Work
    caller: Caller

    @property
    def _rows(self) -> Automations:
        return Automations(self.work.session)

    async def create(self, wanted: BaseModel) -> Automation:
        """A new automation; raises the caller's mistakes by name."""
        automation_id = new_id("automation")
        values = wanted.model_dump(mode="json")
        await self._check(values)
        values |= self._hook_values(automation_id, values["trigger"])
        owner = {"user_id": self.caller.user_id, "language": self.caller.language}
        row = await self._rows.create(automation_id, self.caller.account_id, {**values, **owner})
        self._keep_schedule(row)
        return row

    async def change(self, automation_id: str, change: BaseModel) -> Automation:
        """Change what was sent; a schedule is made anew."""
        old = await self._rows.get(self.caller.account_id, automation_id)
        before = _schedule_of(old)
        values = change.model_dump(mode="json", exclude_unset=True)
        values = {name: value for name, value in values.items() if value is not None or name in EMPTIED}
        if values.get("pipeline_id"):
            values["tool_id"] = None
        elif values.get("tool_id"):
            values["pipeline_id"] = None
        await self._check(values)
        if "trigger" in values:
            values |= self._hook_values(automation_id, values["trigger"], old.hook_seed)
        row = await self._rows.change(self.caller.account_id, automation_id, values)
        self._keep_schedule(row, before)
        return row

    async def pause(self, automation_id: str) -> Automation:
        before = _schedule_of(await self._rows.get(self.caller.account_id, automation_id))
        row = await self._rows.pause(self.caller.account_id, automation_id)
        self._keep_schedule(row, before)
        return row

    async def resume(self, automation_id: str) -> Automation:
        row = await self._rows.resume(self.caller.account_id, automation_id)
        self._keep_schedule(row)
        return row

    async def delete(self, automation_id: str) -> None:
        before = _schedule_of(await self._rows.get(self.caller.account_id, automation_id))
        await self._rows.delete(self.caller.account_id, automation_id)
        if before is not None:
            self.work.after_commit(partial(self._remove, before))

    async def trigger(self, automation_id: str, event: dict[str, Any]) -> Firing:
        """Fire now, also while it is paused."""
        await self._rows.get(self.caller.account_id, automation_id)
        row = await self._rows.lock(automation_id)
        assert row is not None
        cause = Cause(f"manual:{new_id('firing')}", "manual", {**event, "type": "manual"})
        firing = await Firings(self.work.session).record(row, cause)
        self.work.after_commit(partial(start_promptly, self.parts, firing.id))
        return firing

    def view(self, row: Automation) -> AutomationView:
        """With the hook's address where the caller may write."""
        may_write = self.caller.session_id is not None or "jobs:write" in self.caller.scopes
        return automation_view(row, self._hook(row) if may_write and row.hook_seed else None)

    def _hook(self, row: Automation) -> HookView:
        key, seed = self.parts.settings.secret_key.get_secret_value(), str(row.hook_seed)
        secret = hooks.secret(key, row.id, seed) if row.trigger["signed"] else None
        return HookView(url=f"{self.parts.settings.url}/api/hooks/{hooks.token(key, row.id, seed)}", secret=secret)

    def _hook_values(self, automation_id: str, trigger: dict[str, Any], seed: str | None = None) -> dict[str, Any]:
        if trigger["type"] != "hook":
            return {"hook_seed": None, "hook_digest": None}
        seed = seed or new_token()
        token = hooks.token(self.parts.settings.secret_key.get_secret_value(), automation_id, seed)
        return {"hook_seed": seed, "hook_digest": hashed(token)}

    async def _check(self, values: dict[str, Any]) -> None:
        """Raise ``NotFound`` for a target that is not there, ``InvalidInput`` for expressions that cannot be read."""
        if values.get("pipeline_id"):
            await Pipelines(self.work.session).get(self.caller.account_id, values["pipeline_id"])
        if values.get("tool_id"):
            find(self.parts.catalogue, values["tool_id"])
        found = [
            wrong(f"{part}.{name}", f"表达式有误:{reason}", reason)
            for part in ("inputs", "parameters")
            for name, expression in expressions(values.get(part) or {}).items()
            if (reason := problem(expression, EVENT)) is not None
        ]
        if found:
            raise InvalidInput(errors=found)

    def _keep_schedule(self, row: Automation, before: Scheduled | None = None) -> None:
        """Make the row's schedule, and remove the one of before: after the commit, or by the sweep."""
        after = _schedule_of(row) if row.state == "active" else None
        if after is not None:
            self.work.after_commit(partial(self._ensure, after))
        if before is not None and (after is None or after.revision != before.revision):
            self.work.after_commit(partial(self._remove, before))

    async def _ensure(self, plan: Scheduled) -> None:
        client = await self.parts.temporal.client()
        await self.parts.temporal.promptly(automation_schedules.ensure(client, plan))

    async def _remove(self, plan: Scheduled) -> None:
        client = await self.parts.temporal.client()
        await self.parts.temporal.promptly(automation_schedules.remove(client, automation_schedules.id_of(plan)))


Desk = Annotated[AutomationDesk, Depends(AutomationDesk)]


async def start_promptly(parts: Parts, firing_id: str) -> None:
    """Start a firing that is committed; what fails is left to the sweep."""
    await parts.temporal.promptly(start_firing(await parts.temporal.client(), firing_id))


async def backfill(parts: Parts, caller: Identity, automation_id: str, wanted: Backfilling) -> None:
    """Have a schedule fire for a range of times; raises ``InvalidInput``, ``Conflict`` and ``Unavailable``.

    The range is committed before Temporal is asked, since by it the firings are known for what they are.
    """
    async with parts.database.transaction() as session:
        row = await Automations(session).get(caller.account_id, automation_id)
        plan = _schedule_of(row)
        if plan is None or row.state != "active":
            reason = "Only an active schedule can be backfilled."
            raise Conflict(reason=reason, reason_zh="只有启用中的定时自动化可以回填。")
        if not timedelta(0) <= wanted.end - wanted.start <= LONGEST_BACKFILL or _times(plan, wanted) > MOST_BACKFILLED:
            days = LONGEST_BACKFILL.days
            zh = f"最多 {days} 天、{MOST_BACKFILLED} 次,且 to 不早于 from"
            en = f"at most {days} days and {MOST_BACKFILLED} times, and no end before the beginning"
            raise InvalidInput(errors=[wrong("to", zh, en)])
        await Automations(session).backfill(caller.account_id, automation_id, wanted.start, wanted.end)
    client = await parts.temporal.client()
    await parts.temporal.promptly(automation_schedules.backfill(client, plan, wanted.start, wanted.end))


def _schedule_of(row: Automation) -> Scheduled | None:
    return scheduled(row) if row.trigger["type"] == "schedule" else None


def _times(plan: Scheduled, wanted: Backfilling) -> int:
    clock = plan.trigger.clock()
    if clock is None:
        return int((wanted.end - wanted.start).total_seconds()) // (plan.trigger.every or 1)
    due = takewhile(lambda each: each.at <= wanted.end, upcoming(clock, plan.zone, wanted.start))
    return sum(1 for _ in islice(due, MOST_BACKFILLED + 1))
