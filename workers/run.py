"""Runs one pool until it is told to stop: polls, finishes or hands over what runs, and leaves nothing behind."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.tools import discover
from activities.tools.base import Catalogue
from models.settings import Settings
from temporal import policies
from temporal.client import TemporalDoor
from workflows import entities, starts
from workflows.automation_run import AutomationRunWorkflow
from workflows.batch import BatchWorkflow
from workflows.batch_results import BatchResultsWorkflow
from workflows.file_ingest import FileIngestWorkflow
from workflows.mail_delivery import MailDeliveryWorkflow
from workflows.maintenance import MaintenanceWorkflow
from workflows.pipeline_run import PipelineRunWorkflow
from workflows.pipeline_section import PipelineSectionWorkflow
from workflows.purchase import PurchaseWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.subscription import SubscriptionWorkflow
from workflows.tool_run import ToolRunWorkflow

from . import deps, metrics
from .pools import CORE, PoolPlan, plan

WORKFLOWS = [
    ToolRunWorkflow,
    PipelineRunWorkflow,
    PipelineSectionWorkflow,
    BatchWorkflow,
    BatchResultsWorkflow,
    AutomationRunWorkflow,
    FileIngestWorkflow,
    MailDeliveryWorkflow,
    SubscriptionWorkflow,
    PurchaseWorkflow,
    ReconcileWorkflow,
    MaintenanceWorkflow,
]
CLEAN_EVERY = 60.0
RECONNECT = 0.5

log = structlog.get_logger(__name__)


async def run_pool(name: str, settings: Settings) -> None:
    """Serve pool ``name`` until SIGTERM or SIGINT; returns when everything of it has ended."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    client = await _reach(TemporalDoor(settings, _serve_metrics(settings), lazy=False), stop)
    catalogue = discover(settings.extra_tools)
    pool = plan(name, catalogue)
    serve = _core(settings, client, pool, catalogue) if name == CORE else _tools(settings, client, pool, catalogue)
    async with serve as worker:
        log.info("worker ready", pool=name, queue=pool.queue, tools=[tool.id for tool in pool.tools])
        await _until(stop, worker)
        log.info("worker stopping", pool=name)


def _serve_metrics(settings: Settings) -> str | None:
    if settings.metrics_port is None:
        return None
    address = metrics.free_address()
    metrics.serve(settings.metrics_port, address)
    return address


async def _reach(door: TemporalDoor, stop: asyncio.Event) -> Client:
    """The client, once Temporal answers: a worker may be up before it."""
    while not stop.is_set():
        try:
            return await door.client()
        except (RPCError, RuntimeError):
            log.warning("waiting for Temporal")
            await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=RECONNECT)
    raise SystemExit(0)


async def _until(stop: asyncio.Event, worker: Worker) -> None:
    serving = asyncio.ensure_future(worker.run())
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not serving.done():
        await worker.shutdown()
    await serving


@asynccontextmanager
async def _core(settings: Settings, client: Client, pool: PoolPlan, catalogue: Catalogue) -> AsyncIterator[Worker]:
    parts = deps.core_parts(settings, client, catalogue)
    beside = [asyncio.ensure_future(_keep_schedule(settings, client))]
    beside += [asyncio.ensure_future(each()) for each in parts.beside]
    for each in beside:
        each.add_done_callback(_report)
    try:
        yield Worker(
            client,
            task_queue=pool.queue,
            workflows=WORKFLOWS,
            activities=parts.activities,
            max_concurrent_workflow_task_polls=4,
            max_heartbeat_throttle_interval=policies.MAX_HEARTBEAT_THROTTLE,
            graceful_shutdown_timeout=timedelta(seconds=settings.grace),
        )
    finally:
        for each in beside:
            each.cancel()
        await parts.close()


def _report(task: asyncio.Future[None]) -> None:
    """A loop that ends by a mistake of ours is seen in the log; the sweep does what it can meanwhile."""
    if not task.cancelled() and task.exception() is not None:
        log.error("a loop beside the worker broke", exc_info=task.exception())


@asynccontextmanager
async def _tools(settings: Settings, client: Client, pool: PoolPlan, catalogue: Catalogue) -> AsyncIterator[Worker]:
    parts = deps.tool_parts(settings, pool, catalogue)
    assert parts.slots is not None
    cleaner = asyncio.ensure_future(_clean(parts))
    try:
        await parts.slots.warm_up()
        yield Worker(
            client,
            task_queue=pool.queue,
            activities=parts.activities,
            max_concurrent_activities=settings.slots,
            max_concurrent_activity_task_polls=min(2, settings.slots),
            max_heartbeat_throttle_interval=policies.MAX_HEARTBEAT_THROTTLE,
            graceful_shutdown_timeout=timedelta(seconds=settings.grace),
        )
    finally:
        cleaner.cancel()
        await parts.close()


async def _clean(parts: deps.Parts) -> None:
    while True:
        await asyncio.sleep(CLEAN_EVERY)
        await asyncio.to_thread(parts.scratch.clean)


async def _keep_schedule(settings: Settings, client: Client) -> None:
    """Schedules live in Temporal alone, which may lose them: made again at every start, looked at as often as they run.

    Any refusal is outlived: a server whose database is new says for a moment that it knows no such namespace.
    """
    every = timedelta(seconds=settings.sweep_interval)
    ensured, pause = False, RECONNECT
    while True:
        try:
            await (starts.create_maintenance if ensured else starts.ensure_maintenance)(client, every)
            await entities.create_reconcile(client)
            ensured, pause = True, every.total_seconds()
        except RPCError as error:
            log.warning("the schedule of maintenance could not be looked at", error=str(error))
            pause = RECONNECT
        await asyncio.sleep(pause)
