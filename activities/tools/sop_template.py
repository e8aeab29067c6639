"""Makes a standard operating procedure of a topic: a template of the trade, set as Word, PDF and Markdown."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from activities.writing.sops import industry_ids
from models.errors import InvalidInput, wrong

from .base import Inputs, Kind, Measures, Output, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

if TYPE_CHECKING:
    from activities.writing.sops import Sop
    from activities.writing.sops.blocks import Document
    from activities.writing.sops.choosing import Found
    from activities.writing.tally import Tally

    Industry = str
else:
    Industry = Literal[("auto", *industry_ids())]

MOST_CHARACTERS = 500
LIBRARY = "template library"


class Params(ToolParams):
    """Parameters of sop-template."""

    industry: Industry = Field("auto", description="Whose templates are looked at; auto: all.")
    department: str = Field("", max_length=60, description="Who owns the procedure; empty: as the template says.")
    steps: Literal["standard", "key", "detailed"] = Field(
        "standard",
        description="standard: a table of all steps; key: the key steps alone; detailed: a heading for each.",
    )
    language: Literal["auto", "zh", "en"] = Field("auto", description="Of the procedure; auto: the topic's own.")
    formats: Literal["all", "docx", "pdf", "markdown"] = Field("all", description="Which files are made.")
    company: str = Field("", max_length=60, description="Name in the head of each page.")
    number: str = Field("", max_length=30, description="Of the document; empty: by industry and template.")
    version: str = Field("1.0", min_length=1, max_length=20, description="Of the document.")
    effective: date | None = Field(None, description="Date from which it holds; none: a line to be filled in.")
    author: str = Field("", max_length=30, description="Who prepared it; empty: a line to be filled in.")
    reviewer: str = Field("", max_length=30, description="Who reviews it.")
    approver: str = Field("", max_length=30, description="Who approves it.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed lets a provider write in another way.")


def _price(measures: Measures, params: Params) -> Price:
    return Price((("procedure", 3),))


def _check(measures: Measures, params: Params) -> None:
    if measures["topic"][0].characters > MOST_CHARACTERS:
        zh, en = f"主题最多 {MOST_CHARACTERS} 个字符", f"at most {MOST_CHARACTERS} characters of topic"
        raise InvalidInput(errors=[wrong("inputs.topic", zh, en)])


@dataclass(frozen=True)
class _Chosen:
    """The procedure and where it is from; ``note`` is what the user should know."""

    sop: "Sop"
    language: str
    found: "Found | None"
    written: bool = False
    note: dict[str, str] | None = None


@tool(
    id="sop-template",
    version="1.0.0",
    category="text",
    pool=Pool.media,
    title=Text("SOP模板", "SOP templates"),
    description=Text(
        "输入主题，从各行业模板中选出最接近的一份，生成带目录、步骤表、检查表和签批栏的 Word、PDF 和 Markdown。",
        "Finds the trade's procedure for a topic and sets it as Word, PDF and Markdown, with checklist and sign-off.",
    ),
    params=Params,
    inputs=(Port("topic", (Kind.text,), Text("主题", "Topic")),),
    outputs=(
        Port("docx", (Kind.document,), Text("Word 文档", "Word document")),
        Port("pdf", (Kind.document,), Text("PDF 文档", "PDF")),
        Port("markdown", (Kind.document,), Text("Markdown 文档", "Markdown")),
    ),
    price=_price,
    check=_check,
    engines=lambda params: ("meaning", "fonts"),
    examples=({"industry": "catering", "company": "好味餐饮"}, {"steps": "detailed", "formats": "docx"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """The procedure for ``topic``; one for any work where no template is near."""
    from activities.writing.sops.blocks import arranged
    from activities.writing.sops.choosing import ALTERNATIVES, nearest
    from activities.writing.tally import Tally

    context.progress(0.0, "read")
    topic = " ".join(inputs.texts["topic"].split())
    _can_be_set(context, topic, params)
    context.progress(0.05, "choose")
    found = nearest(topic, params.industry, context.engine("meaning"))
    tally = Tally(context.writer)
    chosen = _chosen(context, tally, topic, found, params)
    sop = chosen.sop.model_copy(update={"department": params.department.strip()}) if params.department else chosen.sop
    document = arranged(sop, _control(topic, chosen, params), chosen.language, params.steps)
    context.progress(0.4, "write")
    outputs = _outputs(context, document, params, chosen.written)
    context.progress(1.0, "done")
    engine = f"{tally.engine}; {LIBRARY}" if chosen.written else f"{LIBRARY} ({context.engine('meaning').label})"
    data = {
        "engine": engine,
        "template": chosen.found.template.id if chosen.found else "general",
        "industry": chosen.found.template.industry.id if chosen.found else params.industry,
        "score": chosen.found.score if chosen.found else (found[0].score if found else 0.0),
        "title": sop.title,
        "language": chosen.language,
        "note": chosen.note,
        "alternatives": [
            {"template": each.template.id, "title": each.template.title(chosen.language), "score": each.score}
            for each in [each for each in found if each != chosen.found][:ALTERNATIVES]
        ],
        "usage": tally.usage,
    }
    return ToolResult(outputs, engine, data)


def _can_be_set(context: ToolContext, topic: str, params: Params) -> None:
    """Raises ``InvalidInput`` for what has no letter, or has letters that no font has."""
    if not any(letter.isalnum() for letter in topic):
        raise InvalidInput(errors=[wrong("inputs.topic", "请写出要做什么事", "say what is to be done")])
    fields = ("department", "company", "number", "version", "author", "reviewer", "approver")
    words = {"inputs.topic": topic} | {f"parameters.{name}": getattr(params, name) for name in fields}
    fonts = context.engine("fonts")
    errors = []
    for path, text in words.items():
        strange = "".join(each for each in text if not each.isprintable()) + fonts.missing("sans-bold", text)
        if strange:
            zh, en = f"没有字体包含这些字符：{strange[:20]!r}", f"no font has these characters: {strange[:20]!r}"
            errors.append(wrong(path, zh, en))
    if errors:
        raise InvalidInput(errors=errors)


def _chosen(context: ToolContext, tally: "Tally", topic: str, found: "list[Found]", params: Params) -> _Chosen:
    """The nearest template or the skeleton, and the provider's own version of it where there is one."""
    from activities.writing.sops.asking import asked
    from activities.writing.sops.choosing import SURE, skeleton, subject, taken
    from activities.writing.tally import untold
    from activities.writing.words import written_in

    language = written_in(topic) if params.language == "auto" else params.language
    best = taken(found, params.industry)
    body = best.template.sop(language) if best else None
    name, note = subject(topic), None
    if best and body is None:
        name, note = (name if written_in(name) == language else best.template.title(language)), NO_ENGLISH
    elif best is None:
        note = NO_TEMPLATE
    elif best.score < SURE:
        note = UNSURE
    draft = body or skeleton(name, language)
    if context.writer is not None:
        context.progress(0.15, "write")
        task, seen = ("adapt", body) if body else ("translate", best.template.zh) if best else ("write", draft)
        made = asked(tally, task, seen, subject(topic), params.department, language, params.seed, untold)
        if made is not None:
            return _Chosen(_settable(context, made), language, best, written=True)
        note = NOT_WRITTEN if note in (None, UNSURE) else note
    return _Chosen(draft, language, best if body else None, note=note)


NO_TEMPLATE = {
    "code": "no_template",
    "zh": "模板库里没有足够接近的模板，已用通用骨架生成，请补充行业内容",
    "en": "no template is near enough; this is a general skeleton, to be filled in by who knows the work",
}
UNSURE = {
    "code": "unsure_template",
    "zh": "已取最接近的模板，但不一定是您要的内容；请核对标题，或选择行业、看其他候选",
    "en": "this is the nearest template and may be about another work; compare the title, name the industry or see the "
    "alternatives",
}
NO_ENGLISH = {
    "code": "no_english_template",
    "zh": "最接近的模板只有中文，已给出英文通用骨架；选中文可得到完整模板，配置文本服务后可译成英文",
    "en": "the nearest template is in Chinese only, so this is a general skeleton, to be filled in by who knows the "
    "work; language=zh gives the template, a text provider would translate it",
}
NOT_WRITTEN = {
    "code": "provider_not_used",
    "zh": "文本服务的回答不完整，已使用模板库原文",
    "en": "the text provider's answer was no whole procedure, so this is the library's own text",
}


def _settable(context: ToolContext, sop: "Sop") -> "Sop":
    """Without characters that no font has, which a provider may have written."""
    fonts = context.engine("fonts")
    return type(sop).model_validate(_without(sop.model_dump(mode="json"), fonts))


def _without(value: Any, fonts: Any) -> Any:
    if isinstance(value, str):
        missing = fonts.missing("sans", value)
        kept = "".join(each for each in value if each not in missing and (each.isprintable() or each.isspace()))
        return " ".join(kept.split()) or "—"
    if isinstance(value, dict):
        return {key: _without(each, fonts) for key, each in value.items()}
    return [_without(each, fonts) for each in value]


def _control(topic: str, chosen: _Chosen, params: Params) -> Any:
    from activities.writing.sops import industries
    from activities.writing.sops.blocks import Control

    industry = chosen.found.template.industry if chosen.found else industries().get(params.industry)
    code, place = (industry.code if industry else "GEN"), (chosen.found.template.number if chosen.found else 0)
    general = "通用" if chosen.language == "zh" else "General"
    return Control(
        number=params.number.strip() or f"SOP-{code}-{place:02d}",
        version=params.version,
        date=params.effective.isoformat() if params.effective else "",
        company=params.company.strip(),
        industry=(industry.zh if chosen.language == "zh" else industry.en) if industry else general,
        topic=topic,
        author=params.author.strip(),
        reviewer=params.reviewer.strip(),
        approver=params.approver.strip(),
    )


def _outputs(context: ToolContext, document: "Document", params: Params, generated: bool) -> list[Output]:
    from activities.writing.documents import WORD
    from activities.writing.sops.markdown import as_markdown
    from activities.writing.sops.paper import write_paper
    from activities.writing.sops.word import write_word

    wanted = ("docx", "pdf", "markdown") if params.formats == "all" else (params.formats,)
    outputs = []
    if "docx" in wanted:
        write_word(document, context.scratch / "sop.docx")
        outputs.append(Output("docx", context.scratch / "sop.docx", WORD, generated=generated))
    context.progress(0.5, "pdf")
    if "pdf" in wanted:
        path, drawn = context.scratch / "sop.pdf", [0]

        def report(page: int) -> None:
            drawn.append(page)
            context.progress(0.5 + 0.4 * min(1.0, len(drawn) / 30), "pdf", str(page))

        write_paper(document, path, context.engine("fonts"), report)
        outputs.append(Output("pdf", path, "application/pdf", {"pages": drawn[-1]}, generated=generated))
    context.progress(0.95, "markdown")
    if "markdown" in wanted:
        path = context.scratch / "sop.md"
        path.write_text(as_markdown(document), encoding="utf-8")
        outputs.append(Output("markdown", path, "text/markdown", generated=generated))
    return outputs
