"""Looks at folders of the store that automations watch: each new object becomes a file of its account, once.

What follows is the dispatcher's: the file's event names the object's key, and the automation listens to events. An
account's folder is ``incoming/{account}/``; only who has keys to the store can put something there.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import groupby

import structlog
from sqlalchemy.exc import DBAPIError
from temporalio.client import Client
from temporalio.service import RPCError

from models.errors import DomainError, NotFound, Unavailable
from models.repositories.automations import Automations
from models.repositories.files import Files
from models.repositories.firings import Cause, Firings
from models.repositories.watched_objects import Version, WatchedObjects, Watching
from models.session import Database
from models.settings import Settings

from ..intake import Intake, Received, too_large
from ..publishing import digest
from ..scratch import Scratch
from ..storage import ObjectFacts, ObjectStore

PAGE = 500

log = structlog.get_logger(__name__)


def folder_of(account_id: str) -> str:
    """Where objects for an account are put."""
    return f"incoming/{account_id}/"


class Watcher:
    """A loop beside the core worker. ``ingest`` starts the workflow of a file; what fails is left to the sweep."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        scratch: Scratch,
        intake: Intake,
        settings: Settings,
        client: Client,
        ingest: Callable[[Client, str], Awaitable[None]],
    ) -> None:
        self._database = database
        self._store = store
        self._scratch = scratch
        self._intake = intake
        self._settings = settings
        self._client = client
        self._ingest = ingest
        bucket = settings.imports_bucket
        self._incoming = ObjectStore(settings.model_copy(update={"s3_bucket": bucket})) if bucket else store

    async def run(self) -> None:
        """Look until canceled; outlives a database, a store or a Temporal that is away."""
        try:
            while True:
                try:
                    await self.look()
                except (Unavailable, RPCError, DBAPIError) as error:
                    log.warning("folders are looked at later", error=str(error))
                await asyncio.sleep(self._settings.watch_interval)
        finally:
            if self._incoming is not self._store:
                await self._incoming.close()

    async def look(self) -> None:
        """Make files of all that is new in the folders that are watched now."""
        async with self._database.transaction() as session:
            watching = await WatchedObjects(session).watching()
        for account_id, group in groupby(watching, lambda each: each.account_id):
            watchers = list(group)
            async for page in self._new(account_id, watchers):
                for each in page:
                    await self._take(account_id, each, [by for by in watchers if concerns(by, each)])

    async def _new(self, account_id: str, watchers: list[Watching]) -> AsyncIterator[list[ObjectFacts]]:
        """Objects that are meant by somebody and were not dealt with, page by page."""
        page: dict[Version, ObjectFacts] = {}
        for prefix in outermost({each.trigger.prefix for each in watchers}):
            async for found in self._incoming.list(folder_of(account_id) + prefix):
                each = ObjectFacts(found.key.removeprefix(folder_of(account_id)), found.size, found.modified)
                if any(concerns(by, each) for by in watchers):
                    page[(each.key, each.modified)] = each
                if len(page) >= PAGE:
                    yield await self._unseen(account_id, page)
                    page = {}
        yield await self._unseen(account_id, page)

    async def _unseen(self, account_id: str, page: dict[Version, ObjectFacts]) -> list[ObjectFacts]:
        if not page:
            return []
        async with self._database.transaction() as session:
            return [page[each] for each in await WatchedObjects(session).unseen(account_id, page)]

    async def _take(self, account_id: str, found: ObjectFacts, watchers: list[Watching]) -> None:
        """Make the file, or keep why it cannot be one; raises what may pass by itself."""
        try:
            file_id = await self._import(account_id, found, watchers[0].user_id)
        except NotFound:  # taken away again
            return
        except DomainError as error:
            if error.retryable:
                raise
            await self._refuse(account_id, found, watchers, error)
            return
        if file_id is not None:
            log.info("object imported", account_id=account_id, key=found.key, file_id=file_id)
            await self._ingest(self._client, file_id)

    async def _import(self, account_id: str, found: ObjectFacts, user_id: str | None) -> str | None:
        """The new file's id; None if another process was faster."""
        if found.size > self._settings.max_upload_large:
            raise too_large(self._settings.max_upload_large)
        name = found.key.rpartition("/")[2]
        async with self._scratch.folder("watching") as folder:
            path = folder / "object"
            await self._incoming.get_to_file(folder_of(account_id) + found.key, path)
            sha256, size = await asyncio.to_thread(digest, path)
            new = await self._intake.inspect(account_id, Received(path, name, size, sha256))
            await self._intake.store(new, path)
        async with self._database.transaction() as session:
            if not await WatchedObjects(session).keep(account_id, (found.key, found.modified)):
                return None
            return str((await Files(session).create(new, key=found.key)).id)

    async def _refuse(self, account_id: str, found: ObjectFacts, watchers: list[Watching], error: DomainError) -> None:
        """Each automation that would have run has it on record, with the reason."""
        event = {"type": "folder", "key": found.key, "size": found.size, "error": error.wire()}
        for watcher in watchers:
            async with self._database.transaction() as session:
                automation = await Automations(session).lock(watcher.automation_id)
                if automation is not None:
                    firings = Firings(session)
                    cause = Cause(f"object:{found.key}:{found.modified.isoformat()}", "folder", event)
                    firing = await firings.record(automation, cause)
                    if firing.decision is None:
                        await firings.decide(firing, "failed", error.code)
        async with self._database.transaction() as session:
            await WatchedObjects(session).keep(account_id, (found.key, found.modified), refusal=error.code)


def concerns(watcher: Watching, found: ObjectFacts) -> bool:
    return found.modified >= watcher.since.replace(microsecond=0) and watcher.trigger.takes(found.key, found.size)


def outermost(prefixes: set[str]) -> list[str]:
    """Without those that lie within another."""
    return [
        each for each in sorted(prefixes) if not any(each != other and each.startswith(other) for other in prefixes)
    ]
