"""Summarizes offline: picks the sentences that tell most of a text, each as it stands, in the text's own order.

A sentence counts by how many others mean something near it, by its place, and by the key words and headings
that it speaks of; what repeats a picked one counts less (maximal marginal relevance, Carbonell and Goldstein 1998).
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .brief import CHINESE
from .cohesion import hangs, unlinked
from .sentences import Article, Sentence
from .words import terms, weights

if TYPE_CHECKING:
    import numpy as np

ENGINE = "extractive"
MOST_CANDIDATES = 400
"""Sentences that get a vector; of longer texts the best of each stretch, by their words."""
BATCH = 16
SHARES = {"short": 0.1, "medium": 0.2, "long": 0.35}
BOUNDS = {"short": (50, 120), "medium": (100, 300), "long": (200, 800)}
"""Chinese characters; three times as many in English."""
LETTERS = 3
OVER = 1.15
"""How much longer than asked a summary may come out."""
MEANING, WORDS, PLACE, HEADING, FIGURES = 0.8, 0.8, 0.3, 0.5, 0.4
REDUNDANCY, CROWDING = 0.4, 0.15
"""What likeness to a chosen sentence takes away, and standing in the paragraph of one."""
SAME = 0.7
"""Share of the words of the shorter of two sentences from which on they say the same."""
BARE = 0.2
"""What a good place counts for a sentence of few key words: a scene to begin with."""
LEAST = {"zh": 8, "en": 25}
"""Characters of a sentence that can tell something."""
TELLING = re.compile(
    r"总之|总的来说|综上|研究发现|结果显示|数据显示|调查显示|表明|意味着|关键|核心|最重要|主要|目的|决定|计划|宣布|目标|建议|"
    r"\b(?:in conclusion|overall|we found|found that|results? show|suggests?|means that|the key|most important|main|"
    r"announced|plans? to|aims? to|recommend)",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"例如|比如|举个例子|打个比方|点击|关注我们|转载|版权|图片来源|责任编辑|"
    r"\b(?:for example|for instance|click|subscribe|copyright|photo by)\b",
    re.IGNORECASE,
)
FIGURE = re.compile(r"\d[\d.,]*|[一二三四五六七八九十百千万亿]{2,}|\b(?:percent|million|billion|hundred|thousand)\b")
UNPAIRED = (("“", "”"), ("「", "」"), ("（", "）"), ("(", ")"))


class Meanings(Protocol):
    """The engine ``meaning``."""

    label: str

    def vectors(self, sentences: list[str]) -> "np.ndarray": ...


@dataclass(frozen=True)
class Picked:
    """A sentence of a summary, as it is written there; ``score`` 0..1."""

    text: str
    sentence: Sentence
    score: float


def budget(text_size: int, length: str, characters: int, language: str) -> int:
    """Characters of the summary: as asked, else a share of the text within the bounds of ``length``."""
    if characters:
        return characters
    least, most = BOUNDS[length]
    times = 1 if language == "zh" else LETTERS
    return round(min(most * times, max(least * times, SHARES[length] * text_size)))


def summarize(
    article: Article, room: int, language: str, meanings: Meanings, tell: Callable[[float], None]
) -> list[Picked]:
    """The sentences picked for ``room`` characters, in order; at least one. ``tell`` hears 0..1 of the work."""
    sentences = _candidates(article, language)
    vectors = _vectors([each.text for each in sentences], meanings, tell)
    scores = _scores(article, sentences, vectors, language)
    chosen = _chosen(sentences, scores, vectors, room, language)
    return _written(sentences, scores, sorted(chosen), language)


def _candidates(article: Article, language: str) -> list[Sentence]:
    """All sentences, or of a long text the richest in each of as many stretches as there is room for."""
    usable = [each for each in article.sentences if len(each.text) >= LEAST[language]] or list(article.sentences)
    if len(usable) <= MOST_CANDIDATES:
        return usable
    known = weights("\n".join(each.text for each in usable))
    stretches, kept = 40, []
    for number in range(stretches):
        stretch = usable[number * len(usable) // stretches : (number + 1) * len(usable) // stretches]
        richest = sorted(stretch, key=lambda each: (-_richness(each.text, known), each.position))
        kept += richest[: MOST_CANDIDATES // stretches]
    return sorted(kept, key=lambda each: each.position)


def _vectors(texts: list[str], meanings: Meanings, tell: Callable[[float], None]) -> "np.ndarray":
    import numpy as np

    rows = []
    for start in range(0, len(texts), BATCH):
        rows.append(meanings.vectors(texts[start : start + BATCH]))
        tell(min(1.0, (start + BATCH) / len(texts)))
    return np.concatenate(rows)


def _richness(text: str, known: dict[str, float]) -> float:
    """How much of the key words a sentence speaks of, however long it is."""
    found = set(terms(text))
    told = sum(known.get(term, 0.0) for term in found)
    return told / math.pow(6 + len(found), 0.6)


def _scores(article: Article, sentences: list[Sentence], vectors: "np.ndarray", language: str) -> "np.ndarray":
    import numpy as np

    known = weights("\n".join([article.title, *(each.text for each in sentences)]))
    richness = np.array([_richness(each.text, known) for each in sentences])
    meaning = _centrality(vectors)
    heading = np.array([_headed(article.title, each) for each in sentences])
    rich = _even(richness)
    place = np.array([_place(each, article) for each in sentences]) * np.where(rich > 0, 1.0, BARE)
    total = MEANING * _even(meaning) + WORDS * rich + HEADING * heading + PLACE * place
    total += np.array([_manner(each.text, language) + FIGURES * _figures(each.text) for each in sentences])
    scaled: np.ndarray = (total - total.min()) / max(float(np.ptp(total)), 1e-6)
    return scaled


def _centrality(vectors: "np.ndarray") -> "np.ndarray":
    """How much of the text lies near each sentence, once what all have in common is taken away (as LexRank)."""
    import numpy as np

    own = vectors - vectors.mean(0)
    own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-6)
    degrees: np.ndarray = np.clip(own @ own.T, 0, None).sum(1)
    return degrees


def _even(values: "np.ndarray") -> "np.ndarray":
    """Around 0, most within one to either side."""
    even: np.ndarray = (values - values.mean()) / max(float(values.std()), 1e-6) / 2
    return even


def _headed(title: str, sentence: Sentence) -> float:
    """How much of its heading, and of the text's title, a sentence speaks of."""
    found, shares = set(terms(sentence.text)), [0.0]
    for words in (title, sentence.heading):
        wanted = set(terms(words))
        shares.append(len(found & wanted) / len(wanted) if wanted else 0.0)
    return max(shares)


def _place(sentence: Sentence, article: Article) -> float:
    """Texts say what they are about at their beginning and end, and paragraphs with their first sentence."""
    all_, last = len(article.sentences), article.sentences[-1].paragraph
    opening = max(0.0, 1 - sentence.position / min(5, all_)) if sentence.paragraph == 0 else 0.0
    first = 0.5 if sentence.place == 0 and not sentence.item else 0.0
    closing = 0.35 if sentence.paragraph == last and all_ > 6 else 0.0
    return max(opening, first, closing)


def _figures(text: str) -> float:
    """Whether a sentence holds figures: they are what a reader wants to take along."""
    return min(2, len(FIGURE.findall(text))) / 2


def _manner(text: str, language: str) -> float:
    """By what kind of sentence it is: questions, speech and asides tell less."""
    score = 0.35 if TELLING.search(text) else 0.0
    score -= 0.5 if ASIDE.search(text) else 0.0
    score -= 1.0 if text.rstrip("\"'”’」』")[-1:] in "？?" else 0.0
    score -= 0.5 if text.rstrip("\"'”’」』")[-1:] in "！!" else 0.0
    score -= (
        2.0
        if text.rstrip()[-1:] in "：:" or any(text.count(left) != text.count(right) for left, right in UNPAIRED)
        else 0.0
    )
    score -= 0.4 if re.search(r"\b(?:I|my|me)\b" if language == "en" else "我(?!们|国|省|市)", text) else 0.0
    return score - (0.4 if text[:1] in '“"「' else 0.0)


def _chosen(
    sentences: list[Sentence], scores: "np.ndarray", vectors: "np.ndarray", room: int, language: str
) -> set[int]:
    """Best first, less what repeats a chosen one; a hanging sentence only behind the one that it hangs on."""
    import numpy as np

    near = _even(vectors @ vectors.T) / 2
    spoken = [set(terms(each.text)) for each in sentences]
    chosen: set[int] = set()
    used, open_ = 0, set(range(len(sentences)))
    while open_ and used < room * 0.9:
        repeats = near[:, sorted(chosen)].max(1) if chosen else np.zeros(len(sentences))
        full = {sentences[each].paragraph for each in chosen}
        worth = scores - REDUNDANCY * np.clip(repeats, 0, 1.5)
        worth -= CROWDING * np.array([each.paragraph in full for each in sentences])
        groups = {at: _with_antecedents(sentences, at, chosen, language) for at in sorted(open_)}
        left = room * OVER - used
        groups = {at: group for at, group in groups.items() if group and _size(sentences, group) <= left}
        if not groups:
            break
        best = max(groups, key=lambda at: float(np.mean([worth[each] for each in groups[at]])))
        chosen |= groups[best]
        used += _size(sentences, groups[best])
        told = [spoken[each] for each in groups[best]]
        open_ = {at for at in set(groups) - chosen if all(_shared(spoken[at], each) < SAME for each in told)}
    return chosen or {_shortest(sentences, scores, language)}


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _size(sentences: list[Sentence], group: set[int]) -> int:
    return sum(len(sentences[each].text) for each in group)


def _shortest(sentences: list[Sentence], scores: "np.ndarray", language: str) -> int:
    """Where no sentence fits: the best of those that stand alone, without which there would be no summary."""
    alone = [at for at, each in enumerate(sentences) if not hangs(each.text, language)] or list(range(len(sentences)))
    return max(alone, key=lambda at: float(scores[at]) - len(sentences[at].text) / 200)


def _with_antecedents(sentences: list[Sentence], at: int, chosen: set[int], language: str) -> set[int]:
    """The sentence and those before it that it hangs on (two at most); empty where they are not at hand."""
    group = {at}
    while hangs(sentences[min(group)].text, language) and min(group) - 1 not in chosen:
        before = min(group) - 1
        if before < 0 or len(group) > 2 or not _follows(sentences[before], sentences[before + 1]):
            return set()
        group.add(before)
    return group


def _follows(before: Sentence, after: Sentence) -> bool:
    return after.position == before.position + 1 and after.heading == before.heading


def _written(sentences: list[Sentence], scores: "np.ndarray", chosen: list[int], language: str) -> list[Picked]:
    """The chosen sentences; without their link to one before that was not chosen."""
    written = []
    for at in chosen:
        each = sentences[at]
        lonely = at - 1 not in chosen or not _follows(sentences[at - 1], each)
        text = unlinked(each.text, language) if lonely else each.text
        if each.text.endswith(("；", "，", "、")) or (CHINESE.search(text[-1:]) and not each.item):
            text = f"{text.rstrip('；，、')}。"
        written.append(Picked(text, each, round(float(scores[at]), 3)))
    return written


def joined(picked: list[Picked], bullets: bool, language: str) -> str:
    """The summary: a line for each sentence, or running text, with a paragraph for each section of the text."""
    if bullets:
        return "\n".join(f"- {each.text}" for each in picked)
    between, text = "" if language == "zh" else " ", ""
    for number, each in enumerate(picked):
        if number:
            new = each.sentence.heading != picked[number - 1].sentence.heading and len(picked) > 5
            text += "\n\n" if new else between
        text += each.text
    return text
