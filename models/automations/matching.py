"""Which events a trigger is meant for, and what of them an automation sees as ``event``."""

from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

import pydantic_core

from ..payloads.automations import CreditsTrigger, FileTrigger, FolderTrigger, JobTrigger, RunTrigger, Trigger

LARGEST = 16 * 1024
"""Bytes of a run's outputs that an event still carries."""


@dataclass(frozen=True)
class Happened:
    """An event with what is known of the job or run that it tells of. ``ancestry``: automations that led to it."""

    id: int
    type: str
    at: datetime
    data: dict[str, Any]
    job_id: str | None = None
    run_id: str | None = None
    tool_id: str | None = None
    pipeline_id: str | None = None
    outputs: Any = None
    ancestry: list[str] = field(default_factory=list)


def matches(trigger: Trigger, happened: Happened) -> bool:
    """Whether the trigger is meant. For credits: whether they are below the threshold."""
    kind, _, status = happened.type.partition(".")
    match trigger:
        case FileTrigger():
            return happened.type == "file.uploaded" and _file(trigger, happened.data)
        case FolderTrigger():
            key = str(happened.data.get("key", ""))
            return happened.type == "file.uploaded" and trigger.takes(key, happened.data["size"])
        case JobTrigger():
            wanted = trigger.tool_id is None or trigger.tool_id == happened.tool_id
            return kind == "job" and status in trigger.statuses and wanted
        case RunTrigger():
            wanted = trigger.pipeline_id is None or trigger.pipeline_id == happened.pipeline_id
            return kind == "run" and status in trigger.statuses and wanted
        case CreditsTrigger():
            return happened.type == "credits.changed" and int(happened.data["available"]) < trigger.below
    return False


def rearms(trigger: Trigger, happened: Happened) -> bool:
    """Whether credits rose over the threshold again."""
    return isinstance(trigger, CreditsTrigger) and happened.type == "credits.changed" and not matches(trigger, happened)


def seen(happened: Happened) -> dict[str, Any]:
    """The ``event`` of expressions and of the record."""
    told = {"type": happened.type, "at": happened.at.isoformat(), **happened.data}
    known = {
        "job_id": happened.job_id,
        "run_id": happened.run_id,
        "tool_id": happened.tool_id,
        "pipeline_id": happened.pipeline_id,
        "outputs": happened.outputs,
    }
    told |= {name: value for name, value in known.items() if value is not None}
    if len(pydantic_core.to_json(told.get("outputs"))) > LARGEST:
        del told["outputs"]
    return told


def _file(trigger: FileTrigger, file: dict[str, Any]) -> bool:
    return (
        (not trigger.kinds or file["kind"] in trigger.kinds)
        and _fits(trigger.mime_types, file["mime_type"])
        and _fits(trigger.names, file["name"])
        and trigger.min_size <= file["size"]
        and (trigger.max_size is None or file["size"] <= trigger.max_size)
    )


def _fits(globs: list[str], text: str) -> bool:
    return not globs or any(fnmatchcase(text.lower(), glob.lower()) for glob in globs)
