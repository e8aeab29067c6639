"""Automations as the API takes and shows them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any, Literal, get_args

import pydantic_core
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from models.automations.clocks import Due, Note, upcoming
from models.errors import DomainError
from models.payloads.automations import Expression, Policies, Trigger, Why, ZoneName
from models.repositories.automations import scheduled
from models.tables import Automation, Firing

from .base import Body, Label, Time, View

Values = Annotated[dict[str, Any], Field(max_length=100)]
Budget = Annotated[int, Field(ge=0, le=1_000_000_000)]
Target = Annotated[str, Field(max_length=100)]
Decision = Literal["pending", "run", "skipped", "failed", "joined"]

SHOWN_NEXT = 3

REASONS = {
    "paused": {"zh": "自动化已暂停", "en": "the automation is paused"},
    "deleted": {"zh": "自动化已删除", "en": "the automation was deleted"},
    "repeated_time": {
        "zh": "时钟回拨,这个时刻已运行过一次",
        "en": "clocks were set back: this time of day has had its run",
    },
    "overlap": {"zh": "上一次运行尚未结束", "en": "the run before goes on"},
    "own_doing": {"zh": "事件由此自动化自身引起", "en": "the automation itself led to the event"},
    "too_deep": {"zh": "自动化相互触发层数过多", "en": "too many automations led to each other"},
    "condition": {"zh": "条件不满足", "en": "the condition does not hold"},
    "busy": {"zh": "并发键相同的运行尚未结束", "en": "a run with the same concurrency key goes on"},
    "over_daily_budget": {"zh": "超出今日预算", "en": "over the budget of the day"},
    "debounced": {"zh": "已并入随后的触发", "en": "joined into a later firing"},
}


class NewAutomation(Body):
    """Runs a pipeline or a tool. A value ``{"expression": CEL}`` among inputs or parameters is computed of ``event``.

    ``timezone`` is that of the schedule and of the ``daily_budget``, credits that its runs of one day may cost.
    """

    name: Label
    pipeline_id: Target | None = None
    tool_id: Target | None = None
    parameters: Values = {}
    inputs: Values = {}
    trigger: Trigger
    condition: Expression | None = None
    policies: Policies = Policies()
    timezone: ZoneName = "UTC"
    daily_budget: Budget | None = None

    @model_validator(mode="after")
    def _one(self) -> "NewAutomation":
        if (self.pipeline_id is None) == (self.tool_id is None):
            raise PydanticCustomError("one_of", "exactly one of {names} is wanted", {"names": "pipeline_id, tool_id"})
        return self


class AutomationChange(Body):
    """What is left out stays as it is; a new trigger or time zone counts from now on."""

    name: Label | None = None
    pipeline_id: Target | None = None
    tool_id: Target | None = None
    parameters: Values | None = None
    inputs: Values | None = None
    trigger: Trigger | None = None
    condition: Expression | None = None
    policies: Policies | None = None
    timezone: ZoneName | None = None
    daily_budget: Budget | None = None


class Triggering(Body):
    """``event`` is what its expressions and its condition see."""

    event: Values = {}


class Backfilling(Body):
    """Fire for every time of the schedule in this range; what fired already does not fire again."""

    start: Time = Field(alias="from")
    end: Time = Field(alias="to")


class HookView(View):
    """The address that is called; with what to sign, null where calls need no signature."""

    url: str
    secret: str | None


class DueView(View):
    """``note``: ``moved`` to the first valid minute, since ``local`` does not exist that day; ``repeated``: the second
    of two equal times of day, at which it does not run."""

    at: datetime
    local: datetime
    note: Note


class DueList(View):
    data: list[DueView]
    next_cursor: str | None = None


class AutomationView(View):
    """``next`` are the coming times of a schedule. ``hook`` is shown to whoever may write."""

    id: str
    name: str
    pipeline_id: str | None
    tool_id: str | None
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    trigger: dict[str, Any]
    condition: str | None
    policies: dict[str, Any]
    timezone: str
    daily_budget: int | None
    state: Literal["active", "paused"]
    paused_reason: str | None
    failures_in_row: int
    next: list[DueView]
    hook: HookView | None
    created_at: datetime
    updated_at: datetime


class AutomationPage(View):
    data: list[AutomationView]
    next_cursor: str | None


class FiringView(View):
    """One time that it was to run. ``reason`` is a code, ``message`` says it in words; ``run_status`` as it is now.

    Of a large ``event`` only the type and ``omitted_bytes`` are shown.
    """

    id: str
    why: Why
    at: datetime
    scheduled_for: datetime | None
    decision: Decision
    reason: str | None
    message: str | None
    run_id: str | None
    run_status: str | None
    event: dict[str, Any]


class FiringPage(View):
    data: list[FiringView]
    next_cursor: str | None


class HookAnswer(View):
    """What became of a call: the firing that it is."""

    firing_id: str


def automation_view(row: Automation, hook: HookView | None) -> AutomationView:
    """With its next times, while it is active."""
    shown = {name: getattr(row, name) for name in AutomationView.model_fields if name not in ("next", "hook")}
    following = [due_view(due) for due in islice(_next(row), SHOWN_NEXT)] if row.state == "active" else []
    return AutomationView(**shown, next=following, hook=hook)


def due_view(due: Due) -> DueView:
    return DueView.model_validate(due)


LARGEST_SHOWN = 16 * 1024
"""Bytes of an event that a list shows."""


def firing_view(firing: Firing, run_status: str | None, language: str) -> FiringView:
    """A firing with its reason in words."""
    shown = {name: getattr(firing, name) for name in ("id", "why", "at", "scheduled_for", "reason", "run_id")}
    decision = firing.decision if firing.decision in get_args(Decision) else "pending"
    return FiringView(
        **shown,
        decision=decision,
        message=_message(firing.reason, language),
        run_status=run_status,
        event=_shown(firing.event),
    )


def _shown(event: dict[str, Any]) -> dict[str, Any]:
    size = len(pydantic_core.to_json(event))
    return event if size <= LARGEST_SHOWN else {"type": event.get("type"), "omitted_bytes": size}


def _message(reason: str | None, language: str) -> str | None:
    if reason is None or reason in REASONS:
        return REASONS[reason][language] if reason else None
    error = DomainError.registry.get(reason, DomainError)
    return error.title[language]


def _next(row: Automation) -> Iterator[Due]:
    if row.trigger["type"] != "schedule":
        return
    plan, now = scheduled(row), datetime.now(UTC)
    clock = plan.trigger.clock()
    if clock is not None:
        yield from (due for due in upcoming(clock, plan.zone, now) if due.note != "repeated")
        return
    every = plan.trigger.every or 1
    at = (int(now.timestamp() - plan.trigger.offset) // every + 1) * every + plan.trigger.offset
    while True:
        instant = datetime.fromtimestamp(at, UTC)
        yield Due(instant, instant.astimezone(plan.zone).replace(tzinfo=None))
        at += every
