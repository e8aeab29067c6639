"""Folders of the store that automations watch, on a platform that runs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from activities.automations.watching import concerns, folder_of, outermost
from activities.storage import ObjectFacts, ObjectStore
from models.payloads.automations import FolderTrigger
from models.repositories.watched_objects import Watching
from models.settings import Settings
from tests.end_to_end.automating import automation, firings
from tests.running_platform import User

WORDS = {"tool_id": "sample-echo", "inputs": {"text": {"expression": "event.file_id"}}, "parameters": {"seconds": 0}}
NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[ObjectStore]:
    store = ObjectStore(settings)
    yield store
    await store.close()


async def test_each_new_object_fires_once_and_what_is_no_file_is_on_record(user: User, store: ObjectStore) -> None:
    trigger = {"type": "folder", "prefix": "notes/", "names": ["*.txt"]}
    made = await automation(user, trigger, WORDS)
    folder = folder_of(user.account_id)
    for name, body in {"notes/a.txt": b"first", "notes/a.log": b"another name", "else/a.txt": b"elsewhere"}.items():
        await store.put_bytes(folder + name, body, "text/plain")
    (first,) = await firings(user, made["id"], 1)
    assert (first["why"], first["decision"], first["event"]["key"]) == ("folder", "run", "notes/a.txt")
    run = (await user.get(f"/api/runs/{first['run_id']}")).json()
    assert (await user.get(f"/api/files/{run['outputs']['result']}/content")).text == "first"
    await store.put_bytes(folder + "notes/broken.txt", b"\x7fELF\x02\x01\x01" + bytes(200), "text/plain")
    await store.put_bytes(folder + "notes/deep/b.txt", b"second", "text/plain")
    found = await firings(user, made["id"], 3)
    told = {each["event"]["key"]: (each["decision"], each["reason"]) for each in found}
    assert told.pop("notes/broken.txt")[0] == "failed"
    assert told == {"notes/a.txt": ("run", None), "notes/deep/b.txt": ("run", None)}
    files = (await user.get("/api/files")).json()["data"]
    assert sorted(each["original_filename"] for each in files if each["original_filename"].endswith("txt")) == [
        "a.txt",
        "b.txt",
    ]


@pytest.mark.parametrize(
    ("key", "size", "modified", "meant"),
    [
        ("in/a.PNG", 10, NOW, True),
        ("in/a.png", 10, NOW - timedelta(seconds=1), False),
        ("out/a.png", 10, NOW, False),
        ("in/a.gif", 10, NOW, False),
        ("in/a.png", 9, NOW, False),
        ("in/", 10, NOW, False),
    ],
)
def test_an_automation_means_what_is_new_below_its_prefix_and_fits(
    key: str, size: int, modified: datetime, meant: bool
) -> None:
    trigger = FolderTrigger(type="folder", prefix="in/", names=["*.png"], min_size=10)
    watching = Watching("auto_x", "acc_x", None, NOW, trigger)
    assert concerns(watching, ObjectFacts(key, size, modified)) == meant


def test_a_folder_within_another_is_listed_once() -> None:
    assert outermost({"a/", "a/b/", "c/"}) == ["a/", "c/"]
    assert outermost({"", "c/"}) == [""]
