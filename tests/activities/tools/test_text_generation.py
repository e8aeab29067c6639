"""text-generation: by the offline engine, and by a provider where there is one."""

import asyncio
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from activities.text_providers import TextProviders
from activities.tools.base import Inputs, Measure
from activities.tools.parsing import Kind
from activities.writing.engine import Request, Tell, Written
from models.errors import InvalidInput
from models.settings import TextProvider
from tests.activities.tools.context import LocalContext, find, perform, run_tool, run_with_context
from tests.openai_stand_in import TEXT, OpenAiStandIn

BRIEF = "便携保温杯，304不锈钢内胆，保温24小时，适合上班族，限时特价99元"


class LocalWriter:
    """A provider as a slot meets it, without the slot."""

    label = "house (good)"

    def __init__(self, stand_in: OpenAiStandIn) -> None:
        self._providers = TextProviders([TextProvider.model_validate(stand_in.provider("house"))])
        self._loop = asyncio.get_running_loop()

    def write(self, request: Request, tell: Tell) -> Written:
        return asyncio.run_coroutine_threadsafe(self._write(request, tell), self._loop).result(30)

    async def _write(self, request: Request, tell: Tell) -> Written:
        async for reply in self._providers.serve(asdict(request)):
            if reply.kind == "piece":
                tell(reply.text)
            else:
                assert reply.written is not None
                return Written(**reply.written)
        raise AssertionError("no reply")


def test_several_texts_in_the_style_that_the_brief_speaks_of(tmp_path: Path) -> None:
    result, context = run_with_context("text-generation", tmp_path, {}, {"text": BRIEF}, count=3, length=100)
    assert (result.engine, result.data["engine"], result.data["style"]) == ("grammar", "grammar", "promo")
    texts = [output.path.read_text(encoding="utf-8").strip() for output in result.outputs]
    assert texts == result.data["texts"] and len(set(texts)) == 3
    assert all("便携保温杯" in text and 80 <= len(text) <= 125 for text in texts)
    assert "".join(context.told) == "\n\n".join(texts)
    assert all(output.generated and output.mime_type == "text/plain" for output in result.outputs)


def test_english_for_an_english_brief(tmp_path: Path) -> None:
    result = run_tool("text-generation", tmp_path, {}, {"text": "Travel mug, leak-proof, only $19"}, style="story")
    text = result.data["texts"][0]
    assert result.data["language"] == "en" and text.isascii() and "this travel mug" in text.lower()


def test_scenes_change_the_looks(tmp_path: Path) -> None:
    texts = {
        scene: run_tool("text-generation", tmp_path / scene, {}, {"text": BRIEF}, scene=scene, length=500).data[
            "texts"
        ][0]
        for scene in ("xiaohongshu", "ecommerce", "poster", "video")
    }
    assert texts["xiaohongshu"].splitlines()[-1].startswith("#便携保温杯 #")
    assert "【304不锈钢内胆】" in texts["ecommerce"]
    assert max(map(len, texts["poster"].splitlines())) <= 30
    assert len(texts["video"].splitlines()) > 15


@pytest.mark.parametrize("text", ["", "   ", "，。！"])
def test_nothing_to_write_about_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        run_tool("text-generation", tmp_path, {}, {"text": text})


def test_price_grows_with_length_and_count_and_long_briefs_are_refused_first() -> None:
    tool = find("text-generation")
    measures = {"text": [Measure(Kind.text, "text/plain", 30, characters=10)]}
    prices = [tool.price(measures, tool.params(**each)).credits for each in ({}, {"length": 1000}, {"count": 4})]
    assert prices == [1, 2, 4]
    with pytest.raises(InvalidInput):
        tool.check({"text": [Measure(Kind.text, "text/plain", 30_000, characters=5001)]}, tool.params())


async def test_a_provider_writes_in_the_style_where_there_is_one(tmp_path: Path) -> None:
    async with OpenAiStandIn.running() as stand_in:
        context = LocalContext(tmp_path, writer=LocalWriter(stand_in))
        tool = find("text-generation")
        params = tool.params(style="luxury", scene="poster", length=100, count=2, seed=7)
        result = await asyncio.to_thread(perform, tool, context, Inputs(texts={"text": BRIEF}), params)
    assert result.data["texts"] == ["".join(TEXT)] * 2
    assert result.engine == result.data["engine"] == "house (good)"
    assert (result.data["usage"]["prompt_tokens"], result.data["usage"]["tokens"]) == (42, 18)
    assert context.told == [*TEXT, "\n\n", *TEXT]
    first, second = stand_in.asked
    told = "".join(turn["content"] for turn in first["messages"])
    assert all(words in told for words in (BRIEF, "海报", "约100个汉字", "高端", "不炫富", "第1篇"))
    assert (first["seed"], second["seed"]) == (7, 8) and "第2篇" in second["messages"][1]["content"]


MUG = "Travel mug, 304 steel inside, keeps warm for 24 hours, perfect for commuters, only $19"


def test_the_small_network_writes_when_it_is_asked_to(tmp_path: Path) -> None:
    asked = {"engine": "smollm2", "length": 50, "seed": 4}
    result, context = run_with_context("text-generation", tmp_path, {}, {"text": MUG}, count=2, **asked)
    assert result.engine == result.data["engine"] == "SmolLM2 135M"
    texts = result.data["texts"]
    assert "".join(context.told) == "\n\n".join(texts) and len(set(texts)) == 2
    assert len(context.told) > 30  # token by token
    assert all("travel mug" in text and "304 steel inside" in text for text in texts)
    assert result.data["usage"]["tokens"] >= 40 and result.data["usage"]["milliseconds"] > 0


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_the_small_network_adds_no_figure_and_keeps_the_length(tmp_path: Path, seed: int) -> None:
    result = run_tool("text-generation", tmp_path, {}, {"text": MUG}, engine="smollm2", seed=seed)
    text = result.data["texts"][0]
    assert "this travel mug" in text and "304 steel inside" in text and "$19" in text
    assert set(re.findall(r"\d+", text)) <= {"304", "24", "19"}
    assert 50 <= len(text.split()) <= 85


def test_chinese_of_the_small_network_is_refused_before_it_costs_where_that_is_known(tmp_path: Path) -> None:
    tool = find("text-generation")
    measures = {"text": [Measure(Kind.text, "text/plain", 30, characters=10)]}
    with pytest.raises(InvalidInput):
        tool.check(measures, tool.params(engine="smollm2", language="zh"))
    with pytest.raises(InvalidInput):
        run_tool("text-generation", tmp_path, {}, {"text": BRIEF}, engine="smollm2")


def test_only_who_asks_for_the_network_has_its_weights_fetched() -> None:
    tool = find("text-generation")
    assert [tool.engines(tool.params(engine=name)) for name in ("auto", "grammar", "smollm2")] == [(), (), ("smollm2",)]


async def test_an_engine_that_is_named_writes_though_there_is_a_provider(tmp_path: Path) -> None:
    async with OpenAiStandIn.running() as stand_in:
        context = LocalContext(tmp_path, writer=LocalWriter(stand_in))
        tool = find("text-generation")
        params = tool.params(engine="grammar")
        result = await asyncio.to_thread(perform, tool, context, Inputs(texts={"text": BRIEF}), params)
        assert result.engine == "grammar" and not stand_in.asked
