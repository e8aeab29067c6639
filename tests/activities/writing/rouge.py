"""How much of a reference's words a summary has: ROUGE-1 and ROUGE-2 (F1) by characters or words."""

import re
from collections import Counter


def rouge(text: str, reference: str, size: int) -> float:
    """F1 of the n-grams of ``size`` that two texts share."""
    ours, theirs = _grams(text, size), _grams(reference, size)
    shared = sum((ours & theirs).values())
    return 2 * shared / max(1, sum(ours.values()) + sum(theirs.values()))


def _grams(text: str, size: int) -> Counter[tuple[str, ...]]:
    tokens = [each.lower() for each in re.findall(r"[\u3400-\u9fff]|[A-Za-z0-9$.]+", text)]
    return Counter(tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1))
