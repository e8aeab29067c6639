"""Briefs are taken apart by rules, and nothing is added."""

import pytest

from activities.writing.brief import read_brief


@pytest.mark.parametrize(
    ("text", "product", "points", "slots"),
    [
        ("竹牙刷", "竹牙刷", (), {}),
        ("洗衣凝珠 去渍 留香 一颗洗一桶", "洗衣凝珠", ("去渍", "留香", "一颗洗一桶"), {}),
        ("燕麦饼干：低糖、配料干净", "燕麦饼干", ("低糖", "配料干净"), {}),
        ("学习机怎么挑，护眼屏、题库全", "学习机", ("护眼屏", "题库全"), {}),
        ("帮我写一篇关于竹牙刷的种草文案", "竹牙刷", (), {}),
        ("儿童绘本《小熊的一天》，精装", "儿童绘本《小熊的一天》", ("精装",), {}),
        ("亲子共读分级阅读启蒙双语有声绘本《月亮上的旧书店》，精装", "《月亮上的旧书店》", ("精装",), {}),
        (
            "便携保温杯，304不锈钢内胆，保温24小时，适合上班族，活动价99元",
            "便携保温杯",
            ("304不锈钢内胆", "保温24小时"),
            {"audience": "上班族", "price": "99元"},
        ),
        (
            "产品：智能台灯\n卖点：无频闪、三档调光；触控开关\n人群：学生\n价格：¥129",
            "智能台灯",
            ("无频闪", "三档调光", "触控开关"),
            {"audience": "学生", "price": "¥129"},
        ),
        (
            "巷子里的咖啡店，手冲咖啡、自制甜品，在老城区，适合周末",
            "巷子里的咖啡店",
            ("手冲咖啡", "自制甜品"),
            {"place": "老城区", "occasion": "周末"},
        ),
        (
            "Travel mug, leak-proof, keeps warm for 24 hours, perfect for commuters, only $1,900",
            "Travel mug",
            ("leak-proof", "keeps warm for 24 hours"),
            {"audience": "commuters", "price": "$1,900"},
        ),
    ],
)
def test_a_brief_is_taken_apart(text: str, product: str, points: tuple[str, ...], slots: dict[str, str]) -> None:
    brief = read_brief(text)
    assert (brief.product, brief.points, brief.slots) == (product, points, slots)


@pytest.mark.parametrize("text", ["a", "。竹", "，，，杯，，", "！杯子 ", "1", "杯" * 5000, "好。" * 1000, "x\n\n\ny"])
def test_odd_briefs_name_something_short(text: str) -> None:
    brief = read_brief(text)
    assert 0 < len(brief.product) <= 60
    assert all(point in text for point in brief.points)
