"""Saved pipelines: whose they are, their versions, conflicts, publishing, and what is kept."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import InvalidGraph, InvalidInput, NotFound, TooManyPipelines, VersionConflict
from models.graphs.graph import Graph
from models.graphs.validation import GraphError
from models.repositories import pipelines as repository
from models.repositories.credits import Credits
from models.repositories.pipelines import MOST_BYTES, Pipelines, Saved
from models.session import Database


async def judge(graph: Graph) -> list[GraphError]:
    return [
        GraphError("unknown_type", each.id, None, "nodes.0.type", {"type": each.type})
        for each in graph.nodes
        if each.type == "magic"
    ]


def drawn(*names: str, **more: Any) -> Graph:
    nodes = [{"id": name, "type": "input", "parameters": {"name": name}, **more} for name in names]
    return Graph.model_validate({"nodes": nodes, "edges": []})


async def account(session: AsyncSession) -> str:
    return await Credits(session).open_account("pipelines test", 0)


async def make(session: AsyncSession, owner: str, name: str = "cards", graph: Graph | None = None) -> Saved:
    return await Pipelines(session).create(owner, None, name, "", graph or drawn("a"))


async def numbers(session: AsyncSession, saved: Saved) -> list[int]:
    _, rows = await Pipelines(session).versions(saved.pipeline.account_id, saved.pipeline.id, 1_000, None)
    return [row.version for row in rows]


async def test_a_stranger_finds_nothing(database: Database) -> None:
    async with database.transaction() as session:
        owner, stranger, pipelines = await account(session), await account(session), Pipelines(session)
        saved = await make(session, owner)
        for attempt in (
            pipelines.get(stranger, saved.pipeline.id),
            pipelines.save(stranger, saved.pipeline.id, lambda old: old),
            pipelines.publish(stranger, saved.pipeline.id, judge),
            pipelines.restore(stranger, saved.pipeline.id, 1, ""),
            pipelines.versions(stranger, saved.pipeline.id, 10, None),
            pipelines.delete(stranger, saved.pipeline.id),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await pipelines.list(stranger, 10, None, None) == []
        assert (await pipelines.get(owner, saved.pipeline.id)).graph == drawn("a")


async def test_lists_are_newest_first_and_searched(database: Database) -> None:
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        made = [(await make(session, owner, name)).pipeline.id for name in ("one 100%", "two", "three")]
        assert [row.id for row in await pipelines.list(owner, 2, None, None)] == made[:0:-1]
        assert [row.id for row in await pipelines.list(owner, 2, made[1], None)] == made[:1]
        assert [row.name for row in await pipelines.list(owner, 9, None, "TW")] == ["two"]
        assert [row.name for row in await pipelines.list(owner, 9, None, "%")] == ["one 100%"]


async def test_every_save_is_a_version_unless_nothing_is_different(database: Database) -> None:
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        first = await make(session, owner)
        second = await pipelines.save(owner, first.pipeline.id, lambda _: drawn("b"), 1, "now b")
        same = await pipelines.save(owner, first.pipeline.id, lambda _: drawn("b"), 2)
        assert (second.pipeline.version, same.pipeline.version, same.drawing.note) == (2, 2, "now b")
        renamed = await pipelines.save(owner, first.pipeline.id, lambda old: old, name="posters")
        assert (renamed.pipeline.name, renamed.pipeline.version) == ("posters", 2)
        back = await pipelines.restore(owner, first.pipeline.id, 1, "back")
        assert (back.pipeline.version, back.graph, back.drawing.note) == (3, drawn("a"), "back")
        assert (await pipelines.get(owner, first.pipeline.id, 2)).graph == drawn("b")
        with pytest.raises(NotFound):
            await pipelines.restore(owner, first.pipeline.id, 9, "")
        assert await numbers(session, first) == [3, 2, 1]


async def test_who_drew_on_an_old_version_is_shown_the_latest(database: Database) -> None:
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        first = await make(session, owner)
        await pipelines.save(owner, first.pipeline.id, lambda _: drawn("b"), 1)
        with pytest.raises(VersionConflict) as conflict:
            await pipelines.save(owner, first.pipeline.id, lambda _: drawn("c"), 1)
        assert conflict.value.members() == {"latest": {"version": 2, "graph": drawn("b").as_json()}}


async def test_of_two_who_save_at_once_one_wins(database: Database) -> None:
    async with database.transaction() as session:
        owner = await account(session)
        made = await make(session, owner)

    async def save(name: str) -> str:
        async with database.transaction() as session:
            await Pipelines(session).save(owner, made.pipeline.id, lambda _: drawn(name), 1)
        return name

    ended = await asyncio.gather(*(save(f"n{each}") for each in range(5)), return_exceptions=True)
    (winner,) = [each for each in ended if isinstance(each, str)]
    assert sum(isinstance(each, VersionConflict) for each in ended) == 4
    async with database.transaction() as session:
        assert (await Pipelines(session).get(owner, made.pipeline.id)).graph == drawn(winner)


async def test_only_what_can_be_run_is_published(database: Database) -> None:
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        made = await make(session, owner, graph=drawn("a", type="magic"))
        with pytest.raises(InvalidGraph) as refused:
            await pipelines.publish(owner, made.pipeline.id, judge)
        assert [each["path"] for each in refused.value.errors or []] == ["graph.nodes.0.type"]
        await pipelines.save(owner, made.pipeline.id, lambda _: drawn("a"))
        await pipelines.save(owner, made.pipeline.id, lambda _: drawn("b"))
        published = await pipelines.publish(owner, made.pipeline.id, judge, 2)
        assert (published.pipeline.published_version, published.pipeline.version) == (2, 3)
        with pytest.raises(NotFound):
            await pipelines.publish(owner, made.pipeline.id, judge, 9)


async def test_old_drafts_go_and_the_published_one_stays(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MOST_DRAFTS", 3)
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        made = await make(session, owner)
        await pipelines.save(owner, made.pipeline.id, lambda _: drawn("v2"))
        await pipelines.publish(owner, made.pipeline.id, judge)
        for name in ("v3", "v4", "v5", "v6", "v7"):
            await pipelines.save(owner, made.pipeline.id, lambda _, name=name: drawn(name))  # type: ignore[misc]
        assert await numbers(session, made) == [7, 6, 5, 2]
        await pipelines.publish(owner, made.pipeline.id, judge)
        assert await numbers(session, made) == [7, 6, 5]


async def test_there_are_limits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "MOST_PIPELINES", 2)
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        made = [await make(session, owner) for _ in range(2)]
        with pytest.raises(TooManyPipelines):
            await make(session, owner)
        await pipelines.delete(owner, made[0].pipeline.id)
        await make(session, owner)
        with pytest.raises(InvalidInput):
            await pipelines.save(owner, made[1].pipeline.id, lambda _: drawn("a", note="x" * MOST_BYTES))


async def test_the_deleted_are_gone_at_once_and_removed_later(database: Database) -> None:
    async with database.transaction() as session:
        owner, pipelines = await account(session), Pipelines(session)
        made, other = await make(session, owner), await make(session, owner)
        await pipelines.delete(owner, made.pipeline.id)
        for attempt in (pipelines.get(owner, made.pipeline.id), pipelines.delete(owner, made.pipeline.id)):
            with pytest.raises(NotFound):
                await attempt
        await pipelines.purge()
        count = text("SELECT count(*) FROM pipeline_versions WHERE pipeline_id = :id")
        assert (await session.execute(count, {"id": made.pipeline.id})).scalar() == 1
        older = text("UPDATE pipelines SET deleted_at = now() - interval '31 days' WHERE id = :id")
        await session.execute(older, {"id": made.pipeline.id})
        assert await pipelines.purge() >= 1
        assert (await session.execute(count, {"id": made.pipeline.id})).scalar() == 0
        assert (await pipelines.get(owner, other.pipeline.id)).graph == drawn("a")
