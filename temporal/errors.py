"""Errors across the wire: ours become ``ApplicationError`` with our code, and failures ours again."""

from typing import Any

from temporalio.exceptions import ActivityError, ApplicationError, FailureError, TimeoutError

from models.errors import DeadlineExceeded, DomainError, ToolFailed

SUPERSEDED, JOB_ENDED = "superseded", "job_ended"


def to_application_error(error: DomainError) -> ApplicationError:
    """For activities: Temporal retries what ``retryable`` says may pass."""
    return ApplicationError(str(error), error.wire(), type=error.code, non_retryable=not error.retryable)


def superseded() -> ApplicationError:
    """Another attempt has the job. Retryable: Temporal ignores what an old attempt says; a current one that lost its
    lease to a stray of a lost run takes it back with its next attempt, instead of ending a job that is alive."""
    return ApplicationError("this attempt no longer counts", type=SUPERSEDED)


def job_ended() -> ApplicationError:
    """Nothing is left to do: the job's row has ended."""
    return ApplicationError("the job has ended", type=JOB_ENDED, non_retryable=True)


def to_wire(failure: BaseException, deadline: float | None) -> dict[str, Any]:
    """For workflows: the named error behind an activity's failure. ``deadline`` in seconds, if the caller gave one."""
    cause = failure.cause if isinstance(failure, ActivityError) and failure.cause else failure
    if isinstance(cause, ApplicationError) and cause.type in DomainError.registry and cause.details:
        wire: dict[str, Any] = cause.details[0]
        return wire
    if isinstance(cause, TimeoutError) and deadline is not None:  # the server caps every other timeout by it
        return DeadlineExceeded(seconds=round(deadline)).wire()
    reason = cause.message if isinstance(cause, FailureError) else type(cause).__name__
    return ToolFailed(reason=reason[:200]).wire()
