"""The composition root of workers: builds everything once and wires it. The only place that knows all parts."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from temporalio.client import Client

from activities.automations.dispatching import Dispatcher
from activities.automations.firing import FiringActivities
from activities.automations.sweeping import AutomationSweep, Schedules
from activities.automations.watching import Watcher
from activities.batch_rows import ToolRows
from activities.batches.results import BatchResults
from activities.batches.work import BatchActivities
from activities.billing.changing import ChangeActivities
from activities.billing.gateway import Gateway
from activities.billing.purchases import PurchaseActivities
from activities.billing.reconciling import BillingSweep, Entities, ReconcileActivities
from activities.billing.subscriptions import SubscriptionActivities
from activities.files import FileActivities
from activities.graph_tools import GraphTools
from activities.inference.checkpoints import Checkpoints
from activities.inference.host_config import HostConfig
from activities.inference.weights import Weights
from activities.intake import Intake
from activities.jobs import JobActivities
from activities.mails import MailActivities
from activities.maintenance import MaintenanceActivities, Starts
from activities.media.probe import Prober
from activities.pipelines.book import Books
from activities.pipelines.calling import CallActivities
from activities.pipelines.nesting import NestingActivities
from activities.pipelines.runs import RunActivities
from activities.pipelines.steps import StepActivities
from activities.pipelines.waiting import WaitActivities
from activities.publishing import Publisher
from activities.scratch import InputCache, Scratch
from activities.slots.engine_host import EngineHost, wanted
from activities.slots.pool import SlotPool
from activities.slots.protocol import SlotConfig
from activities.slots.slot import Slot
from activities.slots.wording import read_lines
from activities.staging import Stager
from activities.storage import ObjectStore
from activities.text_providers import TextProviders
from activities.tool_runs import ToolRuns
from activities.tools.base import Catalogue, Pool
from models.session import Database
from models.settings import Settings, inherited_environment
from temporal.tracing import span_maker
from workflows import automation_schedules, entities, starts

from .pools import PoolPlan, with_work

STARTS = Starts(
    job=starts.start_job,
    run=starts.start_run,
    batch=starts.start_batch,
    ingest=starts.start_ingest,
    mail=starts.start_mail,
)
SCHEDULES = Schedules(
    automation_schedules.known, automation_schedules.id_of, automation_schedules.ensure, automation_schedules.remove
)
Close = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What a pool runs on. ``slots`` is None for the core pool, which has none. ``beside``: loops that run along."""

    database: Database
    store: ObjectStore
    scratch: Scratch
    activities: list[Callable[..., Any]]
    slots: SlotPool | None = None
    prober: Prober | None = None
    providers: TextProviders | None = None
    beside: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def close(self) -> None:
        """End children, then connections; the scratch folder goes with its content."""
        if self.slots is not None:
            await self.slots.close()
        if self.prober is not None:
            await self.prober.close()
        if self.providers is not None:
            await self.providers.close()
        self.scratch.close()
        await self.store.close()
        await self.database.close()


def core_parts(settings: Settings, client: Client, catalogue: Catalogue) -> Parts:
    """Short activities of the core pool."""
    database, store = Database(settings), ObjectStore(settings)
    scratch, prober = Scratch(settings.scratch_folder), Prober(settings.max_pixels, children=1)
    jobs = JobActivities(database, settings)
    files = FileActivities(database, store, scratch, prober, settings)
    mails = MailActivities(database, settings)
    sweep = AutomationSweep(database, client, SCHEDULES, starts.start_firing)
    gateway, send = Gateway(settings), partial(starts.start_mail, client)
    followed = Entities(partial(entities.tell, client), partial(entities.running, client))
    subscriptions = SubscriptionActivities(database, gateway, settings, send)
    changes, purchases = ChangeActivities(database, gateway, settings), PurchaseActivities(database, gateway, send)
    reconcile = ReconcileActivities(database, gateway, subscriptions, followed)
    maintenance = MaintenanceActivities(database, client, STARTS, sweep, BillingSweep(database, followed))
    firings = FiringActivities(database, settings, catalogue)
    dispatcher = Dispatcher(database, client, starts.start_firing)
    intake = Intake(database, store, prober, settings)
    watcher = Watcher(database, store, scratch, intake, settings, client, starts.start_ingest)
    books = Books(database, GraphTools(catalogue, frozenset()))
    runs, nesting = RunActivities(database, books), NestingActivities(database, books)
    waits = WaitActivities(database, books)
    calls = CallActivities(database, settings, books)
    steps = StepActivities(database, store, settings, catalogue, books)
    batches = BatchActivities(database, settings, catalogue)
    results = BatchResults(database, store, scratch, settings)
    activities: list[Callable[..., Any]] = [
        jobs.settle, jobs.release,
        runs.begin, runs.end,
        calls.call, steps.open, steps.close, waits.wake, steps.fail, steps.await_job,
        firings.start, firings.close,
        nesting.begin_section, nesting.close_map, nesting.begin_round, nesting.close_round,
        batches.begin, batches.open_row, batches.close_row, batches.await_run, batches.end,
        results.report, results.pack,
        files.ingest, files.expire, files.purge,
        subscriptions.look, changes.change, purchases.look, reconcile.catch_up, reconcile.reconcile,
        mails.deliver, mails.give_up,
        maintenance.sweep_jobs, maintenance.start_missing, maintenance.expire,
    ]  # fmt: skip
    return Parts(database, store, scratch, activities, prober=prober, beside=[dispatcher.run, watcher.run])


def tool_parts(settings: Settings, plan: PoolPlan, catalogue: Catalogue) -> Parts:
    """Slots and tool activities of one pool."""
    database, store = Database(settings), ObjectStore(settings)
    scratch = Scratch(settings.scratch_folder)
    cache = InputCache(settings.scratch_folder.parent / "input-cache", settings.input_cache, store)
    weights = Weights(settings.weights_folder)
    checkpoints = Checkpoints(settings.checkpoints, weights)
    stager = Stager(database, store, cache, weights, checkpoints, settings.moderation, settings.inpainting)
    slots = slot_pool(settings, plan, catalogue, scratch)
    providers = TextProviders(settings.text_providers)
    publisher = Publisher(database, store)
    runs = ToolRuns(database, slots, scratch, stager, publisher, providers, span_maker(settings))
    rows = ToolRows(database, slots, scratch, stager, publisher, providers, settings)
    tools = catalogue.all()  # those of other pools, too: an operator may move a job here
    activities: list[Callable[..., Any]] = [each for tool in tools for each in runs.activities(tool)]
    activities += [rows.activity(tool) for tool in tools]
    return Parts(database, store, scratch, activities, slots=slots, providers=providers)


def slot_pool(settings: Settings, plan: PoolPlan, catalogue: Catalogue, scratch: Scratch) -> SlotPool:
    """The child processes of one pool; none is started yet."""
    config = SlotConfig(
        threads=slot_threads(settings, catalogue),
        device=settings.device,
        engine_cache=settings.engine_cache,
        weights=str(settings.weights_folder.absolute()),
        niceness=plan.niceness,
        extra_tools=settings.extra_tools,
        producer=settings.content_producer,
        sign=settings.visible_sign,
        refuse_from=settings.moderation_threshold,
        moderation=settings.moderation,
        refused_words=read_lines(settings.moderation_words) if settings.moderation_words else [],
    )
    environment = inherited_environment()
    host = None
    if plan.name == Pool.inference and wanted(settings.share_engines):
        host = engine_host(settings, config, scratch.home / "engines", environment)
        config = config.model_copy(update={"host": str(host.path)})
    return SlotPool(settings.slots, lambda: Slot(config, settings.slot_recycle_rss, environment), host)


def engine_host(settings: Settings, slot: SlotConfig, path: Path, environment: dict[str, str]) -> EngineHost:
    """The process that holds the engines of the inference pool's card, with the settings of its slots."""
    config = HostConfig(
        device=slot.device,
        threads=slot.threads,
        engine_cache=slot.engine_cache,
        weights=slot.weights,
        max_batch=settings.max_batch,
        max_delay=settings.max_delay,
    )
    return EngineHost(config, path, environment)


def slot_threads(settings: Settings, catalogue: Catalogue) -> int:
    """Threads of one slot, so that all slots of this machine together use its cores once."""
    if settings.slot_threads:
        return settings.slot_threads
    pools = [name for name in with_work(catalogue) if name not in {"core", "training"}]
    return max(1, len(os.sched_getaffinity(0)) // max(1, len(pools) * settings.slots))
