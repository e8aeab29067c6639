"""article-rewrite: by rules, and by a provider whose losses are asked for again."""

import asyncio
from pathlib import Path

import pytest

from activities.tools.base import Inputs, Measure
from activities.tools.parsing import Kind
from activities.writing.engine import Request, Tell, Written
from models.errors import InvalidInput
from tests.activities.tools.context import LocalContext, find, perform, run_tool, run_with_context
from tests.activities.tools.test_text_generation import LocalWriter
from tests.openai_stand_in import TEXT, OpenAiStandIn

WORDS = "因为天气非常炎热，所以很多人经常去图书馆。青禾区有14家。"


class Forgetful:
    """Loses the number at first."""

    label = "forgetful"

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = list(texts), list[Request]()

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked.append(request)
        text = self.texts.pop(0)
        tell(text)
        return Written(text, self.label, 1, 2, 3)


def test_rules_rewrite_and_list_what_changed(tmp_path: Path) -> None:
    result, context = run_with_context("article-rewrite", tmp_path, {}, {"text": WORDS}, strength="strong")
    data = result.data
    assert data["engine"] == "rules" and data["lost"] == [] and data["changed"] > 0.3
    assert data["text"] != WORDS and "14" in data["text"] and data["text"] == "".join(context.told)
    assert {"at", "before", "after"} == set(data["changes"][0]) and not result.outputs[0].generated


def test_the_seed_chooses_and_kept_words_stay(tmp_path: Path) -> None:
    texts = [
        run_tool("article-rewrite", tmp_path / str(number), {}, {"text": WORDS}, seed=seed, keep_terms=["非常炎热"])
        .data["text"] for number, seed in enumerate((1, 1, 2, 3, 4))
    ]  # fmt: skip
    assert texts[0] == texts[1] and len(set(texts)) > 1 and all("非常炎热" in text for text in texts)


def test_nothing_to_rewrite_and_too_much_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        run_tool("article-rewrite", tmp_path, {}, {"text": "……"})
    tool = find("article-rewrite")
    with pytest.raises(InvalidInput):
        tool.check({"text": [Measure(Kind.text, "text/plain", 1, characters=20_001)]}, tool.params())
    long = {"text": [Measure(Kind.text, "text/plain", 1, characters=12_000)]}
    assert tool.price(long, tool.params()).credits == 3


def test_what_a_provider_lost_is_asked_for_once_more(tmp_path: Path) -> None:
    writer = Forgetful("青禾区有十几家图书馆。", "青禾区有14家图书馆。")
    tool, context = find("article-rewrite"), LocalContext(tmp_path, writer=writer)
    result = perform(tool, context, Inputs(texts={"text": WORDS}), tool.params(keep_terms=["图书馆"]))
    assert result.data["text"] == "青禾区有14家图书馆。" and result.data["lost"] == []
    assert "14" in writer.asked[1].messages[-1].content and result.data["usage"]["tokens"] == 4


async def test_a_provider_is_told_style_and_strength_and_what_it_lost_is_listed(tmp_path: Path) -> None:
    async with OpenAiStandIn.running() as stand_in:
        context = LocalContext(tmp_path, writer=LocalWriter(stand_in))
        tool = find("article-rewrite")
        params = tool.params(strength="strong", style="luxury", keep_terms=["竹牙刷"])
        result = await asyncio.to_thread(perform, tool, context, Inputs(texts={"text": WORDS}), params)
    told = "".join(turn["content"] for turn in stand_in.asked[0]["messages"])
    assert "深度" in told and "竹牙刷" in told and WORDS in told and len(stand_in.asked) == 2
    assert result.data["text"] == "".join(TEXT) and "14" in result.data["lost"] and result.outputs[0].generated
