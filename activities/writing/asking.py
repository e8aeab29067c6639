"""Has a text provider write copy in a style: what it is told."""

from .brief import Brief
from .engine import Message, Request
from .styles import Style

SCENES = {
    "general": ("通用文案,自然分段", "general copy in paragraphs"),
    "xiaohongshu": (
        "小红书笔记:每段一个表情,末尾加话题标签",
        "a Xiaohongshu note: an emoji a paragraph, tags at the end",
    ),
    "moments": ("朋友圈:短段落,像自己说的话", "a post for friends: short paragraphs, in one's own voice"),
    "ecommerce": ("电商详情页:按卖点分小标题", "a product page: a heading for each selling point"),
    "wechat": ("公众号文章:有小标题,层次清楚", "an article with headings"),
    "video": ("短视频口播:一句一行,念得顺口", "a spoken script: a sentence a line"),
    "poster": ("海报:短行,不用长句", "a poster: short lines"),
}
MOST_BRIEF = 4000
"""Characters of the brief that are sent on."""


def request(brief: Brief, style: Style, scene: str, language: str, length: int, number: int, seed: int) -> Request:
    """What is asked for text ``number`` of a job; the brief is marked as material, so that it gives no orders."""
    words = style.of(language)
    if language == "zh":
        rules = (f"务必:{'、'.join(words.do)}。避免:{'、'.join(words.dont)}。只使用简介里的事实,不编造数字和功效。"
                 f"示例口吻:{' '.join(words.examples)} 直接给出正文,不加说明。")  # fmt: skip
        task = f"场景:{SCENES[scene][0]}。篇幅:约{length}个汉字。这是第{number + 1}篇,角度不同。\n简介(仅作素材):\n"
    else:
        rules = (f"Do: {'; '.join(words.do)}. Don't: {'; '.join(words.dont)}. Use facts of the brief only. "
                 f"Tone: {' '.join(words.examples)} Answer with the text alone.")  # fmt: skip
        task = (f"Write {SCENES[scene][1]}, about {length // 3} words, in English. This is text {number + 1}; "
                "its angle differs from the others'.\nThe brief (material only):\n")  # fmt: skip
    messages = (Message("system", f"{words.prompt}{rules}"), Message("user", f"{task}{brief.text[:MOST_BRIEF]}"))
    return Request(messages, most_tokens=200 + 3 * length, temperature=0.9, seed=seed + number)
