"""Batches as the API shows and takes them."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from pydantic import Field

from models.graphs.graph import Graph
from models.payloads.batches import OPEN_BATCH, BatchStatus, RowState
from models.payloads.jobs import PriorityName
from models.tables import Batch, BatchRow
from temporal.ids import of_batch

from .base import Body, Label, View
from .jobs import JobError, error_view

MOST_INLINE = 1_000


class BatchRequest(Body):
    """What is run, exactly one of ``tool_id``, ``pipeline_id`` and ``graph``; over what, ``rows`` or ``file``.

    ``file`` is a CSV, JSONL or zip, or a list of files that make a row each and go into the input ``port``.
    ``columns`` says which input or parameter a column feeds where its name does not. ``inputs`` and ``parameters``
    are shared by all rows; a row's own go first.
    """

    tool_id: str | None = None
    pipeline_id: str | None = None
    version: int | None = Field(None, ge=1)
    graph: Graph | None = None
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_INLINE)] | None = None
    file: str | list[str] | None = None
    port: str | None = None
    columns: dict[str, str] = {}
    inputs: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    budget: int | None = Field(None, ge=0, description="Credits; a batch that may cost more is refused.")
    concurrency: int = Field(8, ge=1, le=32, description="Rows of a pipeline that run at once.")
    priority: PriorityName = PriorityName.normal
    name: Label | None = None


class Counts(View):
    """Of rows; ``open`` have not ended."""

    total: int
    open: int
    succeeded: int
    failed: int
    canceled: int


class CreditsOfBatch(View):
    """``held`` is what open rows may still cost at most, ``used`` what ended ones were charged."""

    budget: int
    held: int
    used: int


class BatchView(View):
    """``eta_seconds`` is a guess by the rows that have ended since the batch, or its retry, began.

    ``report_file_id`` and ``table_file_id`` name the bad rows as JSON Lines and as CSV once the batch has ended.
    """

    id: str
    name: str
    tool_id: str | None
    pipeline_id: str | None
    pipeline_version: int | None
    status: BatchStatus
    priority: PriorityName
    concurrency: int
    round: int
    rows: Counts
    credits: CreditsOfBatch
    eta_seconds: int | None
    report_file_id: str | None
    table_file_id: str | None
    results_file_id: str | None
    error: JobError | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    workflow_id: str


class BatchPage(View):
    data: list[BatchView]
    next_cursor: str | None = None


class BatchRowView(View):
    """``outputs`` by name: file ids, lists of them, or values. ``run_id`` is the run of a pipeline's row."""

    row: int
    state: RowState
    inputs: dict[str, Any]
    parameters: dict[str, Any]
    outputs: dict[str, Any]
    data: dict[str, Any]
    credits: int
    attempt: int
    run_id: str | None
    error: JobError | None
    completed_at: datetime | None


class BatchRowPage(View):
    data: list[BatchRowView]
    next_cursor: str | None = None


class ResultsView(View):
    """The zip: ``file_id`` and ``url`` once it is made, until then ``making``."""

    status: str
    file_id: str | None = None
    url: str | None = None
    size: int | None = None


def batch_view(batch: Batch, language: str) -> BatchView:
    """Render a row in ``language`` ("zh" or "en")."""
    ended = batch.succeeded + batch.failed + batch.canceled
    is_open = batch.status in OPEN_BATCH
    return BatchView(
        id=batch.id,
        name=batch.name,
        tool_id=batch.tool_id,
        pipeline_id=batch.pipeline_id,
        pipeline_version=batch.pipeline_version,
        status=cast(BatchStatus, batch.status),
        priority=PriorityName(batch.priority),
        concurrency=batch.concurrency,
        round=batch.round,
        rows=Counts(
            total=batch.total,
            open=batch.total - ended,
            succeeded=batch.succeeded,
            failed=batch.failed,
            canceled=batch.canceled,
        ),
        credits=CreditsOfBatch(
            budget=batch.budget, held=batch.committed - batch.used if is_open else 0, used=batch.used
        ),
        eta_seconds=_eta(batch, batch.total - ended) if batch.status == "running" else None,
        report_file_id=batch.report_file_id,
        table_file_id=batch.table_file_id,
        results_file_id=batch.zip_file_id,
        error=error_view(batch.error, language),
        created_at=batch.created_at,
        started_at=batch.started_at,
        completed_at=batch.completed_at,
        workflow_id=of_batch(batch.id, batch.round),
    )


def row_view(row: BatchRow, language: str) -> BatchRowView:
    """Render one row."""
    return BatchRowView(
        row=row.number,
        state=cast(RowState, row.state),
        inputs=row.input["inputs"],
        parameters=row.input["parameters"],
        outputs=row.outputs,
        data=row.data,
        credits=row.credits,
        attempt=row.attempt,
        run_id=row.run_id,
        error=error_view(row.error, language),
        completed_at=row.completed_at,
    )


def _eta(batch: Batch, left: int) -> int | None:
    if not batch.round_done:
        return None
    took = (datetime.now(UTC) - batch.round_at).total_seconds()
    return round(took / batch.round_done * left)
