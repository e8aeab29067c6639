"""The ingest of a file through the real Temporal: once an id, and again only for what was never ingested."""

from datetime import timedelta
from pathlib import Path

from temporalio.worker import Worker

from models.payloads.files import IngestEnd
from models.repositories.files import Files
from models.settings import Settings
from temporal.client import TemporalDoor
from temporal.ids import of_file
from temporal.queues import CORE
from tests.activities.media import samples
from tests.activities.test_files import World
from workflows.file_ingest import FileIngestWorkflow
from workflows.starts import start_ingest


async def test_a_started_ingest_makes_the_file_whole(settings: Settings, tmp_path: Path) -> None:
    world = await World.opened(settings, tmp_path)
    file = await world.add(samples.image("JPEG"), "image/jpeg", "image")
    client = await TemporalDoor(settings, lazy=False).client()
    worker = Worker(client, task_queue=CORE, workflows=[FileIngestWorkflow], activities=[world.activities().ingest])
    async with worker:
        await start_ingest(client, file.id)
        await start_ingest(client, file.id)
        handle = client.get_workflow_handle(of_file(file.id), result_type=IngestEnd)
        assert (await handle.result()).status in ("ready", "")
    assert (await world.file(file.id)).thumbnail_sha256 is not None
    async with world.database.transaction() as session:
        assert file.id not in await Files(session).uningested_ids(timedelta(0))
    await world.close()
