"""The workflow of a file that was just uploaded or made."""

from temporalio import workflow

from models.payloads.files import IngestEnd, IngestInput

from . import calls


@workflow.defn(name="FileIngest")
class FileIngestWorkflow:
    """Look at the file more closely; until then one that must be scanned makes jobs wait."""

    @workflow.run
    async def run(self, order: IngestInput) -> IngestEnd:
        return await calls.ingest_file(order)
