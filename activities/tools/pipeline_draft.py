"""Makes a draft of a pipeline of a sentence: drawn by the text provider, or else the nearest template or tool."""

from typing import Any

from .base import Inputs, Kind, Measures, Pool, Port, Price, Text, ToolContext, ToolParams, ToolResult, tool

ID = "pipeline-draft"


class Params(ToolParams):
    """Parameters of pipeline-draft: none."""


def _price(measures: Measures, params: Params) -> Price:
    return Price((("draft", 1),))


@tool(
    id=ID,
    version="1.0.0",
    category="text",
    pool=Pool.media,
    title=Text("流程草稿", "Draft of a pipeline"),
    description=Text("把一句话变成流程草稿。", "Makes a draft of a pipeline of a sentence."),
    params=Params,
    inputs=(Port("text", (Kind.text,), Text("要做什么", "What is to be done")),),
    outputs=(),
    price=_price,
    engines=lambda params: ("meaning",),
    timeout=180.0,
    hidden=True,
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """``data``: ``found`` (kind, id, score), ``graph`` and ``explanation`` where a provider drew one without fault."""
    from activities.drafting.asking import draw
    from activities.drafting.offers import offers
    from activities.drafting.searching import nearest

    context.progress(0.05, "search")
    text, engine = inputs.texts["text"], context.engine("meaning")
    found = nearest(text, offers(context.catalogue), engine)
    data: dict[str, Any] = {
        "found": [{"kind": each.offer.kind, "id": each.offer.id, "score": each.score} for each in found]
    }
    made_by = f"search ({engine.label})"
    if context.writer is not None:
        context.progress(0.3, "draw")
        drawn = draw(text, context.language, context.catalogue, context.writer, lambda piece: None)
        if drawn is not None:
            data |= {"graph": drawn.graph.as_json(), "explanation": drawn.explanation}
            made_by = drawn.engine
    context.progress(1.0, "done")
    return ToolResult([], made_by, data)
