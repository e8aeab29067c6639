"""The node that calls an address: at least once, under a key by which the other side knows a repeat."""

import json
from typing import Any

import structlog
from temporalio import activity

from models.errors import DomainError, HttpFailed
from models.graphs.nodes import HttpParameters
from models.payloads.runs import StepEnd, StepOrder
from models.repositories.run_steps import RunSteps
from models.session import Database
from models.settings import Settings
from temporal.heartbeat import heartbeating

from ..guarded_http import HttpAnswer, call
from .book import Books
from .notes import Notes
from .rows import branch, end_of, open_row
from .values import Values, bound

log = structlog.get_logger(__name__)


class CallActivities:
    """An activity on a queue, since an answer may take a minute."""

    def __init__(self, database: Database, settings: Settings, books: Books) -> None:
        self._database = database
        self._private = settings.allow_private_addresses
        self._books = books
        self._notes = Notes(database)

    @activity.defn(name="steps.call")
    async def call(self, order: StepOrder) -> StepEnd:
        """Call the address of the node and end its step by the answer; anything but 2xx is a failure."""
        place = (await self._books.of(order.run_id)).place(order.step)
        values = await bound(self._database, order.run_id, order.step, place)
        parameters = HttpParameters.model_validate(place.node.parameters)
        error: dict[str, Any] | None = None
        outputs: Values = {}
        async with heartbeating():
            try:
                outputs = self._outputs(await self._ask(order, parameters, values.get("value")))
            except DomainError as failure:
                error = failure.wire()
        async with self._database.transaction() as session:
            run, row = await open_row(session, order)
            if row.status == "running" and error is None:
                await RunSteps(session).end(run, row, outputs)
            elif row.status == "running" and error is not None:
                await RunSteps(session).fail(run, row, error, branch(place, error))
        await self._notes.tell(run)
        return end_of(row)

    async def _ask(self, order: StepOrder, parameters: HttpParameters, value: Any) -> HttpAnswer:
        body, headers = b"", {"idempotency-key": f"{order.run_id}:{order.step}:{order.attempt}"}
        if value is not None and parameters.method != "GET":
            plain = isinstance(value, str)
            body = value.encode() if plain else json.dumps(value, ensure_ascii=False).encode()
            headers["content-type"] = "text/plain; charset=utf-8" if plain else "application/json"
        headers |= {name.lower(): text for name, text in parameters.headers.items()}
        answer = await call(
            parameters.method, parameters.url, headers=headers, body=body, seconds=parameters.seconds,
            private=self._private,
        )  # fmt: skip
        log.info("called", run_id=order.run_id, step=order.step, status=answer.status, bytes=len(answer.body))
        if not 200 <= answer.status < 300:
            raise HttpFailed(reason=f"HTTP {answer.status}")
        return answer

    def _outputs(self, answer: HttpAnswer) -> Values:
        """The body as JSON where it says that it is, else as text."""
        text = answer.body.decode(errors="replace").replace("\x00", "")
        if "json" not in answer.headers.get("content-type", ""):
            return {"body": text, "status": answer.status}
        try:
            return {"body": json.loads(text), "status": answer.status}
        except ValueError as error:
            raise HttpFailed(reason="the answer says that it is JSON, but is not") from error
