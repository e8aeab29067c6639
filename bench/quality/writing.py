"""Offline copy in English: the grammar, SmolLM2 in three ways, and both together; what is kept and what is made up."""

import json
import random
import re
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

from activities.inference.cache import EngineCache
from activities.inference.devices import pick
from activities.inference.weights import Weights
from activities.writing import small
from activities.writing.asking import request
from activities.writing.brief import Brief, read_brief
from activities.writing.composing import noun
from activities.writing.engine import Message, Request, Writer
from activities.writing.offline import write_offline
from activities.writing.styles import styles
from activities.writing.tally import untold
from activities.writing.vouching import SENTENCES, vouches
from models.settings import get_settings

BRIEFS = Path(__file__).with_suffix(".toml")
STYLES = ("friendly", "business", "viral", "tech", "recommend")
LENGTH, WORDS = 200, 67
DRAFTS = 3
SHARE = 0.7
"""Of the length, which the grammar writes of a text of both."""
FIGURE = re.compile(r"\d[\d,.]*\d|\d")
SPELLED = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand|million|half|double|percent)\b"
)
NAME = re.compile(r"(?<=[a-z,;] )[A-Z][A-Za-z'-]+")
STEM, KEPT = 5, 0.6
"""A point is kept where that share of its words stand in the text, by their first letters."""

Contender = Callable[[Brief, str, int], str]


@dataclass
class Marks:
    """Sums over texts."""

    texts: list[str] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    invented: int = 0
    vouching: int = 0
    in_length: int = 0
    distinct: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def section(folder: Path) -> str:
    """Twenty briefs, each in two of five styles."""
    network: Writer = EngineCache(Weights(get_settings().weights_folder), pick("cpu"), 1, 1 << 30).get("smollm2")
    drafts: dict[tuple[str, str], list[str]] = {}

    def free(brief: Brief, style: str, seed: int) -> str:
        asked = request(brief, styles()[style], "general", "en", LENGTH, 0, 100 * seed)
        drafts[brief.text, style] = [
            network.write(replace(asked, temperature=0.7, most_tokens=140, seed=100 * seed + at), untold).text.strip()
            for at in range(DRAFTS)
        ]
        return drafts[brief.text, style][0]

    def best(brief: Brief, style: str, seed: int) -> str:
        return min(drafts[brief.text, style], key=lambda text: _faults(text, brief))

    def bounded(brief: Brief, style: str, seed: int) -> str:
        return network.write(small.request(brief, "general", LENGTH, seed), untold).text

    def both(brief: Brief, style: str, seed: int) -> str:
        return _both(network, brief, style, seed)

    contenders: dict[str, Contender] = {
        "grammar": lambda brief, style, seed: write_offline(brief, style, "general", "en", LENGTH, 1, seed)[0],
        "SmolLM2, asked as a provider": free,
        f"the same, best of {DRAFTS} by these checks": best,
        "SmolLM2 within a grammar of the brief (`smollm2`)": bounded,
        "grammar, with sentences of SmolLM2 on its points": both,
    }
    rows = []
    for name, contender in contenders.items():
        marks = _marks(contender)
        (folder / f"{len(rows)}.txt").write_text("\n\n".join(marks.texts), encoding="utf-8")
        rows.append(_row(name, marks))
    return (
        "Twenty briefs (`writing.toml`), each in two of five styles, 67 words. kept: product, points and facts named;\n"
        "invented: texts with figures or names that the brief does not hold; vouching: texts that claim to have\n"
        "tried, bought or seen (`vouching.toml`); in length: within 20 %; distinct: different runs of three words;\n"
        "alike: 5-gram Jaccard of texts on different briefs in one style, mean and most; s: mean of a text, one\n"
        "thread; all drafts of the third row are counted in the second. `smollm2` heeds no style: its two texts of a\n"
        "brief are one. These checks see no nonsense: what was read is told in ADR 16.\n\n"
        "| | kept | invented | vouching | in length | distinct | alike | s |\n|---|---|---|---|---|---|---|---|\n"
        + "\n".join(rows)
    )


def _marks(contender: Contender) -> Marks:
    marks = Marks()
    for number, words in enumerate(_briefs()):
        brief = read_brief(words)
        for turn in range(2):
            began = time.monotonic()
            text = contender(brief, _style(number, turn), number)
            marks.seconds.append(time.monotonic() - began)
            marks.texts.append(text)
            marks.kept.append(1 - len(_missing(text, brief)) / len(_facts(brief)))
            marks.invented += bool(_invented(text, brief))
            marks.vouching += any(vouches(each, brief, "en") for each in SENTENCES["en"].split(text))
            marks.in_length += 0.8 * WORDS <= len(text.split()) <= 1.2 * WORDS
            marks.distinct.append(_distinct(text))
    return marks


def _row(name: str, marks: Marks) -> str:
    count = len(marks.texts)
    by_style: dict[str, list[str]] = {}
    for at, text in enumerate(marks.texts):
        by_style.setdefault(_style(at // 2, at % 2), []).append(text)
    alike = [_jaccard(*pair) for texts in by_style.values() for pair in combinations(texts, 2)]
    shares = [sum(marks.kept), marks.invented, marks.vouching, marks.in_length]
    cells = [f"{each / count:.0%}" for each in shares] + [f"{sum(marks.distinct) / count:.2f}"]
    cells += [f"{sum(alike) / len(alike):.2f}, {max(alike):.2f}", f"{sum(marks.seconds) / count:.1f}"]
    return f"| {name} | {' | '.join(cells)} |"


def _both(network: Writer, brief: Brief, style: str, seed: int) -> str:
    """The grammar's draft, and after each sentence that names a point first one of the network's that passes."""
    source = random.Random(seed)
    text = write_offline(brief, style, "general", "en", round(SHARE * LENGTH), 1, seed)[0]
    for point in map(noun, brief.points):
        at = text.lower().find(point.lower())
        end = text.find(". ", at)
        if at < 0 or end < 0:
            continue
        begun = f"With {point}, you"
        guide = small.guide()
        words = "|".join(sorted(guide.words))
        last = "|".join(sorted(guide.words - guide.small))
        grammar = f'start: {json.dumps(begun)} (" " WORD){{4,10}} " " LAST "."\nWORD: /{words}/\nLAST: /{last}/\n'
        turns = (Message("system", guide.system), *guide.shots, Message("user", f"Write copy. Brief: {brief.text}"))
        for _ in range(DRAFTS):
            asked = Request(turns, 40, 0.6, source.randrange(2**31), grammar=grammar)
            sentence = network.write(asked, untold).text.replace(begun, "That way, you").strip()
            if not vouches(sentence, brief, "en"):
                text = f"{text[: end + 1]} {sentence}{text[end + 1 :]}"
                break
    return text


def _briefs() -> list[str]:
    found: list[str] = tomllib.loads(BRIEFS.read_text(encoding="utf-8"))["briefs"]
    return found


def _style(number: int, turn: int) -> str:
    return STYLES[(number + turn) % len(STYLES)]


def _facts(brief: Brief) -> list[str]:
    return [brief.product, *brief.points, *brief.slots.values()]


def _faults(text: str, brief: Brief) -> tuple[int, float]:
    """Facts missing and things made up, then how far the length is off."""
    return len(_missing(text, brief)) + len(_invented(text, brief)), abs(len(text.split()) - WORDS)


def _missing(text: str, brief: Brief) -> list[str]:
    stems = {word[:STEM] for word in re.findall(r"[a-z\d]+", text.casefold())}
    return [fact for fact in _facts(brief) if not _named(fact, stems)]


def _named(fact: str, stems: set[str]) -> bool:
    own = [word[:STEM] for word in re.findall(r"[a-z\d]+", fact.casefold()) if len(word) > 2 or word.isdigit()]
    return sum(each in stems for each in own) >= KEPT * len(own)


def _invented(text: str, brief: Brief) -> list[str]:
    known = brief.text.casefold()
    figures = [each for each in FIGURE.findall(text) if each not in brief.text]
    spelled = [each for each in SPELLED.findall(text.lower()) if each not in known]
    names = [each for each in NAME.findall(text) if each.casefold() not in known and not each.startswith("I'")]
    return [*figures, *spelled, *names]


def _distinct(text: str) -> float:
    words = text.lower().split()
    runs = [tuple(words[at : at + 3]) for at in range(len(words) - 2)]
    return len(set(runs)) / max(1, len(runs))


def _jaccard(one: str, other: str) -> float:
    grams = []
    for text in (one, other):
        plain = re.sub(r"\s", "", text)
        grams.append({plain[at : at + 5] for at in range(len(plain) - 4)})
    return len(grams[0] & grams[1]) / max(1, len(grams[0] | grams[1]))
