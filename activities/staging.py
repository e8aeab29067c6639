"""Brings to this machine what a slot needs: inputs by digest, finished chunks, and the weights of the engines."""

import asyncio
from pathlib import Path

from activities.tools.base import Tool, picture_port
from models.errors import CheckpointNeeded
from models.payloads.jobs import JobWork
from models.repositories.job_chunks import JobChunks
from models.session import Database
from models.settings import Inpainting

from .inference.checkpoints import CheckpointFiles, Checkpoints
from .inference.inpainting import InpaintingFile, fetch_network
from .inference.registry import discover_engines, weights_of
from .inference.weights import Weights
from .scratch import InputCache
from .slots.protocol import SlotTask, Stage, TaskFile
from .storage import ObjectStore, blob_key, work_key

AT_ONCE = 8


class Stager:
    """Fetches for one attempt. Slots have no network: whatever is not brought here is not there."""

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        cache: InputCache,
        weights: Weights,
        checkpoints: Checkpoints,
        moderation: str = "off",
        inpainting: Inpainting | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._cache = cache
        self._weights = weights
        self._checkpoints = checkpoints
        self._moderation = moderation
        self._inpainting = inpainting
        discover_engines()

    async def task(self, tool: Tool, work: JobWork, stage: Stage, folder: Path, writer: str) -> SlotTask:
        """Everything that a slot is told of one stage, with what it needs brought under ``folder``.

        ``writer`` is the label of the text providers.
        """
        painter = await self.painter(tool, work)
        return SlotTask(
            tool_id=tool.id,
            stage=stage,
            parameters=work.parameters,
            files=await self.inputs(work, folder),
            texts=work.texts,
            scratch=str(_outputs(folder)),
            language=work.language,
            engines=await self.engines(tool, work),
            writer=writer,
            job_id=work.job_id,
            painter=painter,
            filler=await self.filler(tool),
            moderated=await self.moderation(painting=painter is not None),
        )

    async def inputs(self, work: JobWork, folder: Path) -> list[TaskFile]:
        """Link every input under ``folder/inputs``; a digest that stands twice is fetched once."""
        home = folder / "inputs"
        home.mkdir()
        gate = asyncio.Semaphore(AT_ONCE)

        async def fetch(sha256: str) -> None:
            async with gate:
                await self._cache.fetch(blob_key(work.account_id, sha256), sha256, home / sha256)

        async with asyncio.TaskGroup() as group:
            for sha256 in {row.sha256 for row in work.files}:
                group.create_task(fetch(sha256))
        return [
            TaskFile(
                port=row.port, path=str(home / row.sha256), name=row.name, mime_type=row.mime_type, sha256=row.sha256
            )
            for row in work.files
        ]

    async def engines(self, tool: Tool, work: JobWork) -> list[str]:
        """Names of the engines that the call needs, their weights fetched; raises ``WeightsUnavailable``."""
        names = list(tool.engines(tool.params.model_validate(work.parameters)))
        for name in names:
            await self._bring(name)
        return names

    async def moderation(self, painting: bool) -> bool:
        """Whether the pictures of this call are looked at, its weights fetched; raises ``WeightsUnavailable``."""
        if self._moderation == "off" or (self._moderation == "generated" and not painting):
            return False
        await self._bring("moderation")
        return True

    async def _bring(self, engine: str) -> None:
        for weights in weights_of(engine):
            if not self._weights.present(weights):
                await asyncio.to_thread(self._weights.ensure, weights)

    async def painter(self, tool: Tool, work: JobWork) -> CheckpointFiles | None:
        """The checkpoint's files if the call wants them and one is set; raises ``CheckpointNeeded``,
        ``CheckpointUnusable``, ``WeightsUnavailable``."""
        given = frozenset([*(row.port for row in work.files), *work.texts])
        wanted = tool.paints(given, tool.params.model_validate(work.parameters))
        if wanted == "must" and not self._checkpoints:
            raise CheckpointNeeded(port=picture_port(tool))
        if wanted == "never" or not self._checkpoints:
            return None
        return await asyncio.to_thread(self._checkpoints.fetch)

    async def filler(self, tool: Tool) -> InpaintingFile | None:
        """The inpainting network if the tool wants it and one is set; raises ``CheckpointUnusable``,
        ``WeightsUnavailable``."""
        if not tool.fills or self._inpainting is None:
            return None
        return await asyncio.to_thread(fetch_network, self._inpainting, self._weights)

    async def pieces(self, job_id: str, folder: Path) -> list[str]:
        """Fetch a job's finished chunks, in the plan's order, under ``folder/pieces``."""
        home = folder / "pieces"
        home.mkdir()
        async with self._database.transaction() as session:
            digests = await JobChunks(session).digests(job_id)
        paths = []
        for position, sha256 in enumerate(digests):
            path = home / f"{position:06d}"
            await self._store.get_to_file(work_key(job_id, sha256), path)
            paths.append(str(path))
        return paths


def _outputs(folder: Path) -> Path:
    outputs = folder / "outputs"
    outputs.mkdir()
    return outputs
