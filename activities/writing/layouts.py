"""How a text looks where it is published: paragraphs, headings, emoji, tags, lines."""

import random
import re

from .brief import Brief
from .composing import LONG, SHORT, Draft, Group
from .styles import Style

SCENES = ("general", "xiaohongshu", "moments", "ecommerce", "wechat", "video", "poster")
HEADED = ("wechat", "ecommerce")
"""Scenes whose longer texts have headings, whatever the style."""
NUMERALS = "一二三四五六七八"


def laid_out(draft: Draft, brief: Brief, style: Style, scene: str, language: str, length: int, seed: str) -> str:
    """The text of a draft. The same seed takes the same emoji, headings and tags."""
    source = random.Random(seed)  # noqa: S311 - no secret
    join = "" if language == "zh" else " "
    if scene == "video":
        return "\n".join(draft.sentences)
    if scene == "poster":
        return _poster(draft.sentences, language)
    paragraphs = _paragraphs(draft, style, scene, language, length, source, join)
    if scene == "moments":
        return "\n".join([*paragraphs[:-1], f"{paragraphs[-1]}{join}{source.choice(style.emoji)}"])
    if scene == "xiaohongshu":
        emoji = source.sample(style.emoji, len(style.emoji))
        marked = [f"{emoji[at % len(emoji)]}{join}{each}" for at, each in enumerate(paragraphs)]
        return "\n".join([*marked, _tags(brief, style, language, length, source)])
    return "\n\n".join(paragraphs)


def _paragraphs(
    draft: Draft, style: Style, scene: str, language: str, length: int, source: random.Random, join: str
) -> list[str]:
    if length <= SHORT:
        return [join.join(draft.sentences)]
    words = style.of(language)
    patterns = list(words.headings)
    if not patterns and scene in HEADED:
        patterns = ["【{point}】" if language == "zh" else "{point}"]
    headed = bool(patterns) and length > 200
    chosen = source.sample(patterns, len(patterns))
    if chosen and "{number}" in chosen[0]:
        chosen = chosen[:1]
    paragraphs = [join.join(draft.opening)]
    for number, group in enumerate(_gathered(draft, length, headed)):
        body = join.join(group.sentences)
        if headed and group.point:
            numeral = NUMERALS[number] if language == "zh" else str(number + 1)
            heading = chosen[number % len(chosen)].replace("{number}", numeral).replace("{point}", group.point)
            body = f"{heading[:1].upper()}{heading[1:]}\n{body}"
        paragraphs.append(body)
    return [*paragraphs, join.join(draft.closing)]


def _gathered(draft: Draft, length: int, headed: bool) -> list[Group]:
    """Groups as paragraphs: in a text of middle length, without headings, two of them share one."""
    if headed or length >= LONG:
        return draft.groups
    found: list[Group] = []
    for group in draft.groups:
        if found and len("".join(found[-1].sentences)) < length // 3:
            found[-1] = Group(found[-1].point, [*found[-1].sentences, *group.sentences])
        else:
            found.append(group)
    return found


def _tags(brief: Brief, style: Style, language: str, length: int, source: random.Random) -> str:
    tags = style.of(language).tags
    chosen = source.sample(tags, min(len(tags), 1 if length <= SHORT else 3))
    names = [brief.product, *chosen] if length > 50 or not chosen else [brief.product]
    return " ".join("#" + re.sub(r"[\s#]+", "", name) for name in names)


def _poster(sentences: list[str], language: str) -> str:
    """A clause a line, without the marks at their ends that a poster needs none of."""
    if language != "zh":
        return "\n".join(sentences)
    lines = [part for each in sentences for part in re.split(r"(?<=[，；。：])(?![”」』）])", each) if part]
    return "\n".join(line.rstrip("，；。：") for line in lines)
