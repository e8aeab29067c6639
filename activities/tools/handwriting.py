"""Writes a text by hand: pages of letters on many papers, or a signature."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from pydantic_extra_types.color import Color

from models.errors import InvalidInput, wrong

from .base import (
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

if TYPE_CHECKING:
    import numpy as np

    from activities.media.handwriting import Hand, Letter
    from activities.media.papers import Sheet
    from activities.media.typesetting_pieces import Fonts

MOST_CHARACTERS, MOST_SIGNATURE, MOST_PAGES = 10_000, 24, 20
INKS = {"black": "#1d1d22", "blue": "#1f3f9e", "blue-black": "#1b2a4d", "red": "#b5232c", "pencil": "#5b5b60"}
SIDES = {"a4": (1240, 1754), "a5": (874, 1240), "square": (1080, 1080), "phone": (1080, 1920), "card": (1240, 826)}


class Params(ToolParams):
    """Parameters of handwriting."""

    kind: Literal["signature", "page"] = Field("signature", description="A name, or a text on pages.")
    font: Literal["zhi-mang-xing", "ma-shan-zheng", "liu-jian-mao-cao", "long-cang", "caveat", "dancing-script"] = (
        Field("zhi-mang-xing", description="The hand; Chinese and Latin letters stand together in each.")
    )
    ink: Literal["black", "blue", "blue-black", "red", "pencil"] = Field(
        "black", description="What it is written with."
    )
    color: Color | None = Field(None, description="CSS color of the ink instead.")
    paper: Literal["none", "plain", "lined", "grid", "dots", "kraft", "letter", "tianzige"] = Field(
        "none", description="What it is written on; none is transparent, tianzige has a square for each character."
    )
    format: Literal["a4", "a5", "square", "phone", "card"] = Field("a4", description="Of a page, at 150 dots an inch.")
    size: float = Field(48, ge=16, le=400, description="Of the letters in pixels; a signature is four times as large.")
    slant: float = Field(0, ge=-20, le=30, description="Degrees to the right.")
    jitter: float = Field(1, ge=0, le=2, description="How unsteady the hand is; 0 is as printed.")
    underline: bool = Field(False, description="A line thrown below a signature.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed writes it again, a little differently.")


def _price(measures: Measures, params: Params) -> Price:
    if params.kind == "signature":
        return Price((("signature", 1),))
    pages = 1 + measures["text"][0].characters // 2_000
    return Price((("pages", min(MOST_PAGES, pages)),))


def _check(measures: Measures, params: Params) -> None:
    most = MOST_SIGNATURE if params.kind == "signature" else MOST_CHARACTERS
    if measures["text"][0].characters > most:
        zh, en = f"最多 {most} 个字符", f"at most {most} characters"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


@tool(
    id="handwriting",
    version="1.0.0",
    category="text",
    pool=Pool.media,
    title=Text("手写签名", "Handwriting"),
    description=Text(
        "像手写一样写出签名或整页文字:六种笔迹、八种纸张,中英文混排,每个字都略有不同。",
        "Writes a signature or whole pages as by hand: six hands, eight papers, no two letters alike.",
    ),
    params=Params,
    inputs=(Port("text", (Kind.text,), Text("文字", "Text")),),
    outputs=(
        Port("images", (Kind.image,), Text("图片", "Pictures"), many=True),
        Port("svg", (Kind.document,), Text("矢量签名", "Signature as SVG"), required=False),
    ),
    price=_price,
    check=_check,
    engines=lambda params: ("fonts",),
    timeout=300,
    examples=({"kind": "signature", "underline": True}, {"kind": "page", "paper": "letter", "font": "long-cang"}),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Pages as PNG, or a signature as PNG and SVG. ``InvalidInput`` for characters that no font has."""
    import numpy as np

    fonts = context.engine("fonts")
    text = inputs.texts["text"].strip()
    context.progress(0.05, "read")
    dice = np.random.default_rng(params.seed)
    if params.kind == "signature":
        return _signature(context, fonts, " ".join(text.split()), params, dice)
    sheets = _pages(fonts, text, params, dice)
    if len(sheets) > MOST_PAGES:
        zh, en = f"写满了 {len(sheets)} 页,最多 {MOST_PAGES} 页", f"{len(sheets)} pages; at most {MOST_PAGES}"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    outputs = []
    for number, svg in enumerate(sheets, 1):
        context.progress(number / (len(sheets) + 1), "write", f"{number}/{len(sheets)}")
        outputs.append(_drawn(context, svg, f"page-{number}", SIDES[params.format]))
    context.progress(1.0, "done")
    return ToolResult(outputs, fonts.label, {"pages": len(sheets)})


def _hand(params: Params, larger: float = 1.0, **more: float) -> "Hand":
    from activities.media.handwriting import Hand

    color = params.color.as_hex(format="long")[:7] if params.color is not None else INKS[params.ink]
    return Hand(params.font, params.size * larger, color, params.slant, params.jitter, **more)


def _signature(context: ToolContext, fonts: Any, text: str, params: Params, dice: "np.random.Generator") -> ToolResult:
    """One line, larger and closer than on a page, rising; the first letter stands out."""
    from activities.media.handwriting import flourish, lines_of, row, written
    from activities.media.papers import Sheet, printed

    hand = _hand(params, 4.0, rise=3.0 + float(dice.uniform(-1, 2)), tracking=-0.12)
    line = lines_of(fonts, text, params.font, 1_000.0, hand.tracking)[0]
    width = line[0].width(line[1], line[2]) * hand.size
    margin = 0.7 * hand.size
    sheet = Sheet(round(width + 2 * margin), round(2.6 * hand.size), margin, hand.size, 1.7 * hand.size)
    letters = row(*line, margin, sheet.top, hand.size)
    ink = written(letters, hand, dice)
    if params.underline:
        ink += flourish(margin, margin + width, sheet.top + 0.32 * hand.size, hand.size, hand.color, dice)
    svg = _svg(sheet.width, sheet.height, printed(params.paper, sheet) + ink)
    path = context.scratch / "signature.svg"
    path.write_text(svg, encoding="utf-8")
    picture = _drawn(context, svg, "signature", (sheet.width, sheet.height))
    context.progress(1.0, "done")
    return ToolResult([picture, Output("svg", path, "image/svg+xml")], fonts.label, {"pages": 1})


def _pages(fonts: "Fonts", text: str, params: Params, dice: "np.random.Generator") -> list[str]:
    """Each page as SVG."""
    from activities.media.handwriting import lines_of, row, written
    from activities.media.papers import Sheet, printed

    hand, (width, height) = _hand(params), SIDES[params.format]
    margin = 0.1 * min(width, height)
    pitch = 1.7 * hand.size
    sheet = Sheet(width, height, margin, pitch, margin + 0.9 * pitch)
    if params.paper == "tianzige":
        letters = _squared(fonts, text, params.font, sheet, hand.size)
    else:
        lines = lines_of(fonts, text, params.font, (width - 2 * margin) / hand.size)
        letters = [row(*line, margin, sheet.baseline(at % sheet.lines), hand.size) for at, line in enumerate(lines)]
    pages = [letters[at : at + sheet.lines] for at in range(0, len(letters), sheet.lines)]
    ground = printed(params.paper, sheet)
    return [_svg(width, height, ground + "".join(written(line, hand, dice) for line in page if line)) for page in pages]


def _squared(fonts: "Fonts", text: str, font: str, sheet: "Sheet", size: float) -> list[list["Letter"]]:
    """A character in each square, in its middle."""
    from activities.media.handwriting import Letter
    from activities.media.typesetting import Style, measured

    rows: list[list[Letter]] = []
    for paragraph in measured(fonts, text, Style(font=font), field="inputs.text"):
        pieces = [piece for piece in paragraph.row if not piece.blank]
        for start in range(0, max(1, len(pieces)), sheet.cells):
            baseline = sheet.baseline(len(rows) % sheet.lines)
            rows.append(
                [
                    Letter(piece, sheet.left + (at + 0.47) * sheet.pitch - piece.advance * size / 2, baseline)
                    for at, piece in enumerate(pieces[start : start + sheet.cells])
                ]
            )
    return rows


def _svg(width: int, height: int, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{content}</svg>'
    )


def _drawn(context: ToolContext, svg: str, name: str, sides: tuple[int, int]) -> Output:
    import resvg_py

    path = context.scratch / f"{name}.png"
    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=sides[0], height=sides[1])))
    return Output("images", path, "image/png", {"width": sides[0], "height": sides[1]})
