"""The workflow that packs a batch's results once somebody asks for them."""

from temporalio import workflow

from models.payloads.batches import ResultsOrder

from . import calls


@workflow.defn(name="BatchResults")
class BatchResultsWorkflow:
    """Make the zip; its file's id lies on the batch's row."""

    @workflow.run
    async def run(self, order: ResultsOrder) -> None:
        await calls.pack_batch(order)
