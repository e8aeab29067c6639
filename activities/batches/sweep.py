"""Keeps the workflows of batches in step with their rows: the part of the minutely sweep that looks at batches."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from models.errors import Interrupted
from models.payloads.batches import OpenBatch
from models.repositories.batches import Batches
from models.repositories.events import Events
from models.session import Database
from temporal import ids, policies

log = structlog.get_logger(__name__)


class BatchSweep:
    """Each batch is looked at by itself; returns what was done, as the sweep counts it."""

    def __init__(
        self, database: Database, client: Client, start: Callable[[Client, OpenBatch], Awaitable[None]]
    ) -> None:
        self._database = database
        self._client = client
        self._start = start

    async def all(self, older_than: timedelta) -> list[str]:
        """Start what is missing, end what closed without an end, tell what its owner wants."""
        done, after = [], ""
        while True:
            async with self._database.transaction() as session:
                batches = await Batches(session).open_batches(older_than, after)
            for batch in batches:
                done.append(await self._compare(batch))
                after = batch.id
            if not batches:
                return done

    async def _compare(self, batch: OpenBatch) -> str:
        handle = self._client.get_workflow_handle(ids.of_batch(batch.id, batch.round))
        try:
            found = (await handle.describe(rpc_timeout=policies.RPC_TIMEOUT)).status
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            if not batch.cancel_requested:
                await self._start(self._client, batch)
                return "started"
            return await self._end(batch)
        if found != WorkflowExecutionStatus.RUNNING:
            return await self._end(batch)
        if batch.cancel_requested:
            await handle.cancel(rpc_timeout=policies.RPC_TIMEOUT)
            return "canceled"
        await self._tell(handle, batch)
        return "running"

    async def _tell(self, handle: WorkflowHandle[object, object], batch: OpenBatch) -> None:
        """Repeat a wish that did not reach the workflow."""
        try:
            if await handle.query("paused", rpc_timeout=policies.RPC_TIMEOUT) != batch.paused:
                await handle.signal("wish", "pause" if batch.paused else "resume", rpc_timeout=policies.RPC_TIMEOUT)
        except (RPCError, WorkflowQueryFailedError) as error:  # it ends, or no worker is free: the next sweep asks
            log.info("a batch did not answer", batch_id=batch.id, error=str(error))

    async def _end(self, batch: OpenBatch) -> str:
        status = "canceled" if batch.cancel_requested else "failed"
        error = None if batch.cancel_requested else Interrupted().wire()
        async with self._database.transaction() as session:
            ended = await Batches(session).end(batch.id, status, error)
        await self._database.once(lambda session: Events(session).hint(ended.account_id, ended.id))
        log.warning("the sweep ended a batch", batch_id=batch.id, status=status)
        return "interrupted"
