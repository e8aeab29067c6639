"""Summarizes a text or a document, in Chinese or English, in running text or in points."""

from typing import Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import (
    InputFile,
    Inputs,
    Kind,
    Measures,
    Output,
    Pool,
    Port,
    Price,
    Text,
    ToolContext,
    ToolParams,
    ToolResult,
    tool,
)

MOST_BYTES = 50 << 20
BYTES_A_CREDIT = 1 << 20
CHARACTERS_A_CREDIT = 30_000
KEYWORDS = 8
SUFFIXES = (".txt", ".md", ".docx", ".pdf", ".srt", ".vtt")
NAMES = ", ".join(SUFFIXES)


class Params(ToolParams):
    """Parameters of content-summary."""

    length: Literal["medium", "short", "long"] = Field(
        "medium",
        description="Of the text, in Chinese at most: short a tenth (120), medium a fifth (300), long a third (800).",
    )
    characters: int = Field(
        0,
        ge=0,
        le=5000,
        description="Characters of the summary, about; 0: by length. English has three to four times as many.",
    )
    bullets: bool = Field(False, description="A line for each point, in place of running text.")
    language: Literal["auto", "zh", "en"] = Field(
        "auto", description="Of the summary; auto: the text's own. Without a provider it stays the text's own."
    )


def _price(measures: Measures, params: Params) -> Price:
    text, file = measures.get("text"), measures.get("file")
    if text:
        return Price((("summary", 1), ("long text", text[0].characters // CHARACTERS_A_CREDIT)))
    return Price((("summary", 1), ("large file", min(4, file[0].size // BYTES_A_CREDIT) if file else 0)))


def _check(measures: Measures, params: Params) -> None:
    from activities.writing.documents import READABLE

    for file in measures.get("file", []):
        if file.mime_type not in READABLE:
            zh, en = f"可用的文件有 {NAMES};这是 {file.mime_type}", f"{NAMES} can be read; this is {file.mime_type}"
            raise InvalidInput(errors=[wrong("inputs.file", zh, en)])
        if file.size > MOST_BYTES:
            zh, en = f"文件最大 {MOST_BYTES >> 20} MB", f"at most {MOST_BYTES >> 20} MB"
            raise InvalidInput(errors=[wrong("inputs.file", zh, en)])


@tool(
    id="content-summary",
    version="1.0.0",
    category="text",
    pool=Pool.media,
    title=Text("内容摘要", "Summary"),
    description=Text(
        "把文字或文件(txt、md、docx、pdf、srt)缩成摘要,可分条列出,附关键词。",
        "Shortens a text or file (txt, md, docx, pdf, srt) to a summary, in prose or points, with key words.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("文字", "Words"), required=False),
        Port("file", (Kind.document,), Text("文件", "File"), required=False),
    ),
    outputs=(Port("summary", (Kind.document,), Text("摘要", "Summary")),),
    one_of=("text", "file"),
    price=_price,
    check=_check,
    engines=lambda params: ("meaning",),
    examples=({"length": "short"}, {"bullets": True, "length": "long"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """A summary by the provider of the settings, or of the text's own sentences where there is none."""
    from activities.writing.sentences import read_article
    from activities.writing.words import keywords, written_in

    context.progress(0.02, "read")
    file = inputs.optional("file")
    text = _words(context, file) if file else inputs.texts["text"]
    article = read_article(text)
    if not article.sentences:
        port = "file" if file else "text"
        raise InvalidInput(errors=[wrong(f"inputs.{port}", "没有可以概括的句子", "there is no sentence to summarize")])
    body = "\n".join(each.text for each in article.sentences)
    own = written_in(body)
    if context.writer is None:
        summary, data = _picked(context, article, params, own)
    else:
        summary, data = _asked(context, text.strip(), len(body), params, own)
    path = context.scratch / "summary.txt"
    path.write_text(f"{summary}\n", encoding="utf-8")
    context.progress(1.0, "done")
    data |= {"summary": summary, "keywords": keywords(body, KEYWORDS), "ratio": round(len(summary) / len(body), 3)}
    output = Output(
        "summary", path, "text/plain", {"characters": len("".join(summary.split()))}, context.writer is not None
    )
    return ToolResult([output], data["engine"], data)


def _words(context: ToolContext, file: InputFile) -> str:
    from activities.writing.documents import read_document

    return read_document(file.path, file.mime_type, "inputs.file", lambda done: context.progress(0.3 * done, "read"))


def _picked(context: ToolContext, article: Any, params: Params, language: str) -> tuple[str, dict[str, Any]]:
    """Offline: sentences as they stand, and where."""
    from activities.writing.summarizing import ENGINE, budget, joined, summarize

    meanings = context.engine("meaning")
    size = sum(len(each.text) for each in article.sentences)
    room = budget(size, params.length, params.characters, language)
    report = lambda done: context.progress(0.3 + 0.65 * done, "rank")  # noqa: E731 - named for what it is
    picked = summarize(article, room, language, meanings, report)
    summary = joined(picked, params.bullets, language)
    context.tell(summary)
    sentences = [
        {
            "text": each.text,
            "position": each.sentence.position,
            "paragraph": each.sentence.paragraph,
            "heading": each.sentence.heading,
            "score": each.score,
        }
        for each in picked
    ]
    usage = {"prompt_tokens": 0, "tokens": 0, "milliseconds": 0}
    engine = f"{ENGINE} ({meanings.label})"
    return summary, {"engine": engine, "language": language, "sentences": sentences, "usage": usage}


def _asked(context: ToolContext, text: str, size: int, params: Params, own: str) -> tuple[str, dict[str, Any]]:
    """By the provider, who writes in any language."""
    from activities.writing.asking_summary import ask_for_summary, tidied
    from activities.writing.summarizing import budget
    from activities.writing.tally import Tally

    tally, language = Tally(context.writer), own if params.language == "auto" else params.language
    room = budget(size, params.length, params.characters, language)

    def report(number: int, count: int) -> None:
        context.progress(0.3 + 0.6 * number / count, "write", f"{number + 1}/{count}")

    summary = ask_for_summary(tally, text, room, params.bullets, language, context.tell, report)
    summary = tidied(summary, params.bullets)
    return summary, {"engine": tally.engine, "language": language, "sentences": [], "usage": tally.usage}
