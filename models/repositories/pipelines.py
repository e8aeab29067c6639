"""Saved pipelines: created, drawn anew by version, published, found again, deleted softly, forgotten later."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pydantic_core
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import InvalidGraph, InvalidInput, NotFound, TooManyPipelines, VersionConflict, wrong
from ..graphs.graph import Graph
from ..graphs.validation import GraphError
from ..ids import new_id
from ..tables import Account, Pipeline, PipelineVersion

Judge = Callable[[Graph], Awaitable[Sequence[GraphError]]]
"""Tells what keeps a drawing from being run."""
LIVE = Pipeline.deleted_at.is_(None)
MOST_PIPELINES = 1_000
"""Of an account."""
MOST_DRAFTS = 200
"""Versions of a pipeline that are kept beside the published one."""
MOST_BYTES = 2 * 1024 * 1024
"""Of a drawing as JSON."""
KEPT = timedelta(days=30)
"""After its deletion."""


@dataclass(frozen=True)
class Saved:
    """A pipeline with one of its drawings."""

    pipeline: Pipeline
    drawing: PipelineVersion

    @property
    def graph(self) -> Graph:
        return Graph.model_validate(self.drawing.graph)


class Pipelines:
    """Verbs of pipelines inside the caller's transaction. One that is not the account's own does not exist."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def create(
        self, account_id: str, user_id: str | None, name: str, description: str, graph: Graph, note: str = ""
    ) -> Saved:
        """A new pipeline, its first version a draft; raises ``TooManyPipelines`` and ``InvalidInput``."""
        drawn = _drawn(graph)
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
        count = select(func.count()).select_from(Pipeline).where(Pipeline.account_id == account_id, LIVE)
        if (await self.session.execute(count)).scalar_one() >= MOST_PIPELINES:
            raise TooManyPipelines(most=MOST_PIPELINES)
        pipeline = Pipeline(
            id=new_id("pipeline"), account_id=account_id, user_id=user_id, name=name, description=description, version=1
        )
        self.session.add(pipeline)
        await self.session.flush()
        return await self._draw(pipeline, drawn, note)

    async def get(self, account_id: str, pipeline_id: str, version: int | None = None) -> Saved:
        """A pipeline with its newest draft, or with the version that is asked for; raises ``NotFound``."""
        pipeline = _found(await self._one(account_id, pipeline_id))
        return Saved(pipeline, await self._version(pipeline, pipeline.version if version is None else version))

    async def runnable(self, account_id: str, pipeline_id: str, version: int | None = None) -> Saved:
        """What a run takes: the version that is asked for, else the published one, else the newest draft.

        Raises ``NotFound``.
        """
        pipeline = _found(await self._one(account_id, pipeline_id))
        chosen = version if version is not None else pipeline.published_version
        return Saved(pipeline, await self._version(pipeline, pipeline.version if chosen is None else chosen))

    async def save(
        self,
        account_id: str,
        pipeline_id: str,
        change: Callable[[Graph], Graph],
        base_version: int | None = None,
        note: str = "",
        **named: str,
    ) -> Saved:
        """Draw it anew: a next version, unless nothing is different. ``named``: its new name or description.

        Raises ``VersionConflict`` where it is no longer at ``base_version``, whatever ``change`` raises, ``NotFound``.
        """
        saved = await self._locked(account_id, pipeline_id)
        pipeline = saved.pipeline
        if base_version is not None and base_version != pipeline.version:
            raise VersionConflict(latest_version=pipeline.version, latest_graph=saved.drawing.graph)
        for column, value in named.items():
            setattr(pipeline, column, value)
        drawn = _drawn(change(saved.graph))
        if drawn != saved.drawing.graph:
            pipeline.version += 1
            saved = await self._draw(pipeline, drawn, note)
        elif not named:
            return saved
        return await self._touched(saved)

    async def publish(self, account_id: str, pipeline_id: str, judge: Judge, version: int | None = None) -> Saved:
        """Let runs take a version, the newest by default; raises ``InvalidGraph`` for one in which ``judge`` finds
        mistakes."""
        saved = await self._locked(account_id, pipeline_id, version)
        mistakes = await judge(saved.graph)
        if mistakes:
            raise InvalidGraph(
                errors=[wrong(f"graph.{each.path}", each.message("zh"), each.message("en")) for each in mistakes]
            )
        saved.pipeline.published_version = saved.drawing.version
        await self._prune(saved.pipeline)
        return await self._touched(saved)

    async def restore(self, account_id: str, pipeline_id: str, version: int, note: str) -> Saved:
        """A next version with the drawing of an old one; raises ``NotFound``."""
        old = await self._locked(account_id, pipeline_id, version)
        return await self.save(account_id, pipeline_id, lambda _: old.graph, note=note)

    async def versions(
        self, account_id: str, pipeline_id: str, limit: int, before: int | None
    ) -> tuple[Pipeline, list[PipelineVersion]]:
        """A pipeline and its versions, newest first, below the number ``before``; raises ``NotFound``."""
        pipeline = _found(await self._one(account_id, pipeline_id))
        query = select(PipelineVersion).where(PipelineVersion.pipeline_id == pipeline_id)
        if before is not None:
            query = query.where(PipelineVersion.version < before)
        rows = await self.session.execute(query.order_by(PipelineVersion.version.desc()).limit(limit))
        return pipeline, [*rows.scalars()]

    async def list(self, account_id: str, limit: int, before: str | None, q: str | None) -> list[Pipeline]:
        """Newest first, below the id ``before``; ``q`` searches names and descriptions."""
        query = select(Pipeline).where(Pipeline.account_id == account_id, LIVE).order_by(Pipeline.id.desc())
        if before:
            query = query.where(Pipeline.id < before)
        if q:
            columns = (Pipeline.name, Pipeline.description)
            query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
        return [*(await self.session.execute(query.limit(limit))).scalars()]

    async def delete(self, account_id: str, pipeline_id: str) -> None:
        """Gone for users at once; runs that were begun go on with their snapshot. Raises ``NotFound``."""
        if not await self._delete(Pipeline.id == pipeline_id, Pipeline.account_id == account_id):
            raise NotFound(what="pipeline")

    async def delete_all(self, account_id: str) -> None:
        """Delete softly whatever the account has."""
        await self._delete(Pipeline.account_id == account_id)

    async def purge(self) -> int:
        """Remove what was deleted long enough ago, with its versions; returns how many."""
        gone = await self.session.execute(
            delete(Pipeline).where(Pipeline.deleted_at < func.now() - KEPT).returning(Pipeline.id)
        )
        return len(gone.all())

    async def _one(self, account_id: str, pipeline_id: str, lock: bool = False) -> Pipeline | None:
        query = select(Pipeline).where(Pipeline.id == pipeline_id, Pipeline.account_id == account_id, LIVE)
        if lock:
            query = query.with_for_update().execution_options(populate_existing=True)
        return (await self.session.execute(query)).scalar()

    async def _locked(self, account_id: str, pipeline_id: str, version: int | None = None) -> Saved:
        pipeline = _found(await self._one(account_id, pipeline_id, lock=True))
        return Saved(pipeline, await self._version(pipeline, pipeline.version if version is None else version))

    async def _version(self, pipeline: Pipeline, version: int) -> PipelineVersion:
        found = await self.session.get(PipelineVersion, (pipeline.id, version))
        if found is None:
            raise NotFound(what="version")
        return found

    async def _draw(self, pipeline: Pipeline, drawn: dict[str, Any], note: str) -> Saved:
        drawing = PipelineVersion(pipeline_id=pipeline.id, version=pipeline.version, graph=drawn, note=note)
        self.session.add(drawing)
        await self.session.flush()
        await self._prune(pipeline)
        await self.session.refresh(drawing)
        return Saved(pipeline, drawing)

    async def _touched(self, saved: Saved) -> Saved:
        saved.pipeline.updated_at = func.now()
        await self.session.flush()
        await self.session.refresh(saved.pipeline)
        return saved

    async def _prune(self, pipeline: Pipeline) -> None:
        await self.session.execute(
            delete(PipelineVersion).where(
                PipelineVersion.pipeline_id == pipeline.id,
                PipelineVersion.version <= pipeline.version - MOST_DRAFTS,
                PipelineVersion.version.is_distinct_from(pipeline.published_version),
            )
        )

    async def _delete(self, *conditions: Any) -> int:
        deleted = await self.session.execute(
            update(Pipeline).where(*conditions, LIVE).values(deleted_at=func.now()).returning(Pipeline.id)
        )
        return len(deleted.all())


def _found(pipeline: Pipeline | None) -> Pipeline:
    if pipeline is None:
        raise NotFound(what="pipeline")
    return pipeline


def _drawn(graph: Graph) -> dict[str, Any]:
    """As it is stored; raises ``InvalidInput`` for one that is too large."""
    drawn = {"nodes": [], "edges": [], **graph.as_json()}
    if len(pydantic_core.to_json(drawn)) > MOST_BYTES:
        size = f"{MOST_BYTES // 1024 // 1024} MB"
        raise InvalidInput(errors=[wrong("graph", f"流程最大 {size}", f"a graph has {size} at most")])
    return drawn
