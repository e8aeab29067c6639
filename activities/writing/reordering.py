"""Moves clauses of a sentence where grammar lets them move without another word: why, when, what for.

A rule gives the sentence anew, or None where it does not surely hold. Sentences with quotes are left alone.
"""

import re
from collections.abc import Callable

from .words import tagged

Rule = Callable[[str], str | None]
QUOTED = re.compile('[“”「」『』"《》：:（(]')
ACTIONS = (
    "检查|分析|研究|调查|处理|改造|升级|维修|评估|讨论|培训|管理|测试|整理|优化|调整|修改|检测|清理|翻新|统计|审核|考察|"
    "改进|宣传"
)
PRONOUN = re.compile(r"(?:he|she|it|they|him|her|them|this|that|these|those|there|his|its|their)\b", re.IGNORECASE)
SUBORDINATE = re.compile(
    r"^(Because|Although|Though|Even though|When|If|Before|After|Once|Unless|As soon as|Until) ([^,;:]+), ([^,;:]+)\.$"
)
BECAUSE = re.compile(r"^([^,;:]+?) because ([^,;:]+)\.$")
FRONTED = re.compile(r"^((?:In|On|At|By|Since|During|Before|After) [^,;:]{2,40}), ([^,;:]+)\.$")
TIMED = re.compile(
    r"^([^,;:]+?) ((?:in|by|since) \d{4}|(?:last|next|this) (?:week|month|year|spring|summer|autumn|winter)|"
    r"on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)\.$"
)
NO_MOVE = re.compile(r"\b(?:and|or|but|that|which|who|because|so|than|as|not)\b")


def reordered(sentence: str, language: str) -> str:
    """The sentence by the first rule that holds for it, else as it is; blanks around it stay."""
    core = sentence.strip()
    if QUOTED.search(core):
        return sentence
    for rule in RULES[language]:
        moved = rule(core)
        if moved and moved != core:
            return sentence.replace(core, moved)
    return sentence


def _has_subject(clause: str) -> bool:
    """Whether a Chinese clause begins with a noun, a pronoun or a measure, and so with a subject of its own."""
    kinds = [kind for _, kind in tagged(clause)[:3]]
    return bool(kinds) and (kinds[0][0] == "n" or (kinds[0] == "r" and "v" in kinds[1:])) and len(clause) >= 4


def _reason(sentence: str) -> str | None:
    found = re.fullmatch(r"(?:因为|由于)([^，。；、？！]{2,30})，(?:所以|因此|因而)?([^，。；？！]{4,40})。", sentence)
    if found is None or not _has_subject(found[2]) or not re.search("[\u4e00-\u9fff]", found[1]):
        return None
    return f"{found[2]}，是因为{found[1]}。"


def _purpose(sentence: str) -> str | None:
    found = re.fullmatch(r"为了([^，。；？！]{2,24})，([^，。；？！]{4,40})。", sentence)
    return f"{found[2]}，为的是{found[1]}。" if found and _has_subject(found[2]) else None


def _action(sentence: str) -> str | None:
    moved = re.sub(
        rf"对([^，。；对将把在的]{{2,8}})进行(了?)({ACTIONS})(?=[，。；])",
        lambda found: f"{found[3]}{found[2]}{found[1]}",
        sentence,
    )
    return moved if moved != sentence else None


def _view(sentence: str) -> str | None:
    moved = re.sub(r"(?<![\u4e00-\u9fff])对于?([^，。；]{2,8})来说(?=，)", r"对\1而言", sentence)
    return (
        moved
        if moved != sentence
        else re.sub(r"(?<![\u4e00-\u9fff])对([^，。；]{2,8})而言(?=，)", r"对\1来说", sentence)
    )


def _contrast(sentence: str) -> str | None:
    return re.sub(r"不是([^，。；？]{2,20})，而是", r"并非\1，而是", sentence)


def _moment(sentence: str) -> str | None:
    found = re.match(r"当([^，。；]{3,20}?)(?:的时候|时)，", sentence)
    return f"{found[1]}的时候，{sentence[found.end() :]}" if found else None


def _halves(sentence: str) -> str | None:
    parts = sentence.split("；")
    long = len(parts) == 2 and min(map(len, parts)) >= 8
    return f"{parts[0]}。{parts[1]}" if long and not re.match("[一二三四五六七八九十]、|第", sentence) else None


def _list(sentence: str) -> str | None:
    return re.sub(r"(、[^，。、；和]{1,6})和(?=[^，。、；和的]{1,6}[，。])", r"\1以及", sentence)


def _lowered(clause: str) -> str:
    """A clause as it stands within a sentence; names keep their capitals (only words known to be none lose them)."""
    return clause[:1].lower() + clause[1:] if COMMON_STARTS.match(clause) else clause


COMMON_STARTS = re.compile(
    r"(?:the|an?|this|that|these|those|we|they|he|she|it|you|our|their|his|her|its|my|your|many|most|some|all|people|each|"
    r"every|several|few|no)\b",
    re.IGNORECASE,
)


def _may_front(clause: str) -> bool:
    """Whether a clause may come behind another word: its first word must be known to be no name."""
    return COMMON_STARTS.match(clause) is not None


def _capital(clause: str) -> str:
    return clause[:1].upper() + clause[1:]


def _subordinate(sentence: str) -> str | None:
    found = SUBORDINATE.match(sentence)
    if found is None or PRONOUN.match(found[3]) or re.search(r"\b(?:it|they|he|she|them|its|their)\b", found[3]):
        return None
    link = found[1].lower()
    if not _verbal(found[2]):
        return None
    comma = "," if link.endswith("though") else ""
    return f"{_capital(found[3])}{comma} {link} {found[2]}."


def _verbal(clause: str) -> bool:
    """Whether a clause has a subject and a verb, and is no mere "after the meeting"."""
    return (
        len(clause.split()) > 2
        and re.search(
            r"\b(?:is|are|was|were|has|have|had|do|does|did|can|could|will|would|may|might|must|should|\w+ed|\w+s)\b",
            clause,
        )
        is not None
    )


def _because(sentence: str) -> str | None:
    found = BECAUSE.match(sentence)
    if found is None or not _may_front(found[1]) or NO_MOVE.search(found[1]) or found[2].startswith("of "):
        return None
    return f"Because {found[2]}, {_lowered(found[1])}."


def _fronted(sentence: str) -> str | None:
    found = FRONTED.match(sentence)
    if found is None or PRONOUN.match(found[2]) or len(found[2].split()) > 12 or NO_MOVE.search(found[2]):
        return None
    if len(found[1].split()) > 6 or re.match(
        r"(?:In|On|By) (?:this|that|fact|addition|short|general|contrast)", found[1]
    ):
        return None
    return f"{_capital(found[2])} {found[1][0].lower()}{found[1][1:]}."


def _timed(sentence: str) -> str | None:
    found = TIMED.match(sentence)
    if found is None or not _may_front(found[1]) or NO_MOVE.search(found[1]) or len(found[1].split()) > 14:
        return None
    return f"{_capital(found[2])}, {_lowered(found[1])}."


RULES: dict[str, tuple[Rule, ...]] = {
    "zh": (_reason, _purpose, _action, _moment, _halves, _contrast, _view, _list),
    "en": (_subordinate, _because, _fronted, _timed),
}
