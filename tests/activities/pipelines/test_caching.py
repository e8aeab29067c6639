"""By what two steps are the same: whatever changes what a tool makes, or whether it may, makes another key."""

from typing import Any

import pytest

from activities.pipelines.caching import Fingerprints
from activities.tools import discover
from activities.tools.parsing import find, parse
from models.session import Database
from models.settings import Settings

PROVIDER = {"name": "a", "base_url": "http://provider.invalid/v1", "model": "one", "api_key": "secret"}
OTHERS: list[dict[str, Any]] = [
    {"text_providers": [PROVIDER | {"model": "two"}]},
    {"checkpoints": [{"name": "painter", "source": "somewhere"}]},
    {"inpainting": {"name": "filler", "source": "file.onnx", "kind": "lama"}},
    {"content_producer": "somebody else"},
    {"visible_sign": False},
    {"moderation": "all"},
    {"moderation_threshold": 0.5},
]


async def key(database: Database, **changed: Any) -> str:
    call = parse(find(discover(["tests.sample_tools"]), "sample-echo"), {"text": "x"}, {})
    everything = {"text_providers": [PROVIDER], **changed}
    fingerprints = Fingerprints(Settings(**everything))
    async with database.transaction() as session:
        return await fingerprints.of(session, "acc_nobody", call, "en")


@pytest.mark.parametrize("other", OTHERS, ids=lambda each: next(iter(each)))
async def test_another_way_of_making_is_another_key(database: Database, other: dict[str, Any]) -> None:
    assert await key(database) != await key(database, **other)


async def test_another_secret_is_the_same_key(database: Database) -> None:
    same = [PROVIDER | {"api_key": "another"}]
    assert await key(database) == await key(database, text_providers=same)
