"""From a checked call to an order that opens a job: the one way, for callers of the API and for steps of pipelines."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from models.payloads.jobs import JobOrder, PriorityName
from models.repositories.files import Files
from models.repositories.tools import Tools
from models.settings import Settings
from models.tables import File, ToolConfiguration
from temporal.queues import pool_queue

from .tools.parsing import Call, Charge, Configuration, FileFacts, price


@dataclass(frozen=True)
class Orderer:
    """For whom, in which language and under which request a job is opened."""

    account_id: str
    user_id: str | None
    language: str
    request_id: str | None
    priority: PriorityName = PriorityName.normal

    def order(self, call: Call, credits: int, cancel_after: float | None = None) -> JobOrder:
        """A job that holds ``credits``; canceled after ``cancel_after`` seconds if that is given."""
        tool = call.tool
        return JobOrder(
            account_id=self.account_id,
            user_id=self.user_id,
            tool_id=tool.id,
            tool_version=tool.version,
            queue=pool_queue(tool.pool),
            chunked=tool.chunking is not None,
            timeout=tool.timeout,
            priority=self.priority,
            inputs={"files": call.files, "texts": call.texts, "many": [port.name for port in tool.inputs if port.many]},
            parameters=call.params.model_dump(mode="json"),
            credits=credits,
            language=self.language,
            request_id=self.request_id,
            cancel_after=cancel_after,
        )


async def price_call(session: AsyncSession, settings: Settings, account_id: str, call: Call) -> Charge:
    """Credits and breakdown of a parsed call for the account's files; raises what ``parsing.price`` raises."""
    rows = await Files(session).chosen(account_id, call.file_ids)
    configured = await Tools(session).configuration(call.tool.id)
    return price(call, {key: facts_of(row) for key, row in rows.items()}, decided(configured, settings))


def decided(row: ToolConfiguration | None, settings: Settings) -> Configuration:
    """How a tool is offered here; ``row`` is what the operator decided of it, if anything."""
    checkpoint = bool(settings.checkpoints)
    if row is None:
        return Configuration(checkpoint=checkpoint)
    paused = row.pause_reason if row.paused_at is not None else None
    return Configuration(row.enabled, row.price_factor, checkpoint, paused)


def facts_of(row: File) -> FileFacts:
    """What pricing needs of a file."""
    return FileFacts(row.id, row.kind, row.mime_type, row.size, row.status, row.details)
