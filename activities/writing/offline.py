"""The offline engine: several texts of one brief, each in the length asked for, no two alike."""

import random

from .brief import Brief, is_chinese
from .composing import Composer, size
from .layouts import laid_out
from .styles import styles

ENGINE = "grammar"
ATTEMPTS = 60
NEAR = 0.08
"""Share of the length within which the first draft is taken."""
LENGTHS = (50, 100, 200, 500, 1000)


def language_of(brief: str, asked: str) -> str:
    """zh or en; ``auto`` is the brief's own."""
    return ("zh" if is_chinese(brief) else "en") if asked == "auto" else asked


def write_offline(brief: Brief, style: str, scene: str, language: str, length: int, count: int, seed: int) -> list[str]:
    """``count`` different texts of about ``length`` (Chinese characters; a third as many words in English)."""
    texts: list[str] = []
    number = 0
    while len(texts) < count:
        text = _written(brief, style, scene, language, length, f"{seed}/{number}")
        if text not in texts:
            texts.append(text)
        number += 1
    return texts


def _written(brief: Brief, style_id: str, scene: str, language: str, length: int, seed: str) -> str:
    """The first draft of the length, or the nearest of all."""
    style, budget, best, nearest = styles()[style_id], length, "", 10**9
    for attempt in range(ATTEMPTS):
        key = f"{seed}/{attempt}/{style_id}/{scene}/{brief.text}"
        composer = Composer(brief, style.of(language), language, length, random.Random(key))  # noqa: S311 - no secret
        text = laid_out(composer.draft(budget), brief, style, scene, language, length, key)
        off = size(text, language) - length
        if abs(off) < nearest and brief.product.lower() in text.lower():
            best, nearest = text, abs(off)
        if nearest <= NEAR * length:
            break
        budget = max(length // 2, min(length * 3 // 2, budget - off // 2))
    return best
