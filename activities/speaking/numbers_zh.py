"""Reads numbers aloud in Chinese: amounts, digits one by one, dates, times, money and units."""

import re

DIGITS = "零一二三四五六七八九"
TENS, GROUPS = ("", "十", "百", "千"), ("", "万", "亿", "万亿")
LONGEST_AMOUNT = 12
"""Digits beyond which a number is read one by one."""
NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
MONEY = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
UNITS = {
    "km/h": "公里每小时",
    "m/s": "米每秒",
    "km²": "平方公里",
    "cm²": "平方厘米",
    "m²": "平方米",
    "㎡": "平方米",
    "m³": "立方米",
    "℃": "摄氏度",
    "°C": "摄氏度",
    "°F": "华氏度",
    "°": "度",
    "kWh": "千瓦时",
    "mAh": "毫安时",
    "km": "公里",
    "cm": "厘米",
    "mm": "毫米",
    "nm": "纳米",
    "m": "米",
    "kg": "公斤",
    "mg": "毫克",
    "g": "克",
    "ml": "毫升",
    "mL": "毫升",
    "L": "升",
    "kW": "千瓦",
    "W": "瓦",
    "V": "伏",
    "GHz": "吉赫兹",
    "MHz": "兆赫兹",
    "Hz": "赫兹",
    "TB": " T B",
    "GB": " G B",
    "MB": " M B",
    "KB": " K B",
    "dB": "分贝",
    "min": "分钟",
    "ms": "毫秒",
    "s": "秒",
    "h": "小时",
    "w": "万",
}
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
TWO = re.compile(
    "(?!年级|月|日|号|楼|点零)(?:[个位次天年秒块元角斤米升条只张本件双杯瓶碗盒包袋台辆部架座栋间家句页段首场届种类项套片颗粒朵棵头匹口扇把支根枚"
    "滴步遍趟回名岁周倍万千亿点美欧]|分钟|小时|公里|公斤|厘米|毫米|毫升|平方|英镑|口味|人份)"
)
"""Before these one says 两, not 二."""
SIGNS = {
    "+": "加",
    "-": "减",
    "×": "乘",
    "*": "乘",
    "÷": "除以",
    "=": "等于",
    ">": "大于",
    "<": "小于",
    "≥": "大于等于",
    "≤": "小于等于",
    "≈": "约等于",
}


def amount(digits: str) -> str:
    """A whole number as an amount: 10500 is 一万零五百. One of too many digits is read one by one."""
    if len(digits) > LONGEST_AMOUNT:
        return one_by_one(digits)
    value = int(digits)
    if value == 0:
        return DIGITS[0]
    groups = []
    while value:
        value, group = divmod(value, 10_000)
        groups.append(group)
    text = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group and text and (group < 1000 or not groups[place + 1]):
            text += DIGITS[0]
        text += _thousands(group) + GROUPS[place] if group else ""
    return text[1:] if text.startswith("一十") else text


def _thousands(value: int) -> str:
    """1 to 9999."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if not digit:
            gap = bool(text)
            continue
        text += (DIGITS[0] if gap else "") + DIGITS[digit] + TENS[place]
        gap = False
    return text


def one_by_one(digits: str, *, telephone: bool = False) -> str:
    """Each digit by itself; on the telephone 一 is 幺."""
    text = "".join(DIGITS[int(each)] for each in digits if each.isdigit())
    return text.replace("一", "幺") if telephone else text


def number(text: str) -> str:
    """``1,234.50``: an amount with its decimals; what is no amount is read one by one."""
    whole, _, decimals = text.replace(",", "").partition(".")
    told = one_by_one(whole) if re.match(r"0\d", whole) else amount(whole)
    return f"{told}点{one_by_one(decimals)}" if decimals else told


def counted(text: str, following: str) -> str:
    """A number before what it counts: 2 个 is 两个, 2 月 is 二月."""
    return "两" if text == "2" and TWO.match(following) else number(text)


def _date(found: re.Match[str]) -> str:
    year, month, day = found[1], found[2], found[3]
    return f"{one_by_one(year)}年{amount(month)}月{amount(day)}日"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = found[1], found[2], found[3]
    told = ("两" if int(hour) == 2 else amount(hour)) + "点"
    if not int(minute) and not second:
        return f"{told}整"
    told += (DIGITS[0] if int(minute) < 10 and int(minute) else "") + f"{amount(minute)}分"
    return told + (f"{amount(second)}秒" if second else "")


def _money(found: re.Match[str]) -> str:
    return f"{counted(found[2], '元')}{found[3] or ''}{MONEY[found[1]]}"


def _measured(found: re.Match[str]) -> str:
    below = found[1] and found[3] in ("℃", "°C", "°F", "°")
    sign = ("零下" if below else "负") if found[1] else ""
    return f"{sign}{counted(found[2], UNITS[found[3]])}{UNITS[found[3]]}"


RULES = (
    (re.compile(r"(?<![\d.])(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|(?![\d.]))"), _date),
    (re.compile(r"(?<!\d)(\d{4})\s*[-~～—–至到]\s*(\d{4})(?=年)"),
     lambda found: f"{one_by_one(found[1])}到{one_by_one(found[2])}"),
    (re.compile(r"(?<![\d年])(\d{4}|\d{2}(?=年[代初末底\d]))(?=年)"), lambda found: one_by_one(found[1])),
    (re.compile(r"(?<![\d:])([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?![\d:])"), _time),
    (re.compile(r"(\d+)[:：](\d+)"), lambda found: f"{number(found[1])}比{number(found[2])}"),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda found: "点".join(number(part) for part in found[0].split("."))),
    (re.compile(rf"([¥￥$€£])\s*({NUMBER})\s*([万亿千百]?)元?"), _money),
    (re.compile(rf"({NUMBER})\s*%\s*[-~—至到]\s*({NUMBER})\s*%"),
     lambda found: f"百分之{number(found[1])}到百分之{number(found[2])}"),
    (re.compile(rf"(-?)({NUMBER})\s*%"), lambda found: f"{'负' if found[1] else ''}百分之{number(found[2])}"),
    (re.compile(rf"({NUMBER})\s*‰"), lambda found: f"千分之{number(found[1])}"),
    (re.compile(r"(?<!\d)(1[3-9]\d[ -]?\d{4}[ -]?\d{4}|400-?\d{3}-?\d{4}|0\d{2,3}-\d{7,8})(?!\d)"),
     lambda found: one_by_one(found[1], telephone=True)),
    (re.compile(r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])"), lambda found: f"{amount(found[2])}分之{amount(found[1])}"),
    (re.compile(rf"({NUMBER})\s*[~～—–-]\s*(?=\d)(?!\d+-\d)"), lambda found: f"{number(found[1])}到"),
    (re.compile(rf"(?<![A-Za-z\d.])(-?)({NUMBER})\s*({UNIT})(?![A-Za-z])"), _measured),
    (re.compile(r"(?i)\bNo\.?\s*(\d+)"), lambda found: f"第{amount(found[1])}"),
    (re.compile(r"(?<=\d)\s*([+×*÷=><≥≤≈-])\s*(?=\d)"), lambda found: SIGNS[found[1]]),
    (re.compile(r"(\d*0)\+(?!\d)"), lambda found: f"{number(found[1])}多"),
    (re.compile(r"(?<=[万亿])\+"), lambda found: "加"),
    (re.compile(r"(?<![A-Za-z\d-])-(?=\d)"), lambda found: "负"),
    (re.compile(r"第(\d+)"), lambda found: f"第{amount(found[1])}"),
    (re.compile(rf"({NUMBER})"), lambda found: counted(found[1], found.string[found.end() :].lstrip())),
)  # fmt: skip


def spoken(text: str) -> str:
    """Chinese text with every number as it is read aloud."""
    for pattern, read in RULES:
        text = pattern.sub(read, text)
    return text
