"""Providers of texts: streamed to a slot that has no network, failing over before anybody has seen a word."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

import pytest

from activities.slots.protocol import SlotAnswer, SlotConfig, SlotReply, SlotTask
from activities.slots.slot import Slot
from activities.text_providers import TextProviders
from activities.writing.engine import Message, Request
from models.errors import ProviderFailed
from models.settings import TextProvider
from tests.openai_stand_in import KEY, TEXT, OpenAiStandIn

REQUEST = Request((Message("user", "写一句"),), most_tokens=50, seed=7)


@pytest.fixture
async def stand_in() -> AsyncIterator[OpenAiStandIn]:
    async with OpenAiStandIn.running() as running:
        yield running


async def replies(providers: TextProviders, request: Request = REQUEST) -> list[SlotReply]:
    try:
        return [reply async for reply in providers.serve(asdict(request))]
    finally:
        await providers.close()


def providers(stand_in: OpenAiStandIn, *networks: str, **more: object) -> TextProviders:
    given = [stand_in.provider(f"house {at}", network, **more) for at, network in enumerate(networks)]
    return TextProviders([TextProvider.model_validate(each) for each in given])


async def test_a_text_comes_piece_by_piece_with_who_wrote_it_and_what_it_took(stand_in: OpenAiStandIn) -> None:
    *pieces, last = await replies(providers(stand_in, "good"))
    assert [piece.text for piece in pieces] == list(TEXT)
    assert last.written["text"] == "".join(TEXT)
    assert last.written["engine"] == "house 0 (good)"
    assert (last.written["prompt_tokens"], last.written["tokens"]) == (21, 9)
    assert last.written["milliseconds"] >= 0
    assert stand_in.asked[0]["seed"] == 7 and stand_in.asked[0]["max_tokens"] == 50


@pytest.mark.parametrize("fault", ["limited", "overloaded", "unknown", "garbled", "empty"])
async def test_another_provider_takes_over(stand_in: OpenAiStandIn, fault: str) -> None:
    *_, last = await replies(providers(stand_in, fault, "good"))
    assert (last.kind, last.written["engine"]) == ("written", "house 1 (good)")


async def test_one_that_is_silent_or_absent_is_passed_over_in_its_time(stand_in: OpenAiStandIn) -> None:
    absent = TextProvider(name="absent", base_url="http://127.0.0.1:1/v1", model="good")
    silent = TextProvider.model_validate(stand_in.provider("silent", "silent", timeout=0.4))
    good = TextProvider.model_validate(stand_in.provider("good"))
    began = time.monotonic()
    *_, last = await replies(TextProviders([absent, silent, good]))
    assert last.written["engine"] == "good (good)"
    assert time.monotonic() - began < 5


async def test_what_began_is_not_begun_again_in_other_words(stand_in: OpenAiStandIn) -> None:
    first, last = await replies(providers(stand_in, "cut", "good"))
    assert first.text == TEXT[0]
    assert last.error["code"] == "provider_failed"
    assert [each["model"] for each in stand_in.asked] == ["cut"]


async def test_one_that_failed_is_asked_last_for_a_while(stand_in: OpenAiStandIn) -> None:
    asked = providers(stand_in, "overloaded", "good")
    for _ in range(2):
        [reply async for reply in asked.serve(asdict(REQUEST))]
    await asked.close()
    assert [each["model"] for each in stand_in.asked] == ["overloaded", "good", "good"]


async def test_all_failing_names_each_and_no_key(stand_in: OpenAiStandIn) -> None:
    (only,) = await replies(providers(stand_in, "limited", "unknown"))
    reason = str(only.error)
    assert "house 0: HTTP 429" in reason and "house 1: HTTP 404" in reason
    assert KEY not in reason


async def test_a_slot_gets_its_text_through_the_worker(stand_in: OpenAiStandIn, tmp_path: Path) -> None:
    config = SlotConfig(threads=1, device="cpu", engine_cache=1, weights="x", extra_tools=["tests.sample_tools"])
    slot, told = Slot(config, 1 << 40, dict(os.environ)), []

    async def listen(answer: SlotAnswer) -> None:
        told.append(answer.message)

    asked = providers(stand_in, "good")
    (tmp_path / "out").mkdir()
    task = SlotTask(
        tool_id="sample-writer", stage="run", parameters={}, files=[], texts={"text": "牙刷"},
        scratch=str(tmp_path / "out"), language="zh", engines=[], writer=asked.label,
    )  # fmt: skip
    try:
        answer = await slot.run(task, listen, asked.serve)
        assert "".join(told) == "".join(TEXT)
        assert Path(answer.outputs[0].path).read_text() == "".join(TEXT)
        assert answer.engine == "house 0 (good)"
        with pytest.raises(ProviderFailed):
            await slot.run(task, listen, providers(stand_in, "limited").serve)
        pid = slot.pid
        running = asyncio.create_task(slot.run(task, listen, providers(stand_in, "silent").serve))
        await asyncio.sleep(0.3)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert pid is not None and slot.pid is None
    finally:
        await slot.kill()
        await asked.close()


async def test_a_door_that_breaks_ends_the_task_and_does_not_leave_the_slot_waiting(tmp_path: Path) -> None:
    config = SlotConfig(threads=1, device="cpu", engine_cache=1, weights="x", extra_tools=["tests.sample_tools"])
    slot = Slot(config, 1 << 40, dict(os.environ))

    heard, failing = asyncio.Event(), asyncio.Event()

    async def broken(asked: dict[str, object]) -> AsyncIterator[SlotReply]:
        yield SlotReply(kind="piece", text="a")
        await heard.wait()
        failing.set()
        raise LookupError("a bug in the door")

    async def listen(answer: SlotAnswer) -> None:
        heard.set()
        await failing.wait()  # it has failed by the time that the slot is read again

    task = SlotTask(
        tool_id="sample-writer", stage="run", parameters={}, files=[], texts={"text": "x"},
        scratch=str(tmp_path), language="zh", engines=[], writer="house",
    )  # fmt: skip
    async with asyncio.timeout(30):
        with pytest.raises(LookupError):
            await slot.run(task, listen, broken)
    assert slot.pid is None
