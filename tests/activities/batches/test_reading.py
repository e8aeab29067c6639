"""Tables as people have them: whatever a spreadsheet writes is read, or refused with its line."""

import pytest

from activities.batches.binding import bind, feed_files, of_tool
from activities.batches.reading import read_rows
from activities.tools import discover
from activities.tools.parsing import find
from models.errors import InvalidInput, UnreadableRows

TABLE = '名称,text\n甲,"一,二"\n乙,"第一行\n第二行"\n'
ROWS = [{"名称": "甲", "text": "一,二"}, {"名称": "乙", "text": "第一行\n第二行"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_encodings_of_spreadsheets(encoding: str) -> None:
    assert read_rows(TABLE.encode(encoding), "a.csv") == ROWS


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_line_ends_and_empty_cells(separator: str) -> None:
    table = f"a{separator}b{separator}\r\n1{separator}{separator}\r\n{separator}{separator}\r\n{separator}2\r\n"
    assert read_rows(table.encode(), "a.csv") == [{"a": "1"}, {"b": "2"}]


def test_json_lines_keep_their_types() -> None:
    assert read_rows(b'\n{"a": 1, "b": [true]}\n\n{"a": null}\n', "a.jsonl") == [{"a": 1, "b": [True]}, {"a": None}]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'{"a": 1}\n{"a": \n', 2), (b'{"a": 1}\n[1]\n', 2), (b"a,b\n1,2,3\n", 2), (b"a\n\xff\xff\n", 2)],
)
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, line: int) -> None:
    with pytest.raises(UnreadableRows) as refusal:
        read_rows(content, "a")
    assert refusal.value.params["line"] == line


@pytest.mark.parametrize("content", [b"", b"a,a\n1,2\n", b",\n1,2\n", b"a\n", b"a\n" + b"1\n" * 10_001])
def test_tables_without_rows_or_columns_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_rows(content, "a.csv")


def test_columns_feed_inputs_and_parameters() -> None:
    sockets = of_tool(find(discover(["tests.sample_tools"]), "sample-echo"))
    binding = bind(sockets, ["文案", "parameters.seconds", "fail"], {"文案": "text"})
    given = binding.call({"文案": " 你好 ", "parameters.seconds": "2", "fail": True})
    assert given == {"inputs": {"text": " 你好 "}, "parameters": {"seconds": "2", "fail": True}}
    with pytest.raises(InvalidInput) as refusal:
        bind(sockets, ["text", "inputs.text", "loud"], {"gone": "text"})
    assert [each["path"] for each in refusal.value.errors or []] == [
        "columns.gone", "columns.inputs.text", "columns.loud",
    ]  # fmt: skip


def test_files_feed_the_input_that_takes_their_kind() -> None:
    sockets = of_tool(find(discover(["tests.sample_tools"]), "sample-picture"))
    assert feed_files(sockets, ["image"], None).name == "image"
    with pytest.raises(InvalidInput):
        feed_files(sockets, ["video"], None)
