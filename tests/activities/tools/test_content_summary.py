"""content-summary: by the text's own sentences, and by a provider where there is one."""

import asyncio
from pathlib import Path

import pytest

from activities.tools.base import Inputs, Measure
from activities.tools.parsing import Configuration, FileFacts, Kind, parse, price
from activities.writing.asking_summary import AT_ONCE, in_parts
from models.errors import InvalidInput
from tests.activities.tools.context import LocalContext, file_of, find, perform, run_with_context
from tests.activities.tools.test_text_generation import LocalWriter
from tests.openai_stand_in import TEXT, OpenAiStandIn

ARTICLES = Path(__file__).parents[1] / "writing" / "articles"
LIBRARY = (ARTICLES / "library.zh.md").read_text(encoding="utf-8")


def test_a_text_becomes_a_few_of_its_sentences(tmp_path: Path) -> None:
    result, context = run_with_context("content-summary", tmp_path, {}, {"text": LIBRARY}, characters=140)
    data = result.data
    assert data["engine"].startswith("extractive") and data["language"] == "zh"
    assert result.outputs[0].path.read_text(encoding="utf-8").strip() == data["summary"] == "".join(context.told)
    assert "四万三千" in data["summary"] and len(data["summary"]) <= 165
    assert "图书馆" in data["keywords"] and 0 < data["ratio"] < 0.4
    assert [each["position"] for each in data["sentences"]] == sorted({each["position"] for each in data["sentences"]})
    assert not result.outputs[0].generated


def test_a_file_in_points_in_english(tmp_path: Path) -> None:
    files = {"file": ARTICLES / "soil.en.md"}
    result, _ = run_with_context("content-summary", tmp_path, files, length="long", bullets=True)
    lines = result.data["summary"].splitlines()
    assert result.data["language"] == "en" and all(line.startswith("- ") for line in lines)
    assert {each["heading"] for each in result.data["sentences"]} > {"What harms them"}
    assert "earthworms" in [each.lower() for each in result.data["keywords"]]


def test_lengths_grow(tmp_path: Path) -> None:
    sizes = [
        len(run_with_context("content-summary", tmp_path / each, {}, {"text": LIBRARY}, length=each)[0].data["summary"])
        for each in ("short", "medium", "long")
    ]
    assert sizes == sorted(sizes) and sizes[0] <= 60 < 180 < sizes[2]


def test_a_text_shorter_than_its_summary_stays_as_it_is(tmp_path: Path) -> None:
    result, _ = run_with_context("content-summary", tmp_path, {}, {"text": "只有一句话。"})
    assert result.data["summary"] == "只有一句话。" and result.data["ratio"] == 1.0


@pytest.mark.parametrize("text", ["。。。", "```\nprint(1)\n```", "https://example.org/a"])
def test_nothing_to_summarize_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput):
        run_with_context("content-summary", tmp_path, {}, {"text": text})


def test_files_are_judged_before_they_are_paid() -> None:
    tool = find("content-summary")
    for mime_type, size in (("text/html", 10), ("application/pdf", 60 << 20)):
        with pytest.raises(InvalidInput):
            tool.check({"file": [Measure(Kind.document, mime_type, size)]}, tool.params())
    facts = {"f": FileFacts("f", "text", "text/markdown", 3 << 20, "ready", {})}
    assert price(parse(tool, {"file": "f"}, {}), facts, Configuration()).credits == 4
    with pytest.raises(InvalidInput):
        parse(tool, {"file": "f", "text": "both"}, {})


async def test_a_provider_summarizes_a_long_text_by_its_parts(tmp_path: Path) -> None:
    text = "\n\n".join(f"第{number}段。{LIBRARY}" for number in range(25))
    assert len(text) > AT_ONCE
    async with OpenAiStandIn.running() as stand_in:
        context = LocalContext(tmp_path, ("meaning",), writer=LocalWriter(stand_in))
        tool = find("content-summary")
        params = tool.params(bullets=True, characters=300)
        result = await asyncio.to_thread(perform, tool, context, Inputs(texts={"text": text}), params)
    assert len(stand_in.asked) == len(in_parts(text)) + 1 == 3
    first, last = (each["messages"][1]["content"] for each in (stand_in.asked[0], stand_in.asked[-1]))
    assert "第0段" in first and "".join(TEXT) in last and "分条" in last and "约300个字" in last
    assert context.told == list(TEXT), "only the last one is told"
    assert result.data["summary"] == "- " + "".join(TEXT) and result.outputs[0].generated
    assert result.data["usage"]["prompt_tokens"] == 63 and result.engine == "house (good)"


def test_parts_hold_the_whole_text() -> None:
    text = "\n\n".join(f"{number} " + "词" * 900 + "。" for number in range(30))
    assert "".join("".join(in_parts(text)).split()) == "".join(text.split())
    assert len(in_parts("一" * 40_000)) == 5


def test_a_pdf_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 nothing")
    tool = find("content-summary")
    inputs = Inputs(files={"file": [file_of(tmp_path / "a.pdf", "application/pdf")]})
    with pytest.raises(Exception, match="damaged"):
        perform(tool, LocalContext(tmp_path, ("meaning",)), inputs, tool.params())
