"""Words come out of every kind of document, and what cannot be read is told apart."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from activities.writing import documents
from activities.writing.documents import WORD, read_document
from activities.writing.sentences import read_article
from models.errors import CorruptFile, DomainError, InvalidInput

PDF = "application/pdf"


def read(path: Path, mime_type: str) -> str:
    return read_document(path, mime_type, "inputs.file", lambda done: None)


def pdf(path: Path, pages: list[list[str]], header: str = "") -> Path:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=A5)
    for number, lines in enumerate(pages):
        canvas.setFont("STSong-Light", 11)
        for at, line in enumerate([header, *lines, f"- {number + 1} -"] if header else lines):
            canvas.drawString(40, 540 - 18 * at, line)
        canvas.showPage()
    canvas.save()
    return path


def test_word_keeps_headings_and_points(tmp_path: Path) -> None:
    document = Document()
    document.add_heading("季度总结", 1)
    document.add_paragraph("本季度销售额增长两成。")
    document.add_paragraph("新增客户三百家。", style="List Bullet")
    document.save(str(tmp_path / "a.docx"))
    article = read_article(read(tmp_path / "a.docx", WORD))
    assert article.title == "季度总结"
    assert [each.text for each in article.sentences] == ["本季度销售额增长两成。", "新增客户三百家。"]
    assert article.sentences[1].item


def test_pdf_joins_lines_and_pages_and_leaves_headers_out(tmp_path: Path) -> None:
    pages = [
        ["图书馆把每天闭馆的时间从下午五点半推迟到了晚上九点半，", "来的人多了三成"],
        ["，其中一半从没借过书。明年要把夜间开放扩大到全部十四家图", "书馆。"],
        ["经费仍然不够。"],
    ]
    text = read(pdf(tmp_path / "a.pdf", pages, header="青禾区文化年报"), PDF)
    sentences = [each.text for each in read_article(text).sentences]
    assert sentences[0].endswith("来的人多了三成，其中一半从没借过书。")
    assert "明年要把夜间开放扩大到全部十四家图书馆。" in sentences and "青禾区文化年报" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_texts_of_any_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_bytes("中文和 English 都能读。".encode(encoding))
    assert read(tmp_path / "a.txt", "text/plain") == "中文和 English 都能读。"


def test_subtitles_become_sentences_by_their_pauses(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\n<i>大家好</i>\n\n2\n00:00:02,200 --> 00:00:04,000\n今天讲三件事\n\n"
        "3\n00:00:06,000 --> 00:00:07,000\n先说第一件\n",
        encoding="utf-8",
    )
    assert read(path, "application/x-subrip") == "大家好，今天讲三件事。先说第一件。"


def test_what_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    whole = pdf(tmp_path / "whole.pdf", [["有字。"]])
    locked = PdfWriter(clone_from=PdfReader(whole))
    locked.encrypt("secret")
    locked.write(tmp_path / "locked.pdf")
    picture = PdfWriter()
    picture.add_blank_page(100, 100)
    picture.write(tmp_path / "picture.pdf")
    (tmp_path / "cut.pdf").write_bytes(whole.read_bytes()[:300])
    (tmp_path / "cut.docx").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "old.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "empty.txt").write_text(" \n。\n")
    reasons = {}
    types = {".pdf": PDF, ".docx": WORD, ".txt": "text/plain"}
    for name in ("locked.pdf", "picture.pdf", "cut.pdf", "cut.docx", "old.docx", "empty.txt"):
        with pytest.raises(DomainError) as raised:
            read(tmp_path / name, types[Path(name).suffix])
        problems = raised.value.problems("en")
        reasons[name] = problems[0]["message"] if problems else raised.value.code
    assert "password" in reasons["locked.pdf"] and "pictures" in reasons["picture.pdf"]
    assert reasons["cut.pdf"] == reasons["cut.docx"] == CorruptFile.code
    assert "old .doc" in reasons["old.docx"] and "no words" in reasons["empty.txt"]


def test_texts_beyond_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_CHARACTERS", 20)
    (tmp_path / "a.txt").write_text("很长的文字。" * 10, encoding="utf-8")
    with pytest.raises(InvalidInput):
        read(tmp_path / "a.txt", "text/plain")


def test_no_broken_pdf_brings_the_reader_down(tmp_path: Path) -> None:
    whole = pdf(tmp_path / "whole.pdf", [["第一页。"], ["第二页。"]]).read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        (tmp_path / "a.pdf").write_bytes(whole[:at] + b"<<[9 0 R" + whole[at + 8 :])
        try:
            assert read(tmp_path / "a.pdf", PDF)
        except DomainError as error:
            assert error.code in {"corrupt_file", "invalid_input"}


def test_a_word_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_UNPACKED", 1000)
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * 5000)
    (tmp_path / "a.docx").write_bytes(made.getvalue())
    with pytest.raises(DomainError) as raised:
        read(tmp_path / "a.docx", WORD)
    assert raised.value.code == "decompression_bomb"
