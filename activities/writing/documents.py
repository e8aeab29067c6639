"""Reads the words of documents that users send: plain text, Markdown, subtitles, Word and PDF.

Headings come out as Markdown's, so that all kinds read alike. What cannot be read is told apart: damaged, locked, a
picture of a text, empty, too long.
"""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.errors import CorruptFile, DecompressionBomb, InvalidInput, wrong

from .brief import CHINESE
from .sentences import cells

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
READABLE = ("text/plain", "text/markdown", "application/x-subrip", "text/vtt", WORD, "application/pdf")
MOST_CHARACTERS = 500_000
"""A long novel; what is longer is better sent by chapters."""
MOST_PAGES = 2000
MOST_UNPACKED = 100 << 20
"""Bytes of the text within a Word file."""
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030")
CUE = re.compile(r"^\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}\s*-->\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})")
TAG = re.compile(r"<[^<>]{1,60}>|\{\\[^{}]{1,60}\}")
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MALFORMED = (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)
"""What pypdf raises, too, where a PDF is not made as it should be."""
PAUSE = 0.7
"""Seconds of silence that end a sentence of subtitles without marks."""
ENDED = tuple("。！？!?.…")
MARKED = (*ENDED, "，", ",", "；", ";")

Tell = Callable[[float], None]
"""Hears 0..1 of the reading."""


def read_document(path: Path, mime_type: str, field: str, tell: Tell) -> str:
    """The words of a file of one of ``READABLE``. Raises ``CorruptFile``, ``DecompressionBomb``, or ``InvalidInput``
    for ``field`` where it is locked, holds no words, or too many."""
    if mime_type == "application/pdf":
        text = _pdf(path, field, tell)
    elif mime_type == WORD:
        text = _word(path, field)
    else:
        text = _decoded(path)
        if mime_type in ("application/x-subrip", "text/vtt"):
            text = _subtitles(text)
    if not any(letter.isalnum() for letter in text):
        raise _refused(field, "文件里没有文字", "the file holds no words")
    _bounded(len(text), field)
    return text


def _refused(field: str, zh: str, en: str) -> InvalidInput:
    return InvalidInput(errors=[wrong(field, zh, en)])


def _bounded(length: int, field: str) -> None:
    if length > MOST_CHARACTERS:
        zh, en = (
            f"最多 {MOST_CHARACTERS} 个字符;请分章节上传",
            f"at most {MOST_CHARACTERS} characters; send it by chapters",
        )
        raise _refused(field, zh, en)


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    for encoding in ENCODINGS:
        if encoding == "utf-16" and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CorruptFile(reason="not a text")


def _word(path: Path, field: str) -> str:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(
                entry.file_size for entry in archive.infolist() if entry.filename.endswith((".xml", ".rels"))
            )
        if unpacked > MOST_UNPACKED:
            raise DecompressionBomb(found=f"{unpacked} bytes", limit=f"{MOST_UNPACKED} bytes")
        blocks = [_word_block(each) for each in Document(str(path)).iter_inner_content()]
    except (PackageNotFoundError, zipfile.BadZipFile, SyntaxError, KeyError, ValueError) as error:
        if path.read_bytes().startswith(OLD_WORD):
            zh, en = "文件已加密,或是旧版 .doc", "the file is encrypted, or an old .doc"
            raise _refused(
                field, f"{zh};请另存为不加密的 .docx", f"{en}; save it as .docx without a password"
            ) from error
        raise CorruptFile(reason="no readable Word file") from error
    return "\n\n".join(each for each in blocks if each.strip())


def _word_block(block: Any) -> str:
    """A paragraph; of a table its cells' sentences, since short cells are no prose."""
    if hasattr(block, "rows"):
        found = dict.fromkeys(cell.text.strip() for row in block.rows for cell in row.cells)
        return "\n\n".join(each for each in found if each.endswith(tuple("。！？.!?")))
    name = (block.style.name if block.style is not None else "") or ""
    words = " ".join(block.text.split())
    if words and (name.startswith("Heading") or name == "Title"):
        return f"# {words}"
    return f"- {words}" if words and name.startswith("List") else words


def _pdf(path: Path, field: str, tell: Tell) -> str:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    pages: list[str] = []
    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise _refused(field, "PDF 有密码;请先解除", "the PDF has a password; remove it first")
        count = len(reader.pages)
        if count > MOST_PAGES:
            raise _refused(field, f"最多 {MOST_PAGES} 页", f"at most {MOST_PAGES} pages")
        for number in range(count):
            pages.append(reader.pages[number].extract_text())
            _bounded(sum(map(len, pages)), field)
            tell((number + 1) / count)
    except DependencyError as error:
        raise _refused(
            field, "PDF 的加密方式不支持;请先解除", "the PDF's encryption is not supported; remove it"
        ) from error
    except (PyPdfError, *MALFORMED) as error:
        raise CorruptFile(reason="no readable PDF") from error
    if pages and not any(letter.isalnum() for page in pages for letter in page):
        raise _refused(
            field, "PDF 里只有图片,没有文字;请先识别文字", "the PDF holds pictures and no text; recognize it first"
        )
    return _joined_pages(pages)


def _joined_pages(pages: list[str]) -> str:
    """Without what stands on most pages (headers, footers, numbers); a sentence goes on over the break."""
    lines = [[line.strip() for line in page.replace("\x00", "").splitlines()] for page in pages]
    rims = [re.sub(r"\d+", "0", line) for page in lines for line in {*page[:2], *page[-2:]} if line]
    often = {line for line in rims if len(pages) > 2 and rims.count(line) > len(pages) / 2}
    text = ""
    for page in lines:
        kept = [
            line
            for at, line in enumerate(page)
            if not (re.sub(r"\d+", "0", line) in often and (at < 2 or at >= len(page) - 2)) and not line.isdigit()
        ]
        body = "\n".join(kept).strip("\n")
        text += _page_break(text, body) + body
    return re.sub(r"(?<=\w)-\n(?=[a-z])", "", text)


def _page_break(before: str, after: str) -> str:
    """What stands between two pages: nothing where a sentence surely goes on, a line break where it may."""
    if not before or before.endswith(ENDED):
        return "\n\n" if before else ""
    if after[:1] in "，。、；：！？,;:":
        return ""
    return " " if after[:1].islower() and not CHINESE.search(before[-1]) else "\n"


def _subtitles(text: str) -> str:
    """What is said, in sentences; where there are no marks, by the pauses between."""
    cues: list[tuple[str, float, float]] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")):
        lines = block.strip().split("\n")
        at = next((number for number, line in enumerate(lines) if CUE.match(line)), None)
        if at is None:
            continue
        times = re.findall(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})", lines[at])[:2]
        begin, end = (int(h or 0) * 3600 + int(m) * 60 + int(s) + float(f"0.{f}") for h, m, s, f in times)
        said = " ".join(TAG.sub("", line).strip() for line in lines[at + 1 :]).strip()
        if said and (not cues or cues[-1][0] != said):
            cues.append((said, begin, end))
    marked = sum(said.endswith(MARKED) for said, _, _ in cues) > len(cues) / 3
    words = ""
    for number, (said, begin, _) in enumerate(cues):
        if number:
            words += _between(words, begin - cues[number - 1][2], marked, said)
        words += said
    stop = "" if marked or not words else "。" if CHINESE.search(words[-1]) else "."
    return words + stop


def _between(before: str, pause: float, marked: bool, after: str) -> str:
    """What stands between two cues."""
    chinese = CHINESE.search(before[-1] + after[0]) is not None
    if marked or before.endswith(MARKED):
        return "" if chinese or cells(before[-1]) > 1 else " "
    if pause >= PAUSE:
        return "。" if chinese else ". "
    return "，" if chinese else " "
