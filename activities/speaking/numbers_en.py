"""Reads numbers aloud in English: amounts, years, ordinals, dates, times, money and units."""

import re

SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = [".", ".", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
GROUPS = ("", " thousand", " million", " billion", " trillion")
LONGEST_AMOUNT = 15
"""Digits beyond which a number is read one by one."""
ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
MONTH = "|".join(f"{month}|{month[:3]}\\.?" for month in MONTHS if month != "May") + "|May|Sept\\.?"
NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
MONEY = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent"), "¥": ("yuan", ""), "￥": ("yuan", "")}
SCALES = {"k": " thousand", "K": " thousand", "m": " million", "M": " million", "bn": " billion", "B": " billion"}
UNITS = {
    "km/h": "kilometers an hour",
    "mph": "miles an hour",
    "m/s": "meters a second",
    "km²": "square kilometers",
    "m²": "square meters",
    "sq ft": "square feet",
    "°C": "degrees Celsius",
    "℃": "degrees Celsius",
    "°F": "degrees Fahrenheit",
    "°": "degrees",
    "kWh": "kilowatt hours",
    "mAh": "milliamp hours",
    "km": "kilometers",
    "cm": "centimeters",
    "mm": "millimeters",
    "m": "meters",
    "ft": "feet",
    "kg": "kilograms",
    "mg": "milligrams",
    "g": "grams",
    "lb": "pounds",
    "lbs": "pounds",
    "oz": "ounces",
    "ml": "milliliters",
    "mL": "milliliters",
    "L": "liters",
    "kW": "kilowatts",
    "W": "watts",
    "GHz": "gigahertz",
    "MHz": "megahertz",
    "Hz": "hertz",
    "TB": "terabytes",
    "GB": "gigabytes",
    "MB": "megabytes",
    "KB": "kilobytes",
    "dB": "decibels",
    "hrs": "hours",
    "min": "minutes",
    "sec": "seconds",
    "ms": "milliseconds",
}
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
PARTS = {"2": ("half", "halves"), "4": ("quarter", "quarters")}
SIGNS = {"+": "plus", "×": "times", "*": "times", "÷": "divided by", "=": "equals", ">": "is more than",
         "<": "is less than", "≈": "is about"}  # fmt: skip


def amount(digits: str) -> str:
    """A whole number: 1234 is one thousand two hundred thirty-four. One of too many digits is read one by one."""
    if len(digits) > LONGEST_AMOUNT:
        return one_by_one(digits)
    value = int(digits)
    if not value:
        return SMALL[0]
    told: list[str] = []
    for group in GROUPS:
        value, below = divmod(value, 1000)
        if below:
            told.append(f"{_hundreds(below)}{group}")
    return " ".join(reversed(told))


def _hundreds(value: int) -> str:
    """1 to 999."""
    words = [f"{SMALL[value // 100]} hundred"] if value >= 100 else []
    rest = value % 100
    if rest >= 20:
        words.append(TENS[rest // 10] + (f"-{SMALL[rest % 10]}" if rest % 10 else ""))
    elif rest:
        words.append(SMALL[rest])
    return " ".join(words)


def ordinal(digits: str) -> str:
    """1 is first, 22 is twenty-second."""
    before, dash, last = re.split(r"(-| )(?=[^- ]*$)", amount(digits)) if int(digits) > 20 else ("", "", amount(digits))
    if last.endswith("y"):
        return f"{before}{dash}{last[:-1]}ieth"
    return before + dash + ORDINALS.get(last, f"{last}th")


def year(digits: str) -> str:
    """1999 is nineteen ninety-nine, 2005 two thousand five."""
    century, rest = int(digits[:2]), int(digits[2:])
    if century % 10 == 0 and rest < 10:
        return amount(digits)
    if not rest:
        return f"{amount(digits[:2])} hundred"
    return f"{amount(digits[:2])} {'oh ' if rest < 10 else ''}{amount(digits[2:])}"


def one_by_one(digits: str) -> str:
    return " ".join(SMALL[int(each)] for each in digits if each.isdigit())


def number(text: str) -> str:
    """``1,234.5``; four digits without a comma that may be a year are read as one."""
    whole, _, decimals = text.partition(".")
    plain = whole.replace(",", "")
    if re.fullmatch(r"1[1-9]\d\d|20\d\d", whole) and not decimals:
        told = year(plain)
    elif re.match(r"0\d", plain):
        told = one_by_one(plain)
    else:
        told = amount(plain)
    return f"{told} point {one_by_one(decimals)}" if decimals else told


def _plain(text: str) -> str:
    """A number that is no year."""
    whole, _, decimals = text.replace(",", "").partition(".")
    return amount(whole) + (f" point {one_by_one(decimals)}" if decimals else "")


def _money(found: re.Match[str]) -> str:
    (name, part), digits, scale = MONEY[found[1]], found[2], found[3] or ""
    plural = name if name == "yuan" else f"{name}s"
    if scale:
        return f"{_plain(digits)}{SCALES.get(scale.strip(), f' {scale.strip()}')} {plural}"
    whole, _, cents = digits.replace(",", "").partition(".")
    told = f"{amount(whole)} {name if whole == '1' else plural}"
    if len(cents) == 2 and int(cents) and part:
        parts = {"penny": "pence"}.get(part, f"{part}s")
        small = f"{amount(cents)} {part if cents == '01' else parts}"
        return f"{told} and {small}" if int(whole) else small
    return f"{_plain(digits)} {plural}" if cents and int(cents) else told


def _clock(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").replace(".", "").upper()
    told = amount(str(hour))
    if minute:
        told += f" {'oh ' if minute < 10 else ''}{amount(str(minute))}"
    elif not half:
        told += " o'clock" if 1 <= hour <= 12 else " hundred hours"
    return told + (f" {' '.join(half)}" if half else "")


def _date(found: re.Match[str], at: tuple[int, int, int]) -> str:
    month, day = int(found[at[1]]), found[at[2]]
    if not 1 <= month <= 12 or not 1 <= int(day) <= 31:
        return found[0]
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(found[at[0]])}"


def _fraction(found: re.Match[str]) -> str:
    above, below = found[1], found[2]
    single, several = PARTS.get(below, (ordinal(below), f"{ordinal(below)}s"))
    return f"{amount(above)} {single if above == '1' else several}"


def _measured(found: re.Match[str]) -> str:
    unit = UNITS[found[3]]
    if found[2] == "1" and unit not in ("hertz",):
        unit = re.sub(r"^(feet|\w+?)s?\b", lambda each: {"feet": "foot"}.get(each[0], each[1]), unit)
    return f"{'minus ' if found[1] else ''}{_plain(found[2])} {unit}"


RULES = (
    (re.compile(r"(?<!\d)((?:19|20)\d\d)[-/](\d{1,2})[-/](\d{1,2})(?!\d)"), lambda found: _date(found, (1, 2, 3))),
    (re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/((?:19|20)\d\d)(?!\d)"), lambda found: _date(found, (3, 1, 2))),
    (re.compile(rf"\b({MONTH})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!:|\d)"),
     lambda found: f"{found[1]} {ordinal(found[2])}"),
    (re.compile(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?!\d)\s*([ap]\.?m\b\.?|[AP]\.?M\b\.?)?"), _clock),
    (re.compile(r"\b(\d{1,2})\s*([ap]m|[AP]M)\b"), lambda found: f"{amount(found[1])} {' '.join(found[2].upper())}"),
    (re.compile(rf"([$£€¥￥])\s*({NUMBER})(\s?(?:thousand|million|billion|trillion)|bn|[kKmMB])?\b"), _money),
    (re.compile(r"(?<!\d)(\+?\d{1,2}[ -])?(\(\d{3}\)|\d{3})[ -]\d{3,4}[ -]\d{4}(?!\d)"),
     lambda found: one_by_one(found[0])),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b"), lambda found: ordinal(found[1])),
    (re.compile(r"\b((?:1[1-9]|20)\d)0s\b"),
     lambda found: re.sub("y$", "ie", year(f"{found[1]}0")) + "s"),
    (re.compile(r"(?<![\d/])(\d{1,3})/(\d{1,3})(?![\d/])"), _fraction),
    (re.compile(rf"({NUMBER})\s*[-–—~]\s*(?={NUMBER})(?!\d+-\d)"), lambda found: f"{number(found[1])} to "),
    (re.compile(rf"(-?)({NUMBER})\s*%"),
     lambda found: f"{'minus ' if found[1] else ''}{_plain(found[2])} percent"),
    (re.compile(rf"(?<![\w.])(-?)({NUMBER})\s?({UNIT})(?![A-Za-z])"), _measured),
    (re.compile(r"(?i)\bno\.\s*(?=\d)|#(?=\d)"), lambda found: "number "),
    (re.compile(r"(?<=\d)\s*([+×*÷=><≈])\s*(?=\d)"), lambda found: f" {SIGNS[found[1]]} "),
    (re.compile(r"(?<=\d)\+"), lambda found: " plus"),
    (re.compile(r"\d+(?:\.\d+){2,}"), lambda found: " point ".join(number(part) for part in found[0].split("."))),
    (re.compile(r"(?<![\w-])-(?=\d)"), lambda found: "minus "),
    (re.compile(rf"(?<=[A-Za-z])({NUMBER})|({NUMBER})(?=[A-Za-z])"),
     lambda found: f" {number(found[1] or found[2])} "),
    (re.compile(rf"{NUMBER}"), lambda found: number(found[0])),
)  # fmt: skip


def spoken(text: str) -> str:
    """English text with every number as it is read aloud."""
    for pattern, read in RULES:
        text = pattern.sub(read, text)
    return text
