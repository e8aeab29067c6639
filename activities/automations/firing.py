"""One firing: decided and opened in one transaction, and counted when its run has ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.automations.clocks import Due, due_at
from models.automations.deciding import Facts, refusal
from models.errors import DomainError, OverDailyBudget
from models.graphs.expressions import evaluate
from models.payloads.automations import FiringEnd, FiringOrder, FiringStart, Policies, Why
from models.payloads.runs import OPEN_RUN
from models.repositories.automations import Automations, scheduled
from models.repositories.firings import Cause, Firings
from models.repositories.runs import Runs, view_open
from models.session import Database
from models.settings import Settings
from models.tables import Automation, Firing, Run

from ..run_opening import RunOpener
from ..tools.base import Catalogue
from .targets import wanted

LONGEST_KEY = 200
SHARE_OF_WAIT = 0.1
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=1), timedelta(hours=1)
"""Between two looks whether the run before has ended: a tenth of what the firing has waited already."""

log = structlog.get_logger(__name__)


class FiringActivities:
    """Local activities of ``AutomationRunWorkflow``, safe to repeat: a firing is decided once, its run opened once."""

    def __init__(self, database: Database, settings: Settings, catalogue: Catalogue) -> None:
        self._database = database
        self._settings = settings
        self._catalogue = catalogue

    @activity.defn(name="firings.start")
    async def start(self, order: FiringOrder) -> FiringStart:
        """Decide a firing and open its run; or how long that has to wait."""
        async with self._database.transaction() as session:
            automation, firing = await self._find(session, order)
            if automation is None or firing is None:
                return FiringStart()
            now = datetime.now(UTC)
            if firing.decision is None and firing.due_at <= now:
                await self._take_turn(session, automation, firing, now)
            if firing.decision is None:
                return FiringStart(firing_id=firing.id, wait=(firing.due_at - now).total_seconds())
            if firing.run_id is None:
                return FiringStart(firing_id=firing.id)
            return FiringStart(firing_id=firing.id, run=view_open(await Runs(session).of_work(firing.run_id)))

    @activity.defn(name="firings.close")
    async def close(self, order: FiringOrder) -> FiringEnd:
        """Count how the run has ended, once."""
        assert order.firing_id is not None
        return FiringEnd(ended=await close(self._database, order.firing_id))

    async def _find(self, session: AsyncSession, order: FiringOrder) -> tuple[Automation | None, Firing | None]:
        """The automation, locked, with the firing; a schedule's is recorded here. None for what is gone or outdated."""
        automations, firings = Automations(session), Firings(session)
        if order.firing_id is not None:
            firing = await firings.get(order.firing_id)
            automation = await automations.lock(firing.automation_id) if firing else None
            firing = await firings.get(order.firing_id)
            if automation is None and firing is not None and firing.decision is None:
                await firings.decide(firing, "skipped", "deleted")
            return automation, firing
        automation = await automations.lock(str(order.automation_id))
        if automation is None or automation.revision != order.revision or order.scheduled_for is None:
            return None, None
        at = order.scheduled_for
        event = {"type": "schedule", "at": at.isoformat(), **_local(automation, _due(automation, at), at)}
        cause = Cause(f"at:{at.isoformat()}", _why(automation, at), event, scheduled_for=at)
        return automation, await firings.record(automation, cause)

    async def _take_turn(self, session: AsyncSession, automation: Automation, firing: Firing, now: datetime) -> None:
        """Decide it, unless it is the one that waits for the run before; looked at ever more rarely, then hourly."""
        firings = Firings(session)
        if _overlap(automation, firing) != "buffer_one" or not await firings.overlaps(automation.id):
            await self._decide(session, automation, firing)
        elif await firings.buffered(automation.id, firing.id):
            await firings.decide(firing, "skipped", "overlap")
        else:
            waited = (now - firing.waiting_since) * SHARE_OF_WAIT
            firing.due_at = now + min(LONGEST_PAUSE, max(SHORTEST_PAUSE, waited))

    async def _decide(self, session: AsyncSession, automation: Automation, firing: Firing) -> None:
        firings = Firings(session)
        try:
            reason = refusal(await self._facts(firings, automation, firing))
            if reason is not None:
                await firings.decide(firing, "skipped", reason)
            else:
                async with session.begin_nested():
                    run = await self._open(session, automation, firing)
                await firings.decide(firing, "run", None, run)
        except OverDailyBudget as over:
            await firings.decide(firing, "skipped", over.code)
        except DomainError as error:
            if error.retryable:
                raise
            await firings.decide(firing, "failed", error.code)
            await Automations(session).count(automation, "failed")
        log.info("firing decided", firing_id=firing.id, decision=firing.decision, reason=firing.reason)

    async def _facts(self, firings: Firings, automation: Automation, firing: Firing) -> Facts:
        policies = Policies.model_validate(automation.policies)
        busy = 0
        if policies.concurrency_key is not None:
            key = evaluate(policies.concurrency_key, {"event": firing.event})
            firing.concurrency_key = str(key)[:LONGEST_KEY]
            busy = await firings.busy(automation.id, firing.concurrency_key)
        skips = _overlap(automation, firing) == "skip"
        return Facts(
            automation_id=automation.id,
            state=automation.state,
            why=firing.why,
            ancestry=firing.ancestry,
            repeated=firing.event.get("note") == "repeated",
            overlaps=skips and await firings.overlaps(automation.id),
            condition=automation.condition,
            event=firing.event,
            busy=busy,
            at_once=policies.at_once,
            keyed=policies.concurrency_key is not None,
        )

    async def _open(self, session: AsyncSession, automation: Automation, firing: Firing) -> Run:
        """The run with its credits set aside; raises the owner's mistakes by name, and ``OverDailyBudget``."""
        opener = RunOpener(
            self._catalogue, self._settings, automation.account_id, automation.user_id, automation.language, firing.id
        )
        run = await opener.open(session, await wanted(session, self._catalogue, automation, firing.event))
        if automation.daily_budget is not None:
            left = automation.daily_budget - await Firings(session).spent(automation, datetime.now(UTC))
            if run.budget > left:
                raise OverDailyBudget(needed=run.budget, left=max(0, left))
        return run


async def close(database: Database, firing_id: str) -> bool:
    """Count how a firing's run has ended, once; False while it goes on."""
    async with database.transaction() as session:
        firings, automations = Firings(session), Automations(session)
        firing = await firings.get(firing_id)
        if firing is None or firing.run_id is None:
            return True
        status = (await Runs(session).of_work(firing.run_id)).status
        if status in OPEN_RUN:
            return False
        automation = await automations.lock(firing.automation_id)
        firing = await firings.get(firing_id)
        if firing is not None and firing.outcome is None:
            firing.outcome = status
            if automation is not None:
                await automations.count(automation, status)
    return True


def _why(automation: Automation, at: datetime) -> Why:
    ranges = [[datetime.fromisoformat(each) for each in asked] for asked in automation.backfills]
    return "backfill" if any(start <= at <= end for start, end in ranges) else "schedule"


def _overlap(automation: Automation, firing: Firing) -> str | None:
    """What its schedule does while the run before goes on; the automation may have another trigger by now."""
    return automation.trigger.get("overlap") if firing.why == "schedule" else None


def _due(automation: Automation, at: datetime) -> Due | None:
    plan = scheduled(automation)
    clock = plan.trigger.clock()
    return None if clock is None else due_at(clock, plan.zone, at)


def _local(automation: Automation, due: Due | None, at: datetime) -> dict[str, Any]:
    """The local time that was meant, and what a change of clocks made of it."""
    zone = scheduled(automation).zone
    local = due.local if due is not None else at.astimezone(zone).replace(tzinfo=None)
    noted = {"note": due.note} if due is not None and due.note else {}
    return {"local": local.isoformat(timespec="seconds"), "timezone": automation.timezone, **noted}
