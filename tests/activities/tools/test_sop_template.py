"""sop-template: the right procedure is found in both languages, and its Word, PDF and Markdown say all of it."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from pypdf import PdfReader
from pypdf.generic import Destination

from activities.tools.base import Inputs, Kind, Measure, ToolResult
from activities.writing.engine import Request, Tell, Written
from activities.writing.sops import industry_ids, templates
from activities.writing.sops.choosing import SURE, Found, skeleton, subject, taken
from models.errors import InvalidInput
from tests.activities.tools.context import LocalContext, find, perform, run_tool

TOPIC = "帮我写一份餐饮门店开店准备的SOP"


class Author:
    """Answers with one text, whatever it is asked."""

    label = "Author"

    def __init__(self, answer: str) -> None:
        self._answer = answer
        self.asked: list[Request] = []

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked.append(request)
        return Written(self._answer, "Author", 3, 2, 1)


def made(tmp_path: Path, topic: str, **parameters: Any) -> ToolResult:
    return run_tool("sop-template", tmp_path, {}, {"topic": topic}, **parameters)


def flat(outline: Any) -> Iterator[Destination]:
    """Bookmarks of all levels, in order."""
    for each in outline:
        yield from flat(each) if isinstance(each, list) else [each]


def told(tmp_path: Path, topic: str, author: Author, **parameters: Any) -> ToolResult:
    tool = find("sop-template")
    params = tool.params.model_validate(parameters)
    context = LocalContext(tmp_path, tool.engines(params), writer=author)
    return perform(tool, context, Inputs(texts={"topic": topic}), params)


def test_the_three_files_say_all_of_the_template(tmp_path: Path) -> None:
    result = made(tmp_path, TOPIC, company="好味餐饮", approver="王经理", effective="2026-12-01")
    assert (result.data["template"], result.data["language"], result.data["note"]) == ("catering-opening", "zh", None)
    assert not any(output.generated for output in result.outputs)
    sop = templates()["catering-opening"].zh
    word, paper, text = (output.path for output in result.outputs)
    file = docx.Document(str(word))
    cells = {cell.text for table in file.tables for row in table.rows for cell in row.cells}
    pages = [page.extract_text() for page in PdfReader(paper).pages]
    pressed, markdown = "".join("".join(pages).split()), text.read_text(encoding="utf-8")
    for each in (*sop.steps, *sop.checks, *sop.risks, *sop.records, *sop.kpis, *sop.roles):
        assert set(each) <= cells
        assert f"| {' | '.join(each)} |" in markdown or each in sop.steps
        assert all("".join(cell.split()) in pressed for cell in each)
    assert {"王经理", "批准", "2026-12-01"} <= cells and "王经理" in pressed and "王经理" in markdown
    assert all(f"第 {number} 页 共 {len(pages)} 页" in page for number, page in enumerate(pages, 1))
    assert "好味餐饮" in pages[-1] and "签批" in pages[-1]
    heads = [each.text for each in file.paragraphs if str(each.style.name).startswith("Heading")]  # type: ignore[union-attr]
    assert len(heads) == 13 and heads[5] == "6 作业步骤"
    assert all(f"[{each}](#s{number})" in markdown for number, each in enumerate(heads, 1))


def test_the_contents_of_the_pdf_name_the_right_pages(tmp_path: Path) -> None:
    reader = PdfReader(made(tmp_path, TOPIC, formats="pdf", steps="detailed").outputs[0].path)
    pages = [page.extract_text() for page in reader.pages]
    opening = "".join(pages[0].partition("目录")[2].split())
    headings = list(flat(reader.outline))
    assert len(headings) == 21
    for each in headings:
        title, page = str(each.title), (reader.get_destination_page_number(each) or 0) + 1
        assert title in pages[page - 1] and page > 1
        assert f"{''.join(title.split())}{page}" in opening


def test_the_word_file_has_contents_fields_and_heads_that_stand_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(made(tmp_path, TOPIC, formats="docx").outputs[0].path) as parts:
        body, foot = parts.read("word/document.xml").decode(), parts.read("word/footer1.xml").decode()
    assert 'TOC \\o "1-2"' in body and "w:tblHeader" in body and "w:cantSplit" in body
    assert " PAGE " in foot and " NUMPAGES " in foot


@pytest.mark.parametrize(
    ("topic", "template"),
    [
        ("餐厅早上开市之前的准备工作", "catering-opening"),
        ("学校食堂留样48小时操作规程", "catering-sample-retention"),
        ("how to close the restaurant at night", "catering-closing"),
        ("dishwashing and sanitizing of plates", "catering-disinfection"),
        ("酒店阿姨打扫房间", "hotel-room-cleaning"),
        ("出差报销", "office-travel-expense"),
        ("treadmill inspection", "fitness-equipment"),
    ],
)
def test_a_topic_finds_its_template_by_meaning(tmp_path: Path, topic: str, template: str) -> None:
    result = made(tmp_path, topic, language="zh", formats="markdown")
    assert result.data["template"] == template, result.data
    assert len(result.data["alternatives"]) == 3


def test_a_named_industry_makes_a_far_template_near_enough(tmp_path: Path) -> None:
    result = made(tmp_path, "机床保养加油", industry="manufacturing", formats="markdown")
    assert result.data["template"] == "manufacturing-equipment-tpm" and result.data["score"] < SURE
    assert result.data["note"]["code"] == "unsure_template"
    assert all(each["template"].startswith("manufacturing-") for each in result.data["alternatives"])
    far = Found(templates()["manufacturing-equipment-tpm"], 0.45)
    assert taken([far], "manufacturing") == far and taken([far], "auto") is None and taken([], "auto") is None


def test_what_no_template_is_near_gets_a_skeleton_and_a_note(tmp_path: Path) -> None:
    result = made(tmp_path, "给火星探测车更换钚电池", formats="markdown")
    assert result.data["template"] == "general" and result.data["note"]["code"] == "no_template"
    assert "火星探测车更换钚电池" in result.outputs[0].path.read_text(encoding="utf-8").splitlines()[0]


def test_english_is_english_throughout_and_says_where_it_is_general(tmp_path: Path) -> None:
    result = made(tmp_path, "Replacing the plutonium battery of a rover", formats="markdown")
    page = result.outputs[0].path.read_text(encoding="utf-8")
    assert result.data["language"] == "en" and not any("\u3400" <= letter <= "\u9fff" for letter in page)
    for each in [each for each in templates().values() if each.en is None][:1]:
        result = made(tmp_path, each.title_zh, language="en", formats="markdown")
        assert result.data["note"]["code"] == "no_english_template" and result.data["title"] == each.title_en


def test_the_provider_adapts_the_template_and_is_named(tmp_path: Path) -> None:
    sop = templates()["catering-opening"].zh.model_copy(
        update={"title": "奶茶店开店", "purpose": "茶桶\U000f1234就绪。"}
    )
    author = Author(f"```json\n{sop.model_dump_json()}\n```")
    result = told(tmp_path, TOPIC, author, formats="markdown", department="奶茶部")
    assert result.outputs[0].generated and result.engine == "Author; template library"
    assert result.data["title"] == "奶茶店开店" and result.data["usage"]["tokens"] == 2
    page = result.outputs[0].path.read_text(encoding="utf-8")
    assert "茶桶就绪。" in page and "奶茶部" in page
    asked = author.asked[0].messages[1].content
    assert "改写" in asked and json.dumps(templates()["catering-opening"].zh.purpose, ensure_ascii=False) in asked


@pytest.mark.parametrize("answer", ["", "抱歉", "{}", skeleton("x", "en").model_dump_json()])
def test_an_answer_that_is_no_procedure_leaves_the_library_s(tmp_path: Path, answer: str) -> None:
    result = told(tmp_path, TOPIC, Author(answer), formats="markdown")
    assert result.data["note"]["code"] == "provider_not_used" and result.data["title"] == "餐饮门店开店准备"
    assert not result.outputs[0].generated and result.data["usage"]["tokens"] == 2


def test_industries_are_those_of_the_data() -> None:
    tool = find("sop-template")
    assert tool.params.model_json_schema()["properties"]["industry"]["enum"] == ["auto", *industry_ids()]
    with pytest.raises(InvalidInput):
        tool.check({"topic": [Measure(Kind.text, "text/plain", 501, characters=501)]}, tool.params())


@pytest.mark.parametrize(("topic", "company"), [("？！", ""), ("开店", "\U000f1234")])
def test_what_cannot_be_set_is_refused(tmp_path: Path, topic: str, company: str) -> None:
    with pytest.raises(InvalidInput):
        made(tmp_path, topic, company=company)


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (TOPIC, "餐饮门店开店准备"),
        ("Write me an SOP for opening a café", "opening a café"),
        ("客户投诉处理流程", "客户投诉处理"),
        ("SOP", "SOP"),
    ],
)
def test_the_asking_around_a_topic_falls_away(topic: str, name: str) -> None:
    assert subject(topic) == name
