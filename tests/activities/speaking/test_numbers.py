"""Numbers are read as a native reads them."""

import pytest

from activities.speaking import numbers_en, numbers_zh


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("今天是2024年5月1日，现在14:30。", "今天是二零二四年五月一日，现在十四点三十分。"),
        ("2024-05-01", "二零二四年五月一日"),
        ("2:00开会，8:05起床", "两点整开会，八点零五分起床"),
        ("¥99.9，$1,299，¥5,999元，€2", "九十九点九元，一千二百九十九美元，五千九百九十九元，两欧元"),
        ("打8.5折，优惠50%，涨30%-50%，-3%", "打八点五折，优惠百分之五十，涨百分之三十到百分之五十，负百分之三"),
        ("拨打13812345678或400-123-4567", "拨打幺三八幺二三四五六七八或四零零幺二三四五六七"),
        ("-5℃到12℃，3.5m/s，5kg，30㎡", "零下五摄氏度到十二摄氏度，三点五米每秒，五公斤，三十平方米"),
        ("2个，2月2日，2年级，2小时，第2名，2万，12个", "两个，二月二日，二年级，两小时，第二名，两万，十二个"),
        ("3-5天，1/2的人，比分3:2，1+1=2", "三到五天，二分之一的人，比分三比二，一加一等于二"),
        ("2020-2024年，90年代", "二零二零到二零二四年，九零年代"),
        ("10w+，500+人，No.1，1.2.3版", "十万加，五百多人，第一，一点二点三版"),
        ("编号20240501123456，007", "编号二零二四零五零一一二三四五六，零零七"),
        ("5G，iPhone 15", "五G，iPhone 十五"),
    ],
)
def test_chinese(written: str, spoken: str) -> None:
    assert numbers_zh.spoken(written) == spoken


@pytest.mark.parametrize(
    ("value", "spoken"),
    [
        (0, "零"),
        (10, "十"),
        (11, "十一"),
        (105, "一百零五"),
        (110, "一百一十"),
        (10_500, "一万零五百"),
        (100_000, "十万"),
        (1_050_000, "一百零五万"),
        (100_001_234, "一亿零一千二百三十四"),
        (100_000_001, "一亿零一"),
        (120_000_000, "一亿二千万"),
    ],
)
def test_chinese_amounts(value: int, spoken: str) -> None:
    assert numbers_zh.amount(str(value)) == spoken


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("On 2024-05-01 at 3:30 pm", "On May first, twenty twenty-four at three thirty P M"),
        ("$1,234.56, $5M, £3.01, $1, $0.99", "one thousand two hundred thirty-four dollars and fifty-six cents, "
         "five million dollars, three pounds and one penny, one dollar, ninety-nine cents"),
        ("May 5, 12/25/1999, the 1990s, in 2005", "May fifth, December twenty-fifth, nineteen ninety-nine, "
         "the nineteen nineties, in two thousand five"),
        ("50% of 1/2, 3/4 and 2/3", "fifty percent of one half, three quarters and two thirds"),
        ("-5°C, 12 km, 1 kg, 1 ft, 100 km/h", "minus five degrees Celsius, twelve kilometers, one kilogram, one foot, "
         "one hundred kilometers an hour"),
        ("555-123-4567, 3-5 days, 10:00, 8:05 AM", "five five five one two three four five six seven, "
         "three to five days, ten o'clock, eight oh five A M"),
        ("3.14, 1,000,000, 101st, 20th, 007", "three point one four, one million, one hundred first, twentieth, "
         "zero zero seven"),
        ("3+5=8, #1, version 1.2.3", "three plus five equals eight, number one, version one point two point three"),
    ],
)  # fmt: skip
def test_english(written: str, spoken: str) -> None:
    assert numbers_en.spoken(written) == spoken
