"""Refused words are found however they are written; innocent ones that look like them are left alone."""

from pathlib import Path

import pytest

from activities.slots.wording import OPERATOR, Found, Wording, read_lines
from models.settings import Settings
from workers.embedded.diagnosis import _refused_words

OURS = Wording()

REFUSED = {
    "as it is": ["下载色情视频", "免费看porn片", "我要裸聊", "办假证找我", "nude girls", "how to make a bomb"],
    "full width": ["ｐｏｒｎ", "ＰＯＲＮ", "色\u3000情\u3000片"],
    "traditional": ["黃色網站", "出售銀行卡", "製作炸彈"],
    "gaps": [
        "看 色 情 片",
        "色*情",
        "色.情",
        "下载色 情视频",
        "色·情·网·站",
        "P O R N",
        "p.o.r.n movies",
        "child-pornography",
    ],
    "what is not seen": ["色\u200b情", "po\u00adrn", "p\u2060orn"],
    "letters that look alike": ["pоrn", "рοrn", "p0rn", "pörn", "𝓹𝓸𝓻𝓷", "how to make a b0mb", "kiddie p0rn"],
    "marks around": ["PORN!", "(porn)", "“色情”", "色情。"],
}

INNOCENT = [
    "颜色情侣款,连衣裙两件套",
    "变了脸色,情况不妙",
    "脸色 情况",
    "红 色 情 人 节 特惠",
    "绿色-情景教学,特色情景课堂",
    "角色情感丰富,绝色情真意切",
    "这种可能性交给你判断",
    "异性交往的分寸",
    "港口交通便利,路口交叉处",
    "羽毛片刻不离",
    "黄片片飘落,一片 黄 叶",
    "新三级片区规划,全裸眼3D大屏",
    "反洗钱培训,打击色情,人人有责",
    "严禁 淫秽 色情信息",
    "替考生着想,代替考试",
    "自杀式无人机;如何自杀干预",
    "百家乐器行,乡村百家乐园",
    "成人高考 视频课程",
    "性感的红裙,毒品的危害",
    "Essex, Sussex and Middlesex; Scunthorpe United",
    "a cocktail in a cockpit; assassins analyse the grass",
    "Pornic is a town in France, and Siriporn met Ratanaporn there",
    "nude lipstick, the naked eye, The Naked Gun",
    "A B C D E F G, p o t a t o, 5001 people",
    "a bomb of flavor, and you kill yourself laughing",
]


@pytest.mark.parametrize("way", REFUSED)
def test_a_refused_word_is_found_however_it_is_written(way: str) -> None:
    assert [text for text in REFUSED[way] if OURS.find(text) is None] == []


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_words_are_left_alone(text: str) -> None:
    assert OURS.find(text) is None


def test_the_category_is_told() -> None:
    assert OURS.find("請問哪裏出售冰毒") == Found("出售冰毒", "drugs")
    assert OURS.find("a fake passport, please") == Found("fake passport", "fraud")


def test_the_operator_adds_words_and_says_what_is_innocent(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("# ours\n竞品牌\n  rival brand \n\n!对比竞品牌\n!黄片茶\n", encoding="utf-8-sig")
    theirs = Wording(read_lines(file))
    assert theirs.find("竞 品 牌真差") == Found("竞品牌", OPERATOR)
    assert theirs.find("Our RIVAL  brand!") == Found("rival brand", OPERATOR)
    assert theirs.find("对比竞品牌的数据,ours 不在其中") is None
    assert (theirs.find("买黄片茶"), OURS.find("看黄片")) == (None, Found("黄片", "sexual"))


def test_the_doctor_reads_the_operators_file(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes("竞品牌\n".encode())
    (tmp_path / "wrong.txt").write_bytes("竞品牌\n".encode("gb18030"))
    for name, state in (("words.txt", "ok"), ("wrong.txt", "problem"), ("gone.txt", "problem")):
        (finding,) = _refused_words(Settings(moderation_words=tmp_path / name))
        assert finding.state == state and name in finding.found


def test_long_texts_and_long_lists_take_no_time() -> None:
    """A bound that holds on a busy machine; on a quiet one it is a quarter of a second."""
    many = Wording([f"词{number}汇" for number in range(5000)])
    assert many.find("这是一段普通的文字,讲颜色情侣款的衣服 and some english words " * 2000) is None
