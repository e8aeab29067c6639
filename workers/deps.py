"""The composition root of workers: builds everything once and wires it. The only place that knows all parts."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from activities.inference.weights import Weights
from activities.storage import ObjectStore
from temporalio.client import Client

from activities.jobs import JobActivities
from activities.maintenance import MaintenanceActivities
from activities.publishing import Publisher
from activities.scratch import InputCache, Scratch
from activities.slots.pool import SlotPool
from activities.slots.protocol import SlotConfig
from activities.slots.slot import Slot
from activities.staging import Stager
from activities.tool_runs import ToolRuns
from activities.tools.base import Catalogue
from models.session import Database
from models.settings import Settings
from workflows import starts

from .pools import PoolPlan, with_work


class WorkflowStarts:
    """Hands the starters of workflows to activities, which may not import workflows."""

    job = staticmethod(starts.start_job)


@dataclass(frozen=True)
class CoreParts:
    """What the core pool runs on."""

    database: Database
    activities: list[Callable[..., Any]]


def core_parts(settings: Settings, client: Client) -> CoreParts:
    """Short activities of the core pool."""
    database = Database(settings)
    jobs = JobActivities(database, settings)
    maintenance = MaintenanceActivities(database, client, WorkflowStarts())
    return CoreParts(database, [jobs.settle, jobs.release, maintenance.sweep_jobs, maintenance.expire])


@dataclass(frozen=True)
class ToolParts:
    """What a pool of tools runs on; closed in reverse."""

    database: Database
    slots: SlotPool
    scratch: Scratch
    activities: list[Callable[..., Any]]


def tool_parts(settings: Settings, plan: PoolPlan, catalogue: Catalogue) -> ToolParts:
    """Slots and tool activities of one pool."""
    database, store = Database(settings), ObjectStore(settings)
    weights = Weights(settings.weights_folder)
    scratch = Scratch(settings.scratch_folder)
    cache = InputCache(settings.scratch_folder.parent / "input-cache", settings.input_cache, store)
    config = SlotConfig(
        threads=slot_threads(settings, catalogue),
        device=settings.device,
        engine_cache=settings.engine_cache,
        weights=str(settings.weights_folder.absolute()),
        niceness=plan.niceness,
        extra_tools=settings.extra_tools,
    )
    environment = dict(os.environ)
    slots = SlotPool(settings.slots, lambda: Slot(config, settings.slot_recycle_rss, environment))
    runs = ToolRuns(database, slots, scratch, Stager(database, store, cache, weights), Publisher(database, store))
    activities = [each for tool in plan.tools for each in runs.activities(tool)]
    return ToolParts(database, slots, scratch, activities)


def slot_threads(settings: Settings, catalogue: Catalogue) -> int:
    """Threads of one slot, so that all slots of this machine together use its cores once."""
    if settings.slot_threads:
        return settings.slot_threads
    pools = [name for name in with_work(catalogue) if name not in {"core", "training"}]
    return max(1, len(os.sched_getaffinity(0)) // max(1, len(pools) * settings.slots))
