"""Schedules of automations, made of their rows. Each belongs to one revision of its automation and to one year.

Temporal leaves out local times that a change of clocks removes, and of those that exist twice it takes both or only the
second. Both are added here as instants for this year and the next; which of two runs, the firing itself decides.
"""

from datetime import UTC, date, datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import Priority
from temporalio.service import RPCError, RPCStatusCode

from models.automations.clocks import Clock, changed
from models.payloads.automations import FiringOrder, Scheduled
from temporal import ids, policies, queues

from . import orders
from .automation_run import AutomationRunWorkflow

OVERLAPS = {
    "skip": ScheduleOverlapPolicy.ALLOW_ALL,  # the firing decides, and is recorded
    "buffer_one": ScheduleOverlapPolicy.ALLOW_ALL,
    "allow_all": ScheduleOverlapPolicy.ALLOW_ALL,
    "cancel_other": ScheduleOverlapPolicy.CANCEL_OTHER,
}
GENERATION = timedelta(days=7_305)
"""What is due every twenty years and at an instant of this or the next year is due at that instant.

Not longer: the server knows no time before the first multiple after 1970.
"""


def id_of(plan: Scheduled) -> str:
    """Its name in Temporal."""
    return ids.of_schedule(plan.automation_id, plan.revision, _today().year)


async def ensure(client: Client, plan: Scheduled) -> None:
    """Make it if it is missing; one that is there is left alone."""
    try:
        await client.create_schedule(id_of(plan), schedule_of(plan, _today()), rpc_timeout=policies.RPC_TIMEOUT)
    except ScheduleAlreadyRunningError:
        return


async def remove(client: Client, schedule_id: str) -> None:
    """Delete it; one that is gone is no error."""
    try:
        await client.get_schedule_handle(schedule_id).delete(rpc_timeout=policies.RPC_TIMEOUT)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise


async def known(client: Client) -> set[str]:
    """Names of all schedules of automations that Temporal has."""
    return {each.id async for each in await client.list_schedules() if each.id.startswith(ids.SCHEDULES)}


async def backfill(client: Client, plan: Scheduled, start: datetime, end: datetime) -> None:
    """Fire for every time from ``start`` to ``end``: one run after the other, unless its runs may overlap."""
    await ensure(client, plan)
    at_once = plan.trigger.overlap == "allow_all"
    overlap = ScheduleOverlapPolicy.ALLOW_ALL if at_once else ScheduleOverlapPolicy.BUFFER_ALL
    wanted = ScheduleBackfill(start, end, overlap)
    await client.get_schedule_handle(id_of(plan)).backfill(wanted, rpc_timeout=policies.RPC_TIMEOUT)


def schedule_of(plan: Scheduled, today: date) -> Schedule:
    """All of it; ``today`` says for which changes of clocks."""
    trigger = plan.trigger
    return Schedule(
        action=ScheduleActionStartWorkflow(
            AutomationRunWorkflow.run,
            FiringOrder(automation_id=plan.automation_id, revision=plan.revision),
            id=id_of(plan),
            task_queue=queues.CORE,
            static_summary="automation",
            priority=Priority(priority_key=orders.PRIORITY_KEYS["normal"], fairness_key=plan.account_id),
        ),
        spec=spec_of(plan, today),
        policy=SchedulePolicy(overlap=OVERLAPS[trigger.overlap], catchup_window=timedelta(seconds=trigger.catchup)),
    )


def spec_of(plan: Scheduled, today: date) -> ScheduleSpec:
    """When it is due."""
    trigger, clock = plan.trigger, plan.trigger.clock()
    jitter = timedelta(seconds=trigger.jitter) if trigger.jitter else None
    if clock is None:
        assert trigger.every is not None
        every, offset = timedelta(seconds=trigger.every), timedelta(seconds=trigger.offset)
        return ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every, offset=offset)], jitter=jitter)
    start = date(today.year, 1, 1)
    instants = {due.at for due in changed(clock, plan.zone, start, 2 * 366)}
    return ScheduleSpec(
        calendars=_calendars(clock),
        intervals=[_once(at) for at in sorted(instants)],
        jitter=jitter,
        time_zone_name=plan.timezone,
    )


def _calendars(clock: Clock) -> list[ScheduleCalendarSpec]:
    days, weekdays = _ranges(clock.days), _ranges(clock.weekdays)
    ways = [(days, _ranges(frozenset(range(7)))), (_ranges(frozenset(range(1, 32))), weekdays)]
    return [
        ScheduleCalendarSpec(
            minute=_ranges(clock.minutes),
            hour=_ranges(clock.hours),
            month=_ranges(clock.months),
            day_of_month=by_day,
            day_of_week=by_weekday,
        )
        for by_day, by_weekday in (ways if clock.either else [(days, weekdays)])
    ]


def _ranges(numbers: frozenset[int]) -> list[ScheduleRange]:
    found: list[ScheduleRange] = []
    for number in sorted(numbers):
        if found and found[-1].end == number - 1:
            found[-1] = ScheduleRange(found[-1].start, number)
        else:
            found.append(ScheduleRange(number, number))
    return found


def _once(at: datetime) -> ScheduleIntervalSpec:
    return ScheduleIntervalSpec(every=GENERATION, offset=(at - datetime(1970, 1, 1, tzinfo=UTC)) % GENERATION)


def _today() -> date:
    return datetime.now(UTC).date()
