"""Takes a text apart into sentences, in Chinese or English, with the headings above them and the paragraphs around.

Plain text and Markdown; what is no prose (code, tables, pictures, bare addresses) is left out.
"""

import re
from dataclasses import dataclass

from .brief import CHINESE

ENDINGS = "。！？!?…"
CLOSERS = "”’」』）》】)\"'"
OPENERS = "“「『（《【("
ABBREVIATIONS = re.compile(
    r"mr|mrs|ms|dr|prof|sr|jr|st|no|fig|vs|etc|e\.g|i\.e|al|inc|ltd|co|corp|u\.s|u\.k|u\.n|a\.m|p\.m|jan|feb|mar|apr|jun|"
    r"jul|aug|sept?|oct|nov|dec|approx|dept|est|gov|gen|col|sgt|vol|pp|eds?|cf|rev|hon|[a-z]|(?:[a-z]\.)+[a-z]"
)
LONGEST = 180
"""Chinese characters; what is longer is taken apart at its semicolons, then at its commas."""
WIDEST_HEADING = 44
"""In half-width cells: a line above a paragraph, without a mark at its end, is a heading up to here."""
FENCED = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.M | re.S)
MARKUP = (
    (re.compile(r"<!--.*?-->", re.S), ""),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]*>"), ""),
    (re.compile(r"\[\d+(?:[-,–]\s?\d+)*\]"), ""),
)
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
ITEM = re.compile(r"^\s*(?:[-*+•·●▪]\s+|\(?\d{1,2}[.)、]\s+(?=\S)|（[一二三四五六七八九十\d]{1,3}）)")
NUMBERED = re.compile(r"^[一二三四五六七八九十]{1,3}、(?=.*[。；;]$)")
CHAPTER = re.compile(r"^(?:第[一二三四五六七八九十百\d]+[章节部分回]|[一二三四五六七八九十]{1,3}、|\d+(?:\.\d+)*\s)")
NO_PROSE = re.compile(r"^\s*(?:\||[-=_*~·—]{3,}\s*$|https?://\S+\s*$|>?\s*$)")
SPEAKER = re.compile(r"(?<=[”」』])[\u4e00-\u9fff]{1,6}(?:说|道|问|答|喊|笑|叹)")
ENGLISH_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9]|\s*$)")


@dataclass(frozen=True)
class Sentence:
    """``position`` counts the sentences of the text, ``paragraph`` its paragraphs, from 0. ``heading``: the last one
    above it; ``place``: how many sentences of the paragraph come before; ``item``: of a list."""

    text: str
    position: int
    paragraph: int
    place: int
    heading: str = ""
    item: bool = False


@dataclass(frozen=True)
class Article:
    """A text in sentences. ``title``: the heading before all of them, if there is one."""

    sentences: tuple[Sentence, ...]
    title: str = ""


@dataclass(frozen=True)
class _Block:
    text: str
    heading: bool = False
    item: bool = False


def read_article(text: str) -> Article:
    """The sentences of a text; none where it holds no prose."""
    sentences: list[Sentence] = []
    title = heading = ""
    paragraph = 0
    for block in _blocks(text):
        if block.heading:
            heading = block.text
            title = title or (block.text if not sentences else "")
            continue
        for place, each in enumerate(split(block.text)):
            sentences.append(Sentence(each, len(sentences), paragraph, place, heading, block.item))
        paragraph += 1
    return Article(tuple(sentences), title)


def split(paragraph: str) -> list[str]:
    """The sentences of a paragraph without line breaks, marks and closing quotes with the sentence that they end."""
    short = [part for piece in pieces(paragraph) for part in _shortened(piece.strip())]
    return [each for each in short if any(letter.isalnum() for letter in each)]


def pieces(paragraph: str) -> list[str]:
    """The same with everything between them: joined, they are the paragraph."""
    return _split_chinese(paragraph) if CHINESE.search(paragraph) else _split_english(paragraph)


def cells(text: str) -> int:
    """How wide a text is: a Chinese character counts two."""
    return sum(2 if letter >= "\u2e80" else 1 for letter in text)


def without_markup(text: str) -> str:
    """Markdown's words."""
    text = FENCED.sub("", text)
    for pattern, instead in MARKUP:
        text = pattern.sub(instead, text)
    return text


def _blocks(text: str) -> list[_Block]:
    """Headings, list items and paragraphs; lines that were broken to fit a width are joined again."""
    found: list[_Block] = []
    clean = without_markup(text.replace("\r\n", "\n").replace("\r", "\n").replace("\u3000", " "))
    for group in re.split(r"\n[ \t]*\n", clean):
        lines = [line.strip() for line in group.split("\n")]
        found += _grouped([line.removeprefix("> ") for line in lines if not NO_PROSE.match(line)])
    return [
        _Block(each.text, heading=True) if _headed(found, at) else each for at, each in enumerate(found) if each.text
    ]


def _grouped(lines: list[str]) -> list[_Block]:
    """The blocks of lines that no empty line parts."""
    blocks: list[_Block] = []
    widest, open_ = max(map(cells, lines), default=0), False
    for line in lines:
        if found := HEADING.match(line):
            blocks.append(_Block(found[1], heading=True))
            open_ = False
            continue
        item = ITEM.match(line) or NUMBERED.match(line)
        words = line[item.end() :] if item else line
        if open_ and not item and not CHAPTER.match(line):
            last = blocks.pop()
            between = "" if CHINESE.search(last.text[-1] + words[:1]) or last.text[-1] in "，、；" else " "
            blocks.append(_Block(last.text + between + words, item=last.item))
        else:
            blocks.append(_Block(words, item=bool(item)))
        open_ = widest >= 50 and cells(line) >= 0.75 * widest and not line.endswith(tuple("。！？!?.：:；;”」"))
    return blocks


def _headed(blocks: list[_Block], at: int) -> bool:
    """Whether a block is a heading: by its mark, or a short line without an end above a longer one."""
    block = blocks[at]
    if block.heading or block.item or cells(block.text) > WIDEST_HEADING:
        return block.heading
    ended = block.text.endswith(tuple("。！？!?.，,；;…:：")) and not CHAPTER.match(block.text)
    below = blocks[at + 1] if at + 1 < len(blocks) else None
    return not ended and below is not None and (below.heading or cells(below.text) > cells(block.text) * 1.5)


def _split_chinese(text: str) -> list[str]:
    """At ends outside of quotes; an English sentence within is ended as in English."""
    found, start, depth, at = [], 0, 0, 0
    while at < len(text):
        letter = text[at]
        depth += (letter in OPENERS) - (letter in "”」』）》】)" and depth > 0)
        at += 1
        if letter not in ENDINGS and not (letter == "." and re.match(r"\s+[A-Z\u4e00-\u9fff]", text[at:])):
            continue
        while at < len(text) and (text[at] in ENDINGS or text[at] in CLOSERS):
            depth -= text[at] in "”」』）》】)" and depth > 0
            at += 1
        if depth == 0 or at - start > LONGEST:
            if at < len(text) and (text[at] in "，、；,的" or SPEAKER.match(text, at)):
                continue
            found.append(text[start:at])
            start, depth = at, 0
    return [*found, text[start:]]


def _split_english(text: str) -> list[str]:
    found, start = [], 0
    for end in ENGLISH_END.finditer(text):
        before = text[start : end.start()].rsplit(None, 1)[-1:] or [""]
        word = before[0].lstrip("(\"'“‘[").lower()
        short = ABBREVIATIONS.fullmatch(word) or re.fullmatch(r"\s*\d{1,2}", text[start : end.start()])
        if end[0].startswith(".") and short and text[end.end() :].strip():
            continue
        found.append(text[start : end.end()])
        start = end.end()
    return [*found, text[start:]]


def _shortened(sentence: str) -> list[str]:
    """A sentence that is too long to be picked as a whole, in parts that stand alone as well as may be."""
    if not CHINESE.search(sentence) or len(sentence) <= LONGEST:
        return [sentence] if sentence else []
    for mark in ("；", "，"):
        parts = [each for each in re.split(f"(?<={mark})", sentence) if each]
        if len(parts) > 1:
            joined = [""]
            for part in parts:
                if len(joined[-1]) + len(part) > LONGEST // 2 and joined[-1]:
                    joined.append("")
                joined[-1] += part
            return [f"{each.rstrip('，；')}。" if each[-1] in "，；" else each for each in joined]
    return [sentence]
