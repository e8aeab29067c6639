"""A month's statement as the files that bookkeepers ask for: CSV of every movement, and a page to print."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from dateutil.relativedelta import relativedelta

from models.payloads.statements import Statement, StatementLine

from .tables import csv_of

WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "积分对账单", "account": "账户", "from": "期间", "so_far": "截至目前,本月尚未结束",
        "opening": "期初余额", "gained": "收入合计", "given": "支出合计", "closing": "期末余额",
        "time": "时间 (UTC)", "what": "项目", "reference": "编号", "amount": "积分", "balance": "余额",
        "merged": "笔数过多,按日合并;逐笔明细请下载 CSV。", "times": "{count} 笔", "page": "第 {page} 页",
        "grant": "赠送积分", "job": "任务", "batch": "批量任务", "expired": "积分过期", "taken_back": "退款或争议收回",
        "given_again": "争议胜诉返还",
        "adjustment": "人工调整", "refund": "退还积分", "welcome": "注册赠送", "free": "免费版月度积分",
        "pro": "专业版月度积分", "enterprise": "企业版月度积分", "pack": "购买积分包", "promotion": "兑换码",
    },
    "en": {
        "title": "Statement of credits", "account": "Account", "from": "Period", "so_far": "so far: the month goes on",
        "opening": "Opening balance", "gained": "Gained", "given": "Spent", "closing": "Closing balance",
        "time": "Time (UTC)", "what": "What", "reference": "Reference", "amount": "Credits", "balance": "Balance",
        "merged": "So many movements that each day's are one line; the CSV has every one.",
        "times": "{count} times", "page": "Page {page}",
        "grant": "Credits given", "job": "Job", "batch": "Batch", "expired": "Credits expired",
        "taken_back": "Taken back after a refund or dispute", "given_again": "Given again after a dispute",
        "adjustment": "Adjustment", "refund": "Credits refunded",
        "welcome": "Welcome credits", "free": "Month of the Free plan", "pro": "Month of the Pro plan",
        "enterprise": "Month of the Enterprise plan", "pack": "Pack of credits", "promotion": "Promotion code",
    },
}  # fmt: skip
"""Words of a statement; of a transfer's source, where it has one of its own, else of its kind."""


def month_between(month: str) -> tuple[datetime, datetime]:
    """The beginning of the month ``YYYY-MM`` (UTC), and of the next one."""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    return start, start + relativedelta(months=1)


def described(line: StatementLine, names: Mapping[str, str], words: Mapping[str, str]) -> str:
    """What moved the credits, in words."""
    what = words.get(line.source or "") or words.get(line.kind, line.kind)
    what = f"{what}: {names[line.tool_id]}" if line.tool_id else what
    return what if line.count == 1 else f"{what} ({words['times'].format(count=line.count)})"


def balances(statement: Statement) -> Iterator[tuple[StatementLine, int]]:
    """Each line with the balance after it."""
    balance = statement.opening
    for line in statement.lines:
        balance += line.amount
        yield line, balance


def csv_statement(statement: Statement, names: Mapping[str, str], language: str) -> bytes:
    """The opening balance, every movement, the two sums and the closing balance, a line each."""
    words = WORDS[language]
    lines: list[list[Any]] = [[words[each] for each in ("time", "what", "reference", "amount", "balance")]]
    lines.append([statement.start, words["opening"], "", "", statement.opening])
    for line, balance in balances(statement):
        lines.append([line.at, described(line, names, words), line.reference or "", line.amount, balance])
    lines.append([statement.end, words["gained"], "", statement.gained, ""])
    lines.append([statement.end, words["given"], "", statement.given, ""])
    lines.append([statement.end, words["closing"], "", "", statement.closing])
    return csv_of(lines)
