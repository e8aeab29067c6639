"""The engine that knows fonts: by name and size, with others behind them for characters that they lack.

A family is a chain of faces; each character is drawn by the first face that has it, so that Chinese, Latin, digits,
punctuation and symbols stand on one line. What no face of a chain has is ``missing``, and never drawn as a box.
``activities.media.typesetting`` breaks lines and draws with it.
"""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SANS, SERIF = ("noto-sans-sc-400", "noto-serif-sc-400"), ("noto-serif-sc-400", "noto-sans-sc-400")
BOLD = ("noto-sans-sc-700", "noto-sans-sc-400")
BLACK = ("noto-sans-sc-900", "noto-sans-sc-400")
SERIF_BOLD = ("noto-serif-sc-700", "noto-serif-sc-400")
SERIF_BLACK = ("noto-serif-sc-900", "noto-serif-sc-400")
LAST = ("noto-symbols", "noto-emoji")
FAMILIES: dict[str, tuple[str, ...]] = {
    "sans": SANS,
    "sans-bold": BOLD,
    "sans-black": BLACK,
    "serif": SERIF,
    "serif-bold": SERIF_BOLD,
    "serif-black": SERIF_BLACK,
    "ma-shan-zheng": ("ma-shan-zheng", *SERIF_BOLD),
    "zhi-mang-xing": ("zhi-mang-xing", *SERIF_BOLD),
    "liu-jian-mao-cao": ("liu-jian-mao-cao", *SERIF),
    "long-cang": ("long-cang", *SERIF),
    "zcool-kuaile": ("zcool-kuaile", *BOLD),
    "zcool-xiaowei": ("zcool-xiaowei", *SERIF),
    "zcool-huangyou": ("zcool-qingke-huangyou", *BOLD),
    "caveat": ("caveat", "long-cang", *SERIF),
    "dancing-script": ("dancing-script", "zhi-mang-xing", *SERIF_BOLD),
    "playfair-display": ("playfair-display", *SERIF_BLACK),
    "bebas-neue": ("bebas-neue", *BLACK),
}
"""By the names that users choose from; ``LAST`` stands behind each."""
WEIGHTS = tuple(dict.fromkeys([*(each for chain in FAMILIES.values() for each in chain), *LAST]))
PROBE = 200
"""Size in pixels at which ink is measured."""
SIZES = 64
"""Of one face that stay open."""


class Face:
    """One font file. Lengths are in em (1 = the size it is drawn at); its tables are read when first asked for."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._path = path
        self._at = lru_cache(SIZES)(self._opened)
        self._ink = lru_cache(None)(self._measured)

    def covers(self, text: str) -> bool:
        """Whether it has every character of ``text``."""
        return all(ord(character) in self._advances for character in text)

    def advance(self, text: str) -> float:
        """How far the pen moves; ``KeyError`` for what it does not cover."""
        return sum(self._advances[ord(character)] for character in text)

    def ink(self, text: str) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of what is inked, from the pen on the baseline, y down; zeros for a space."""
        return self._ink(text)

    def at(self, size: float) -> "FreeTypeFont":
        """For Pillow, ``size`` pixels the em; without HarfBuzz, which not every machine has, so that all draw alike."""
        return self._at(size)

    def _opened(self, size: float) -> "FreeTypeFont":
        from PIL import ImageFont

        return ImageFont.truetype(self._path, size, layout_engine=ImageFont.Layout.BASIC)

    def _measured(self, text: str) -> tuple[float, float, float, float]:
        mask, (x, y) = self.at(PROBE).getmask2(text, "L", anchor="ls")
        left, top, right, bottom = mask.getbbox() or (0, 0, 0, 0)
        return (left + x) / PROBE, (top + y) / PROBE, (right + x) / PROBE, (bottom + y) / PROBE

    @cached_property
    def _advances(self) -> dict[int, float]:
        from fontTools.ttLib import TTFont

        with TTFont(self._path, lazy=True) as font:
            metrics, em = font["hmtx"].metrics, font["head"].unitsPerEm
            return {code: metrics[glyph][0] / em for code, glyph in font.getBestCmap().items()}


class Fonts:
    """``get`` and ``face`` by a name of ``names``; ``KeyError`` for another."""

    label = "Noto and Google Fonts (OFL)"
    bytes = 60_000_000
    """Tables and the pages of the files that are in use."""
    names = tuple(FAMILIES)

    def __init__(self, files: dict[str, Path]) -> None:
        self._faces = {name: Face(name, path) for name, path in files.items()}
        self._found = lru_cache(None)(self._sought)

    def get(self, name: str, size: float) -> "FreeTypeFont":
        """The family's own face for Pillow: for one script; mixed texts want ``face`` for each character."""
        return self._faces[FAMILIES[name][0]].at(size)

    def face(self, name: str, text: str) -> Face | None:
        """The first face of the family that has all of ``text`` (a character, or one with its marks), or None."""
        return self._found(name, text)

    def missing(self, name: str, text: str) -> str:
        """The characters of ``text`` that no face has, each once; spaces and breaks are never missing."""
        wanted = dict.fromkeys(each for each in text if not each.isspace())
        return "".join(each for each in wanted if self.face(name, each) is None)

    def _sought(self, name: str, text: str) -> Face | None:
        chain = (self._faces[each] for each in (*FAMILIES[name], *LAST))
        return next((face for face in chain if face.covers(text)), None)


@engine(name="fonts", weights=WEIGHTS)
def load_fonts(files: dict[str, Path], device: Device, threads: int) -> Any:
    return Fonts(files)
