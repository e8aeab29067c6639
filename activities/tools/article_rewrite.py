"""Rewrites a text in other words: by a provider, or by rules that change words and the order of clauses only."""

from typing import Annotated, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

MOST_CHARACTERS = 20_000
CHARACTERS_A_CREDIT = 5_000


class Params(ToolParams):
    """Parameters of article-rewrite."""

    strength: Literal["medium", "light", "strong"] = Field(
        "medium",
        description="light: some words; medium: words and some clauses; strong: all that can be changed safely.",
    )
    style: Literal[
        "keep",
        "auto",
        "viral",
        "business",
        "fashion",
        "friendly",
        "literary",
        "humorous",
        "recommend",
        "review",
        "howto",
        "story",
        "emotional",
        "promo",
        "luxury",
        "tech",
        "guochao",
        "minimal",
        "livestream",
        "seo",
    ] = Field("keep", description="Voice; auto: by words of the text. Rules know only formal, casual and as it is.")
    keep_terms: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(
        [], max_length=50, description="Words that stay as they are, beside numbers, quotes, addresses, code and names."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed chooses other words.")


def _price(measures: Measures, params: Params) -> Price:
    characters = measures["text"][0].characters
    return Price((("rewriting", 1), ("long text", max(0, characters - 1) // CHARACTERS_A_CREDIT)))


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = (
            f"最多 {MOST_CHARACTERS} 个字符;请分段改写",
            f"at most {MOST_CHARACTERS} characters; rewrite it in parts",
        )
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


@tool(
    id="article-rewrite",
    version="1.0.0",
    category="text",
    pool=Pool.media,
    title=Text("文章改写", "Rewriting"),
    description=Text(
        "换词换句改写文字,数字、名称和指定词不变,并列出改动。",
        "Rewrites a text in other words; numbers, names and chosen words stay, and what changed is listed.",
    ),
    params=Params,
    inputs=(Port("text", (Kind.text,), Text("文字", "Words")),),
    outputs=(Port("text", (Kind.document,), Text("结果", "Result")),),
    price=_price,
    check=_check,
    examples=({"strength": "strong", "style": "business"}, {"strength": "light", "keep_terms": ["AI创意工坊"]}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """The text by the provider of the settings, or by rules where there is none."""
    from dataclasses import asdict

    from activities.writing.rewriting import changed, changes
    from activities.writing.styles import recognized
    from activities.writing.words import written_in

    context.progress(0.05, "read")
    text = inputs.texts["text"].replace("\r\n", "\n").strip("\n")
    if not any(letter.isalnum() for letter in text):
        raise InvalidInput(errors=[wrong("inputs.text", "没有可以改写的文字", "there are no words to rewrite")])
    language = written_in(text)
    style = recognized(text) if params.style == "auto" else params.style
    written, data = _written(context, text, style, language, params)
    path = context.scratch / "text.txt"
    path.write_text(f"{written}\n", encoding="utf-8")
    data |= {"text": written, "style": style, "language": language, "strength": params.strength}
    data |= {
        "changed": changed(text, written, language),
        "changes": [asdict(each) for each in changes(text, written, language)],
    }
    context.progress(1.0, "done")
    metadata = {"characters": len("".join(written.split())), "changed": data["changed"]}
    return ToolResult([Output("text", path, "text/plain", metadata, context.writer is not None)], data["engine"], data)


def _written(context: ToolContext, text: str, style: str, language: str, params: Params) -> tuple[str, dict[str, Any]]:
    """The text with who wrote it, what it took and what it lost."""
    from activities.writing.asking_rewrite import ask_for_rewriting
    from activities.writing.rewriting import ENGINE, rewrite
    from activities.writing.tally import Tally

    tally = Tally(context.writer)
    if context.writer is None:

        def ruled(done: float) -> None:
            context.progress(0.1 + 0.8 * done, "write")

        written = rewrite(text, params.strength, style, params.keep_terms, language, params.seed, ruled)
        context.tell(written)
        return written, {"engine": ENGINE, "usage": tally.usage, "lost": []}

    def report(number: int, count: int) -> None:
        context.progress(0.1 + 0.8 * number / count, "write", f"{number + 1}/{count}")

    written, lost = ask_for_rewriting(
        tally, text, params.strength, style, params.keep_terms, language, params.seed, context.tell, report
    )
    return written, {"engine": tally.engine, "usage": tally.usage, "lost": lost}
