"""Recommends a place of a city: a post that keeps to the facts of the brief, and a poster of it."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    from activities.writing.brief import Brief
    from activities.writing.places import Place

MOST_CHARACTERS = 1000
MOST_TITLE = 40
"""Characters of a name that every poster can show."""
DRAWINGS = 3


class Params(ToolParams):
    """Parameters of local-recommend."""

    city: str = Field("", max_length=20, description="City or district; empty for none.")
    category: Literal[
        "auto", "food", "cafe", "bar", "scenic", "hotel", "culture", "family", "fitness", "beauty", "shopping", "event"
    ] = Field("auto", description="Kind of place; auto: by words of the brief.")
    tone: Literal["recommend", "friendly", "literary", "humorous", "viral", "minimal"] = Field(
        "recommend", description="Voice of the text."
    )
    length: Literal[200, 100, 500] = Field(
        200, description="About how many Chinese characters the text has; in English a third as many words."
    )
    language: Literal["auto", "zh", "en"] = Field("auto", description="Language of the post; auto: the brief's own.")
    template: Literal["auto", "arch", "swiss", "scene", "guochao", "marker", "loud", "magazine"] = Field(
        "auto", description="Look of the poster; auto: scene with a photograph, else arch."
    )
    size: Literal["3:4", "1:1", "9:16"] = Field("3:4", description="3:4 1242x1660, 1:1 1080x1080, 9:16 1080x1920.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed gives another text.")
    format: Literal["jpeg", "png", "webp"] = Field("jpeg", description="Format of the poster.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("text", 1), ("poster", 2)))


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = f"最多 {MOST_CHARACTERS} 个字符", f"at most {MOST_CHARACTERS} characters are wanted"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


@tool(
    id="local-recommend",
    version="1.0.0",
    category="text",
    pool=Pool.inference,
    title=Text("同城推荐", "Local tips"),
    description=Text(
        "写出店名和特点,生成同城推荐文案(标题、正文、地址价格、话题)和配套海报;只用您给的信息。",
        "A post and a poster that recommend a place: headline, text, what to know, tags; from your facts alone.",
    ),
    params=Params,
    inputs=(
        Port("text", (Kind.text,), Text("简介", "Brief")),
        Port("image", (Kind.image,), Text("照片", "Photograph"), required=False),
    ),
    outputs=(
        Port("text", (Kind.document,), Text("文案", "Post")),
        Port("poster", (Kind.image,), Text("海报", "Poster")),
    ),
    price=_price,
    check=_check,
    engines=lambda params: ("fonts", "emoji-art"),
    timeout=180,
    examples=({"city": "成都", "category": "food"}, {"city": "杭州", "tone": "literary", "template": "magazine"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """The post by the provider of the settings, or by the offline grammar; ``InvalidInput`` for a brief of no words."""
    from activities.writing.brief import read_brief
    from activities.writing.offline import language_of
    from activities.writing.places import kind_of, places, whole

    context.progress(0.05, "read")
    words = inputs.texts["text"].strip()
    if not any(letter.isalnum() for letter in words):
        raise InvalidInput(errors=[wrong("inputs.text", "请至少写出店名", "name the place, at least")])
    brief, city = read_brief(words), params.city.strip()
    place = kind_of(brief) if params.category == "auto" else places()[params.category]
    language = language_of(words, params.language)
    body, writer, usage = _body(context, brief, place, city, language, params)
    text = whole(body, brief, place, city, language)
    path = context.scratch / "text.txt"
    path.write_text(f"{text}\n", encoding="utf-8")
    context.progress(0.5, "draw")
    poster, drawn_by = _poster(context, inputs, brief, place, city, language, params)
    context.progress(1.0, "done")
    outputs = [Output("text", path, "text/plain", {"characters": len("".join(text.split()))}, generated=True), poster]
    data = {"engine": writer, "category": place.id, "language": language, "text": text, "usage": usage}
    return ToolResult(outputs, f"{writer}; {drawn_by}", data)


def _body(
    context: ToolContext, brief: "Brief", place: "Place", city: str, language: str, params: Params
) -> tuple[str, str, dict[str, int]]:
    """The text between headline and facts, who wrote it, and what that took."""
    from activities.writing.offline import ENGINE
    from activities.writing.places import request
    from activities.writing.styles import styles
    from activities.writing.vouching import write_modestly

    context.progress(0.1, "write")
    if context.writer is None:
        text = write_modestly(brief, params.tone, language, params.length, params.seed)
        context.tell(text)
        return text, ENGINE, {"prompt_tokens": 0, "tokens": 0, "milliseconds": 0}
    asked = request(brief, place, city, styles()[params.tone], language, params.length, params.seed)
    written = context.writer.write(asked, context.tell)
    return written.text.strip(), written.engine, written.usage


def _poster(
    context: ToolContext, inputs: Inputs, brief: "Brief", place: "Place", city: str, language: str, params: Params
) -> tuple[Output, str]:
    from activities.media.colors import luminance
    from activities.media.images import read_image
    from activities.media.palettes import palette_of, palettes
    from activities.media.posters import Materials, as_picture, draw, on_paper
    from activities.media.saving import save
    from activities.media.templates import PRESETS, templates
    from activities.writing.places import poster_texts

    given = inputs.optional("image")
    photo = None if given is None else on_paper(read_image(given.path))
    look = templates("material")[
        ("arch" if photo is None else "scene") if params.template == "auto" else params.template
    ]
    fonts, emoji = context.engine("fonts"), context.engine("emoji-art")
    colors = palettes()[look.palette]
    if photo is not None:
        colors = palette_of(photo, dark=luminance(colors["ground"]) < luminance(colors["ink"]))
    texts = poster_texts(brief, place, city, language)
    texts["title"] = texts["title"][:MOST_TITLE]
    drawings = _drawings(emoji, place, brief.text) if photo is None else []
    materials = Materials(texts=texts, palette=colors, fonts=fonts, emoji=emoji, photo=photo, art=drawings)
    poster = draw(look, *PRESETS[params.size], materials, lambda done: context.progress(0.5 + 0.4 * done, "draw"))
    saved = save(context.scratch, "poster", as_picture(poster), params.format)
    details = {"letters": poster.letters, "contrast": poster.contrast}
    label = f"{fonts.label}; {emoji.label if photo is not None else emoji.search_label}"
    return Output("poster", saved.path, saved.mime_type, saved.sides | details), label


def _drawings(emoji: Any, place: "Place", text: str) -> list[str]:
    """What fits the kind of place first, then what fits the words."""
    own = emoji.svg(place.emoji)
    return [*([own] if own else []), *(each for each in emoji.find(text, DRAWINGS) if each != own)][:DRAWINGS]
