"""Writes copy for a product, place or event from a short brief, in eighteen styles and seven scenes."""

from typing import Any, Literal

from pydantic import Field

from activities.writing.engine import Writer
from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

MOST_CHARACTERS = 5000


class Params(ToolParams):
    """Parameters of text-generation."""

    style: Literal[
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
    ] = Field("auto", description="Voice of the text; auto: by words of the brief, else friendly.")
    scene: Literal["general", "xiaohongshu", "moments", "ecommerce", "wechat", "video", "poster"] = Field(
        "general", description="Where it is published: emoji, tags, headings and lines follow from it."
    )
    length: Literal[200, 50, 100, 500, 1000] = Field(
        200, description="Chinese characters with marks, within 20 %; in English a third as many words."
    )
    language: Literal["auto", "zh", "en"] = Field("auto", description="Language of the text; auto: the brief's own.")
    engine: Literal["auto", "grammar", "smollm2"] = Field(
        "auto",
        description="Who writes. auto: the operator's text provider, else grammar; smollm2: a small network, which "
        "writes English alone and heeds no style.",
    )
    count: int = Field(1, ge=1, le=10, description="How many texts, each different.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed gives other texts.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("text", 1 if params.length <= 200 else 2), (f"{params.count} texts", params.count - 1)))


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = f"最多 {MOST_CHARACTERS} 个字符;请缩短简介", f"at most {MOST_CHARACTERS} characters; shorten the brief"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    if params.engine == "smollm2" and params.language == "zh":
        raise _only_english()


def _only_english() -> InvalidInput:
    zh, en = "smollm2 只写英文;请选 grammar 或 auto", "smollm2 writes English only; take grammar or auto"
    return InvalidInput(errors=[wrong("parameters.engine", zh, en)])


@tool(
    id="text-generation",
    version="1.1.0",
    category="text",
    pool=Pool.media,
    title=Text("文案生成", "Copy writer"),
    description=Text(
        "输入产品名和卖点,按风格、场景和字数写出文案,可一次多篇。",
        "Writes copy of a product and its selling points, by style, scene and length, several texts at once.",
    ),
    params=Params,
    inputs=(Port("text", (Kind.text,), Text("简介", "Brief")),),
    outputs=(Port("texts", (Kind.document,), Text("文案", "Texts"), many=True),),
    price=_price,
    check=_check,
    engines=lambda params: ("smollm2",) if params.engine == "smollm2" else (),
    examples=({"style": "recommend", "scene": "xiaohongshu"}, {"style": "seo", "length": 1000}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """``count`` texts by the engine asked for: a provider of the settings where there is one, else one of our own."""
    from activities.writing.brief import read_brief
    from activities.writing.offline import language_of
    from activities.writing.styles import recognized

    context.progress(0.05, "read")
    words = inputs.texts["text"].strip()
    if not any(letter.isalnum() for letter in words):
        raise InvalidInput(errors=[wrong("inputs.text", "请至少写出产品名", "name the product, at least")])
    brief = read_brief(words)
    style = recognized(words) if params.style == "auto" else params.style
    language = language_of(words, params.language)
    texts, engine, usage = _written(context, brief, style, language, params)
    outputs = [_output(context, text, number) for number, text in enumerate(texts)]
    context.progress(1.0, "done")
    data = {"engine": engine, "style": style, "language": language, "texts": texts, "usage": usage}
    return ToolResult(outputs, engine, data)


def _written(
    context: ToolContext, brief: Any, style: str, language: str, params: Params
) -> tuple[list[str], str, dict[str, int]]:
    """The texts, who wrote them, and what they took; each is told as it is written."""
    from activities.writing.asking import request
    from activities.writing.offline import ENGINE, write_offline
    from activities.writing.small import request as bounded_request
    from activities.writing.styles import styles
    from activities.writing.tally import Tally

    if params.engine == "grammar" or (params.engine == "auto" and context.writer is None):
        context.progress(0.3, "write")
        texts = write_offline(brief, style, params.scene, language, params.length, params.count, params.seed)
        for number, text in enumerate(texts):
            context.tell(f"\n\n{text}" if number else text)
        return texts, ENGINE, {"prompt_tokens": 0, "tokens": 0, "milliseconds": 0}
    small = params.engine == "smollm2"
    tally, texts = Tally(_network(context, language) if small else context.writer), []
    for number in range(params.count):
        context.progress(0.1 + 0.8 * number / params.count, "write", f"{number + 1}/{params.count}")
        if number:
            context.tell("\n\n")
        if small:
            asked = bounded_request(brief, params.scene, params.length, params.seed + number)
        else:
            asked = request(brief, styles()[style], params.scene, language, params.length, number, params.seed)
        texts.append(tally.write(asked, context.tell).text.strip())
    return texts, tally.engine, tally.usage


def _network(context: ToolContext, language: str) -> Writer:
    """The small network; ``InvalidInput`` for what it cannot write."""
    if language != "en":
        raise _only_english()
    network: Writer = context.engine("smollm2")
    return network


def _output(context: ToolContext, text: str, number: int) -> Output:
    path = context.scratch / f"text-{number + 1}.txt"
    path.write_text(f"{text}\n", encoding="utf-8")
    return Output("texts", path, "text/plain", {"characters": len("".join(text.split()))}, generated=True)
