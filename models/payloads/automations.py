"""When automations run and under which rules, and what passes between their workflow and its activities."""

from collections.abc import Callable
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from ..automations import cron
from ..automations.clocks import Clock
from ..graphs.expressions import MOST_CHARACTERS, problem
from .runs import OpenRun
from .tool_runs import Payload

Why = Literal["schedule", "file", "folder", "job", "run", "credits", "hook", "manual", "backfill"]
Overlap = Literal["skip", "buffer_one", "allow_all", "cancel_other"]
Ended = Literal["succeeded", "failed"]
EVENT = frozenset({"event"})


class Shape(BaseModel):
    """A part of an automation, as it is sent, stored and shown."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def checked(kind: str, check: Callable[[str], str | None]) -> AfterValidator:
    """Refuses a text for the reason that ``check`` gives."""

    def validate(text: str) -> str:
        reason = check(text)
        if reason is not None:
            raise PydanticCustomError(kind, "{reason}", {"reason": reason})
        return text

    return AfterValidator(validate)


def _cron_problem(line: str) -> str | None:
    try:
        cron.parse(line)
    except ValueError as error:
        return str(error)
    return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone_problem(name: str) -> str | None:
    return None if name in _zones() else f"{name} is not an IANA time zone, such as Asia/Shanghai"


CronLine = Annotated[str, StringConstraints(max_length=200), checked("invalid_cron", _cron_problem)]
ZoneName = Annotated[str, StringConstraints(max_length=64), checked("invalid_time_zone", _zone_problem)]
Expression = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CHARACTERS),
    checked("invalid_expression", lambda text: problem(text, EVENT)),
]
"""CEL over ``event``."""


Minutes = list[Annotated[int, Field(ge=0, le=59)]]
Hours = list[Annotated[int, Field(ge=0, le=23)]]
Days = list[Annotated[int, Field(ge=1, le=31)]]
Months = list[Annotated[int, Field(ge=1, le=12)]]
Weekdays = list[Annotated[int, Field(ge=0, le=6)]]


class Calendar(Shape):
    """Local times by their parts; an empty list means every one. Weekdays from 0, Sunday."""

    minutes: Annotated[Minutes, Field(min_length=1, max_length=60)] = [0]
    hours: Annotated[Hours, Field(max_length=24)] = []
    days: Annotated[Days, Field(max_length=31)] = []
    months: Annotated[Months, Field(max_length=12)] = []
    weekdays: Annotated[Weekdays, Field(max_length=7)] = []

    def clock(self) -> Clock:
        parts = ((self.hours, range(24)), (self.days, range(1, 32)), (self.months, range(1, 13)))
        hours, days, months = (frozenset(given or every) for given, every in parts)
        return Clock(frozenset(self.minutes), hours, days, months, frozenset(self.weekdays or range(7)))


class ScheduleTrigger(Shape):
    """By exactly one of a cron line, a calendar, or every so many seconds. Times in seconds.

    ``overlap``: what happens while the run before still goes on. ``catchup``: how late a time may be made up for.
    """

    type: Literal["schedule"]
    cron: CronLine | None = None
    calendar: Calendar | None = None
    every: int | None = Field(None, ge=10, le=366 * 86_400)
    offset: int = Field(0, ge=0, description="Seconds by which multiples of `every`, counted from 1970, are late.")
    overlap: Overlap = "skip"
    catchup: int = Field(3_600, ge=10, le=366 * 86_400)
    jitter: int = Field(0, ge=0, le=86_400)

    @model_validator(mode="after")
    def _one(self) -> "ScheduleTrigger":
        if sum(each is not None for each in (self.cron, self.calendar, self.every)) != 1:
            raise PydanticCustomError("one_of", "exactly one of {names} is wanted", {"names": "cron, calendar, every"})
        if self.every is not None and self.offset >= self.every:
            raise PydanticCustomError("invalid_offset", "offset must be below every")
        return self

    def clock(self) -> Clock | None:
        """None where it is an interval."""
        if self.cron is not None:
            return cron.parse(self.cron)
        return self.calendar.clock() if self.calendar is not None else None


Globs = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=200)]], Field(max_length=20)]


class FileTrigger(Shape):
    """A file was uploaded and may be used. Of ``names`` and ``mime_types``, globs, one must fit; bytes."""

    type: Literal["file"]
    kinds: Annotated[list[str], Field(max_length=10)] = []
    mime_types: Globs = []
    names: Globs = []
    min_size: int = Field(0, ge=0)
    max_size: int | None = Field(None, ge=0)


class FolderTrigger(Shape):
    """An object was put below ``prefix`` in the account's folder of the store, and became a file. ``names`` as for
    files; bytes."""

    type: Literal["folder"]
    prefix: Annotated[str, Field(max_length=500, pattern=r"^[^/\x00-\x1f][^\x00-\x1f]*$|^$")] = ""
    names: Globs = []
    min_size: int = Field(0, ge=0)
    max_size: int | None = Field(None, ge=0)

    def takes(self, key: str, size: int) -> bool:
        """Whether an object of this key, below the account's folder, is meant."""
        name = key.rpartition("/")[2].lower()
        named = not self.names or any(fnmatchcase(name, glob.lower()) for glob in self.names)
        sized = self.min_size <= size and (self.max_size is None or size <= self.max_size)
        return bool(name) and key.startswith(self.prefix) and named and sized


class JobTrigger(Shape):
    """A job has ended; those of pipelines count, too."""

    type: Literal["job"]
    tool_id: str | None = Field(None, max_length=100)
    statuses: Annotated[list[Ended], Field(min_length=1, max_length=2)] = ["succeeded", "failed"]


class RunTrigger(Shape):
    """A run of a pipeline has ended."""

    type: Literal["run"]
    pipeline_id: str | None = Field(None, max_length=64)
    statuses: Annotated[list[Ended], Field(min_length=1, max_length=2)] = ["succeeded", "failed"]


class CreditsTrigger(Shape):
    """The available credits fell below a number; again only after they were above it."""

    type: Literal["credits"]
    below: int = Field(ge=1, le=1_000_000_000)


class HookTrigger(Shape):
    """Somebody called the hook's address. ``signed``: only with an HMAC of its secret, at most ``tolerance`` s old."""

    type: Literal["hook"]
    signed: bool = False
    tolerance: int = Field(300, ge=10, le=3_600)


Trigger = Annotated[
    ScheduleTrigger | FileTrigger | FolderTrigger | JobTrigger | RunTrigger | CreditsTrigger | HookTrigger,
    Field(discriminator="type"),
]
LISTENING = ("file", "folder", "job", "run", "credits")
"""Triggers that read the account's events."""

TRIGGERS: TypeAdapter[Trigger] = TypeAdapter(Trigger)


class Policies(Shape):
    """``concurrency_key``: CEL; of runs with an equal value ``at_once`` go on at most, further firings are skipped.

    ``debounce``: seconds of quiet before events are acted upon, the last one for all. ``run_budget``: credits of a run.
    """

    concurrency_key: Expression | None = None
    at_once: int = Field(1, ge=1, le=100)
    debounce: int = Field(0, ge=0, le=3_600)
    run_budget: int | None = Field(None, ge=0, le=1_000_000_000)


class Scheduled(Payload):
    """What a schedule of Temporal's is made of."""

    automation_id: str
    account_id: str
    revision: int
    trigger: ScheduleTrigger
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class FiringOrder(Payload):
    """Which firing: a row that waits, or the time of a schedule; the workflow adds ``scheduled_for``."""

    firing_id: str | None = None
    automation_id: str | None = None
    revision: int = 0
    scheduled_for: datetime | None = None


class FiringStart(Payload):
    """How a firing goes on: decided in ``wait`` seconds, by a run, or (with neither) it has ended."""

    firing_id: str | None = None
    wait: float | None = None
    run: OpenRun | None = None


class FiringEnd(Payload):
    """Whether the run has ended and was counted."""

    ended: bool
