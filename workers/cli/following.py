"""A job as it happens: its Server-Sent Events, taken up again where they broke off; polling where there are none."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx

from .client import OPEN, Client
from .output import Problem

PAUSE = 1.0
"""Seconds before a lost stream is asked for again, and between polls."""

STREAMS = 5
"""Streams in a row that brought nothing before polling takes over."""

POLLS = 60
"""Polls in a row that nobody answered before it is an error."""

Tell = Callable[[dict[str, Any]], None]
"""Hears of progress: ``fraction`` 0..1, ``step``, ``message``."""


def follow(client: Client, job_id: str, tell: Tell) -> dict[str, Any]:
    """Wait for the job's end and return it; raises ``Problem``, or ``httpx.TransportError`` after a minute alone."""
    after, fruitless = "", 0
    while fruitless < STREAMS:
        seen = _listen(client, job_id, after, tell)
        job = _look(client, job_id)
        if job is not None and job["status"] not in OPEN:
            return job
        fruitless = fruitless + 1 if seen == after else 0
        after = seen
        time.sleep(PAUSE)
    return _poll(client, job_id, tell)


def _listen(client: Client, job_id: str, after: str, tell: Tell) -> str:
    """Follow one stream to where it ends or breaks; returns the last id that was seen."""
    try:
        for event in client.events(job_id, after):
            after = event.id or after
            if event.event == "job.progress":
                tell(json.loads(event.data))
    except (httpx.TransportError, Problem):
        return after
    return after


def _look(client: Client, job_id: str) -> dict[str, Any] | None:
    """The job; None while the server is away."""
    try:
        job: dict[str, Any] = client.get(f"/api/jobs/{job_id}")
    except httpx.TransportError:
        return None
    except Problem as problem:
        if problem.body.get("retryable"):
            return None
        raise
    return job


def _poll(client: Client, job_id: str, tell: Tell) -> dict[str, Any]:
    alone = 0
    while alone < POLLS:
        job = _look(client, job_id)
        alone = alone + 1 if job is None else 0
        if job is not None:
            tell(job["progress"])
            if job["status"] not in OPEN:
                return job
        time.sleep(PAUSE)
    job_now: dict[str, Any] = client.get(f"/api/jobs/{job_id}")
    return job_now
