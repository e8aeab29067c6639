"""Every timeout and retry of the product on one page. Nobody else writes a ``timedelta`` for Temporal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

RPC_TIMEOUT = timedelta(seconds=2)
"""For every call of a client that a user waits for."""

HEARTBEAT_INTERVAL = 1.0
MAX_HEARTBEAT_THROTTLE = timedelta(milliseconds=500)
"""A cancel reaches a heartbeating activity within this, instead of 80 % of the heartbeat timeout."""

PATIENCE = timedelta(hours=24)
"""How long a tool waits for a worker, a store or a database to come back before its job fails."""

POISON_ATTEMPTS = 3
"""A tool that broke by itself is tried this often; attempts that ended for other reasons do not count."""

UNTIL_IT_WORKS = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
TOOL_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
)
MAIL_RETRY = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=5)
)
"""A relay that is down is asked some 300 times a day."""


@dataclass(frozen=True)
class ActivityPolicy:
    """Keyword arguments of ``execute_activity`` or ``execute_local_activity``."""

    start_to_close: timedelta
    retry: RetryPolicy
    schedule_to_close: timedelta | None = None
    heartbeat: timedelta | None = None

    def options(self) -> dict[str, Any]:
        """For an activity on a queue."""
        return {
            **self.local(),
            "heartbeat_timeout": self.heartbeat,
            "cancellation_type": ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        }

    def local(self) -> dict[str, Any]:
        """For a local activity."""
        return {
            "start_to_close_timeout": self.start_to_close,
            "schedule_to_close_timeout": self.schedule_to_close,
            "retry_policy": self.retry,
        }


END_OF_JOB = ActivityPolicy(timedelta(seconds=10), UNTIL_IT_WORKS)
"""Settle and release: without limit, so that a database that is down never turns a finished tool into a failed job."""

STEP = ActivityPolicy(timedelta(seconds=30), UNTIL_IT_WORKS)
"""Opening and ending steps of pipelines, without limit: a database that is down only delays a run."""

CALL = ActivityPolicy(timedelta(minutes=3), UNTIL_IT_WORKS, heartbeat=timedelta(seconds=10))
"""Asking an address of a user's, who has two minutes to answer."""

WATCH = ActivityPolicy(timedelta(hours=24), UNTIL_IT_WORKS, heartbeat=timedelta(seconds=10))
"""Waiting for a job that another run has."""

REPORT = ActivityPolicy(timedelta(minutes=10), UNTIL_IT_WORKS, heartbeat=timedelta(seconds=10))
"""Naming the bad rows of a batch, without limit: it ends after that."""

RESULTS = ActivityPolicy(timedelta(hours=2), TOOL_RETRY, PATIENCE, timedelta(seconds=10))

ROWS_SECONDS = 10.0
"""A chunk of a batch gives its slot back after this, once the row that it is at has ended."""

LOOK = ActivityPolicy(timedelta(minutes=2), UNTIL_IT_WORKS, heartbeat=timedelta(seconds=10))
"""Asking the payment provider, without limit: while it is down, subscriptions stay as they were."""

LOOK_AGAIN = timedelta(hours=6)
"""After an answer of the provider that nobody expected."""

COMMAND = ActivityPolicy(timedelta(seconds=30), UNTIL_IT_WORKS, timedelta(minutes=1), timedelta(seconds=10))
"""A write at the payment provider, for which somebody waits."""

COMMAND_RPC = timedelta(seconds=40)
RECONCILE_EVERY = timedelta(days=1)

INGEST = ActivityPolicy(timedelta(minutes=2), TOOL_RETRY, PATIENCE, timedelta(seconds=10))
MAIL = ActivityPolicy(timedelta(seconds=30), MAIL_RETRY, PATIENCE)
SWEEP = ActivityPolicy(timedelta(minutes=5), RetryPolicy(maximum_attempts=3), heartbeat=timedelta(seconds=10))


def rows(timeout: float) -> ActivityPolicy:
    """A chunk of a tool's rows, each of which may take ``timeout`` seconds and break some times."""
    return ActivityPolicy(
        start_to_close=timedelta(seconds=ROWS_SECONDS + 60 + POISON_ATTEMPTS * timeout),
        retry=TOOL_RETRY,
        schedule_to_close=PATIENCE,
        heartbeat=timedelta(seconds=10),
    )


def tool(timeout: float, deadline: float | None) -> ActivityPolicy:
    """A tool's activity: ``timeout`` seconds an attempt, ``deadline`` seconds in all."""
    return ActivityPolicy(
        start_to_close=timedelta(seconds=timeout),
        retry=TOOL_RETRY,
        schedule_to_close=timedelta(seconds=deadline) if deadline is not None else PATIENCE,
        heartbeat=timedelta(seconds=10),
    )


def pauses() -> Iterator[timedelta]:
    """Between looks at a run that somebody else has: a second, then ever longer, up to five minutes."""
    pause = timedelta(seconds=1)
    while True:
        yield pause
        pause = min(2 * pause, timedelta(minutes=5))
