"""Makes sentences of what was heard: marks as the language writes them, and one where the speaker paused.

Whisper writes Chinese with marks of Latin width, and leaves marks out where it did not hear them. Nothing is changed
but marks, the spaces beside them and the first letter of an English sentence.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate, pairwise

from activities.writing.words import cut

from .transcripts import Passage, Word

WIDE = str.maketrans(",.?!:;", "，。？！：；")
CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
MARK = re.compile(r"[,.?!:;]")
ENDS = "。？！…?!"
MARKED = ENDS + "，、；：,.;:—"
CLOSING = "”’\"')）」』】》"
STOPS = (0.4, 0.7)
"""Seconds of silence that end a sentence: twice a speaker's short pauses, within these; half of it is a comma."""
SHORT, LONG_SILENCE = 6, 1.0
"""Fewer characters are a sentence only before so many seconds of silence."""
BREATH = 0.1
"""Seconds; less is no pause."""
PAUSE_APART = 0.08
"""Where Whisper set a space between two Chinese words, which is its way to hear a clause end."""
LONGEST = 30.0
"""Seconds of a sentence; one without an end is ended at a pause."""
SURELY_ASKED = re.compile(r"(吗|么吗|是不是|对不对|好不好|行不行)$")
ASKED = re.compile(
    r"(什么|怎么|怎样|谁|哪|几|多少|为何|为啥).*呢$|^.{1,4}呢$|(怎么样|为什么|什么|谁|哪里|哪儿|多少|几点)$"
)
TOLD = re.compile(r"知道|明白|清楚|告诉|没什么|不管|无论")
"""Words of clauses that end like questions and are none."""
ENGLISH_ASKED = re.compile(
    r"^(who|what|when|where|why|how|which|whose|(do|does|did|is|are|was|were|can|could|will|would|should|have|has) "
    r"(i|you|we|they|he|she|it|this|that|there|the))\b",
    re.IGNORECASE,
)
APART = re.compile(f"[{CHINESE}] [{CHINESE}]")
BEGINS = re.compile(
    r"(?:A|After|And|As|At|But|By|Do|For|He|How|If|In|It|It's|Let's|My|Now|On|Our|She|So|That|The|Then|There|These|They|"
    r"This|To|We|What|When|Where|Why|With|You)\b"
)
"""Words that have a capital only where a sentence begins."""
ABBREVIATED = re.compile(r"\b(Mr|Mrs|Ms|Dr|Prof|St|vs|etc|No|e\.g|i\.e|[A-Z])\.$")
SPACE = re.compile(rf"(?<=[{CHINESE}，。？！：；、]) +(?=[{CHINESE}])|(?<=[，。？！：；、]) +| +(?=[，。？！：；、])")


def sentences(passages: Iterable[Passage], language: str) -> list[Passage]:
    """The passages as sentences, each with its words; ``text`` reads as its language is written."""
    given = list(passages)
    stop = _stop([word for passage in given for word in passage.words])
    words = _marked(given, language, stop)
    found, begun = [], 0
    for at, word in enumerate(words):
        last = at + 1 == len(words)
        paused = not last and words[at + 1].start - word.end >= stop and word.end - words[begun].start >= LONGEST
        if last or paused or _ends(word.text, words[at + 1].text):
            found.append(_sentence(words[begun : at + 1], language))
            begun = at + 1
    return [each for each in found if any(letter.isalnum() for letter in each.text)]


def _stop(words: list[Word]) -> float:
    """Seconds of silence by which this speaker ends a sentence."""
    silences = sorted(after.start - word.end for word, after in pairwise(words) if after.start - word.end >= BREATH)
    return min(STOPS[1], max(STOPS[0], 2 * silences[len(silences) // 4])) if silences else STOPS[1]


def _marked(passages: list[Passage], language: str, stop: float) -> list[Word]:
    """All words; where a passage ends without a mark, or a Chinese speaker paused, there is one."""
    words: list[Word] = []
    for number, passage in enumerate(passages):
        heard = [word for word in passage.words if word.text.strip()]
        if not heard:
            continue
        if language == "zh":
            heard = _widened(heard, stop / 2)
        follows = next((each.start for each in passages[number + 1 :] if each.words), float("inf"))
        silence = follows - heard[-1].end
        if _bare(heard[-1].text):
            heard[-1] = replace(heard[-1], text=heard[-1].text + _mark(heard, silence, stop, language))
        words += heard
    if language == "en":
        return _begun(words)
    return _ended(words, stop) if language == "zh" else words


def _begun(words: list[Word]) -> list[Word]:
    """With a full stop before a word whose capital says that it begins a sentence, where Whisper forgot it."""
    result = list(words)
    for at, (word, after) in enumerate(pairwise(words)):
        if _bare(word.text) and BEGINS.fullmatch(after.text.strip(" ,")):
            result[at] = replace(word, text=f"{word.text}.")
            if at + 2 < len(words) and words[at + 2].start - after.end > after.start - word.end + BREATH:
                then = words[at + 2].start  # heard on the wrong side of the pause
                result[at + 1] = replace(after, start=then, end=then)
    return result


def _bare(text: str) -> bool:
    """Whether it ends without a mark."""
    return text.rstrip(CLOSING)[-1:] not in MARKED


def _ended(words: list[Word], stop: float) -> list[Word]:
    """With a full stop in place of a comma where the speaker made a long pause."""
    result, begun = list(words), 0
    for at, word in enumerate(words):
        silence = words[at + 1].start - word.end if at + 1 < len(words) else float("inf")
        said = sum(len(each.text) for each in words[begun : at + 1])
        if word.text.endswith("，") and silence >= (stop if said > SHORT else LONG_SILENCE):
            bare = replace(word, text=word.text[:-1])
            result[at] = replace(bare, text=bare.text + _mark([*words[begun:at], bare], silence, stop, "zh"))
        if result[at].text[-1:] in ENDS:
            begun = at + 1
    return result


def _mark(heard: list[Word], silence: float, stop: float, language: str) -> str:
    said = "".join(word.text for word in heard).strip()
    if language == "zh":
        if silence < stop or (len(said) < SHORT and silence < LONG_SILENCE):
            return "，" if silence >= stop / 2 else ""
        clause = re.split("[，。？！；：]", said)[-1]
        asked = SURELY_ASKED.search(clause) or (ASKED.search(clause) and not TOLD.search(clause))
        return "？" if asked else "。"
    if language == "en" and silence >= stop:
        return "?" if ENGLISH_ASKED.match(re.split(r"[.?!] ", said)[-1]) else "."
    return ""


def _widened(words: list[Word], comma: float) -> list[Word]:
    """Chinese words with marks of Chinese width, and commas where there are pauses, at the edge of a word."""
    edges = set(accumulate(len(part) for part in cut("".join(word.text for word in words))))
    paused, at = list(words), 0
    for number, (word, after) in enumerate(pairwise(words)):
        at += len(word.text)
        apart = APART.fullmatch(word.text[-1:] + after.text[:2]) is not None
        if after.start - word.end < (PAUSE_APART if apart else comma):
            continue
        if at not in edges and at - len(word.text) not in edges:
            continue
        place = number if at in edges else number - 1
        if place >= 0 and _bare(paused[place].text) and after.text[:1] not in MARKED:
            paused[place] = replace(paused[place], text=paused[place].text + "，")
    text = "".join(word.text for word in paused)
    wide = MARK.sub(lambda mark: _as_written(text, mark.start()), text)
    result, at = [], 0
    for word in paused:
        result.append(replace(word, text=wide[at : at + len(word.text)]))
        at += len(word.text)
    return result


def _as_written(text: str, at: int) -> str:
    """The mark at ``at`` of a Chinese text: of Latin width only within numbers, names and foreign words."""
    before, after = text[:at].rstrip()[-1:], text[at + 1 :].lstrip()[:1]
    joined = text[at + 1 : at + 2].strip() != ""
    foreign = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
    return text[at] if foreign and (joined or before.isalpha()) else text[at].translate(WIDE)


def _ends(text: str, following: str) -> bool:
    """Whether a sentence ends with the word ``text``; a full stop of Latin width wants a space behind it."""
    bare = text.rstrip(CLOSING)
    if bare[-1:] in ENDS:
        return True
    return bare.endswith(".") and following[:1].isspace() and not ABBREVIATED.search(bare.strip())


def _sentence(words: list[Word], language: str) -> Passage:
    first = words[0].text.lstrip()
    if language == "en":
        first = first[:1].upper() + first[1:]
    words = [replace(words[0], text=first), *words[1:]]
    text = "".join(word.text for word in words).strip()
    if language == "zh":
        text = SPACE.sub("", text)
    return Passage(text, words[0].start, words[-1].end, tuple(words))
