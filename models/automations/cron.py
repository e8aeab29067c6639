"""Cron lines of five fields, as crontab(5) reads them, to clocks."""

import re

from .clocks import Clock

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
NAMES = {
    "month": dict(
        zip(
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
            range(1, 13),
            strict=True,
        )
    ),
    "day of week": dict(zip(["sun", "mon", "tue", "wed", "thu", "fri", "sat"], range(7), strict=True)),
}
SHORT = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
PART = re.compile(r"(?P<all>\*)|(?P<low>\w+)(?:-(?P<high>\w+))?")


def parse(line: str) -> Clock:
    """The clock of a line; raises ``ValueError`` with the field that is wrong."""
    written = SHORT.get(line.strip().lower(), line).split()
    if len(written) != len(FIELDS):
        raise ValueError(f"five fields are wanted, there are {len(written)}")
    minutes, hours, days, months, weekdays = (_field(text, *field) for text, field in zip(written, FIELDS, strict=True))
    either = not written[2].startswith("*") and not written[4].startswith("*")
    return Clock(minutes, hours, days, months, frozenset(each % 7 for each in weekdays), either)


def _field(text: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        span, slash, step = part.partition("/")
        matched = PART.fullmatch(span)
        if matched is None or (slash and not step.isdecimal()):
            raise ValueError(f"{name}: {part!r} cannot be read")
        low, high = least, most
        if not matched["all"]:
            low = _number(matched["low"], name, least, most)
            high = _number(matched["high"], name, least, most) if matched["high"] else (most if slash else low)
        every = int(step or 1)
        if high < low or not 1 <= every <= most:
            raise ValueError(f"{name}: {part!r} is empty")
        found.update(range(low, high + 1, every))
    return frozenset(found)


def _number(text: str, name: str, least: int, most: int) -> int:
    number = NAMES.get(name, {}).get(text)
    if number is None:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"{name}: {text!r} is not from {least} to {most}")
        number = int(text)
    return number
