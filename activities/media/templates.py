"""What a template of a poster is: a data file in ``templates/``, so that a designer adds one without touching code.

Lengths are in thousandths of the picture's shorter side, boxes in shares of its sides (left, top, width, height), and
colors are roles of a palette (``palettes.ROLES``). Drawings are SVG in those lengths: ``$w`` and ``$h`` stand for the
picture's sides, ``$cx`` and ``$cy`` for its middle, ``$ground``, ``$ink`` ... for the palette's colors.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).with_name("templates")
Role = Literal["ground", "second", "ink", "soft", "accent", "on_accent", "tint", "panel"]
Family = Literal["quote", "material", "product"]
BoxOf = tuple[float, float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The name of a template for people."""

    zh: str
    en: str


class Badge(_Strict):
    """A filled shape behind a text. ``pad`` across and down, ``radius``: in em of the text."""

    fill: Role
    pad: tuple[float, float] = (0.6, 0.3)
    radius: float = 0.5


class Item(_Strict):
    """One thing of a stack: the text of ``slot``, or a drawing of ``svg`` (``size`` across and down) or ``words``.

    ``size``: comfortable smallest and largest letters; a text too long for that gets smaller ones. ``room``: the most
    that it takes of the stack's height, 0..1. ``gap``: blank over it. ``needs``: a slot without which it is left out.
    ``mark``: a strip of color behind the lines, as by a pen.
    """

    slot: str = ""
    words: str = ""
    svg: str = ""
    size: tuple[float, float] = (30, 60)
    font: str = "sans"
    color: Role = "ink"
    room: float = 1.0
    lines: int = 40
    gap: float = 0.0
    needs: str = ""
    before: str = ""
    after: str = ""
    leading: float = 1.4
    tracking: float = 0.0
    even: bool = False
    outline: float = 0.0
    outline_color: Role = "panel"
    shadow: float = 0.0
    fade: Role | None = None
    badge: Badge | None = None
    mark: Role | None = None
    own_font: bool = True
    """Whether a font that the user chose takes the place of ``font``."""


class Stack(_Strict):
    """Texts one under another in a box. ``align`` of their lines, ``vertical`` of all of them in the box."""

    box: BoxOf
    items: tuple[Item, ...]
    align: Literal["left", "center", "right"] = "left"
    vertical: Literal["top", "middle", "bottom"] = "top"
    behind: bool = False
    """Whether the product stands before it."""


class Window(_Strict):
    """Where a photograph shows. ``radius`` of its corners; ``rim``: white border; ``shadow`` 0..1; or ``round``."""

    box: BoxOf
    radius: float = 0.0
    rim: float = 0.0
    shadow: float = 0.0
    round: bool = False
    optional: bool = False
    """Whether nothing is drawn here without a photograph."""


class Card(_Strict):
    """A plain surface with round corners and a soft shadow, to put texts on. ``line``: width of its outline in ink."""

    box: BoxOf
    fill: Role = "panel"
    radius: float = 0.0
    shadow: float = 0.0
    line: float = 0.0


class Art(_Strict):
    """Where a drawing that fits the text's meaning stands. ``which``: first, second ... that was found."""

    box: BoxOf
    which: int = 0
    turn: float = 0.0
    opacity: float = 1.0


class Subject(_Strict):
    """Where a product stands or hovers. ``stand``: it stands on the box's lower rim and throws its shadow there."""

    box: BoxOf
    stand: bool = True
    shadow: float = 0.45


class Layout(_Strict):
    """One arrangement. ``under`` is a drawing below cards and windows, ``over`` one above them, below the art."""

    stacks: tuple[Stack, ...]
    under: str = ""
    over: str = ""
    cards: tuple[Card, ...] = ()
    windows: tuple[Window, ...] = ()
    art: tuple[Art, ...] = ()
    subject: Subject | None = None


class Template(_Strict):
    """A look. ``kind`` sorts those of one tool; ``wide`` is for pictures that are clearly wider than tall.

    ``photo``: a photograph fills the whole ground (under a ``veil``; ``blur`` also takes its detail away) or only the
    ``windows``. ``texture``: paper or grain over the ground. ``cut``: the rim of a sticker on nothing.
    """

    title: Words
    kind: str
    palette: str
    photo: Literal["veil", "blur", "windows"] = "veil"
    texture: Literal["", "paper", "grain"] = ""
    ground: str = ""
    cut: float = 0.0
    tall: Layout
    wide: Layout | None = None

    def layout(self, width: int, height: int) -> Layout:
        """The arrangement for a picture of these sides."""
        return self.wide if self.wide is not None and width >= WIDE * height else self.tall


WIDE = 1.25


@lru_cache
def templates(family: Family) -> dict[str, Template]:
    """All templates of a family by name; ``pydantic.ValidationError`` for a wrong one."""
    found = sorted((FOLDER / family).glob("*.toml"))
    return {path.stem: Template.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))) for path in found}


PRESETS: dict[str, tuple[int, int]] = {
    "3:4": (1242, 1660),
    "1:1": (1080, 1080),
    "9:16": (1080, 1920),
    "4:3": (1440, 1080),
    "16:9": (1920, 1080),
    "wechat-cover": (900, 383),
    "a4": (1240, 1754),
}
"""Pixels of the sizes that people publish in: 小红书, square, 抖音, slides, video, 公众号封面, A4 at 150 dpi."""
