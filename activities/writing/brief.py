"""Takes a brief apart by rules: the product, what speaks for it, for whom, where, when and at what price.

Nothing is added: every slot holds words of the brief, or is missing.
"""

import re
from dataclasses import dataclass, field

MOST_POINTS = 8
LONGEST_POINT = 18
"""Chinese characters; a longer clause is a sentence of its own and no point to be named within another one."""
LONGEST_WORDS = 60
"""The same in characters of English."""
LONGEST_PRODUCT = 20
CHINESE = re.compile(r"[\u3400-\u9fff]")
CLAUSES = re.compile(r"[\n\r，,。；;！!？?、|]+|\.(?=\s|$)|\s/\s")
SPACES = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=\S)|(?<=\S)\s+(?=[\u3400-\u9fff])")
FIELDS = {
    "product": re.compile(
        r"^(?:产品|商品|品名|名称|主题|店名|product|name|topic)(?:名称|名)?\s*[:：]\s*", re.IGNORECASE
    ),
    "point": re.compile(r"^(?:卖点|特点|亮点|优点|优势|功能|selling points?|features?)\s*[:：]\s*", re.IGNORECASE),
    "audience": re.compile(r"^(?:目标人群|人群|受众|用户|客群|适用人群|audience|for)\s*[:：]\s*", re.IGNORECASE),
    "price": re.compile(r"^(?:价格|售价|价钱|price)\s*[:：]\s*", re.IGNORECASE),
    "place": re.compile(r"^(?:地点|地址|位置|门店|place|where)\s*[:：]\s*", re.IGNORECASE),
    "occasion": re.compile(r"^(?:时间|场合|节日|活动时间|活动|occasion|when)\s*[:：]\s*", re.IGNORECASE),
}
TITLE = re.compile("《[^《》]{1,30}》")
ASKS = re.compile(
    r"^(?:(?:请|麻烦)?(?:你)?(?:帮我?|给我|为我?|替我)?(?:写|生成|来|做|创作)(?:一篇|一段|一条|一个|一份|个|篇|段)?"
    r"(?:关于|有关|介绍|推荐|推广)?|关于|介绍一下|推荐一下|推广|"
    r"(?:please\s+)?(?:write|create|make)(?:\s+(?:me|us))?(?:\s+(?:an?|some))?\s+(?:ad|copy|text|post)\s+(?:about|for|on)\s+)",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"(?:的?(?:推广|宣传|种草|营销|广告|产品)?(?:文案|软文|帖子|短文)|怎么样|(?:应该)?(?:怎么|如何)(?:挑选|选购|挑|选|用))$"
    r"|^(?:新手)?(?:怎么|如何)(?:挑选|选购|挑|选|用)(?=..)"
)
PRICE = re.compile(
    r"(?:(?:活动价|到手价|优惠价|限时价|仅售|售价|价格|原价|只要|仅需|现价|特价|人均|每人|每位|门票|[旺淡]季|平日|约|only|just|at|for)\s*)?"
    r"((?:[¥￥$€£]\s?\d[\d,.]*\d|[¥￥$€£]\s?\d)(?:元|起)?|\d+(?:\.\d+)?\s?(?:元|块钱|块|万元|美元)(?:起|一件|一杯|一份|一盒|一晚|每晚|一位|每位|一人|/\S{1,2})?"
    r"|\d+(?:\.\d+)?\s?(?:dollars|euros|yuan|usd|rmb))",
    re.IGNORECASE,
)
AUDIENCE = re.compile(
    r"^(?:特别|非常|很|最)?(?:适合|面向|献给|专为|写给|针对|送给|提供给|给)"
    r"(?P<who>[^，。]{1,14}?)(?:的人群|设计|打造|准备|使用|用)?$"
    r"|^(?:made |perfect |designed |ideal |great |suitable )?for (?P<en>[a-z][a-z' -]{2,30})$",
    re.IGNORECASE,
)
OCCASIONS = (
    "春节|新年|元旦|元宵节|情人节|妇女节|女神节|清明|五一|劳动节|母亲节|儿童节|六一|端午节|端午|父亲节|七夕|中秋节|中秋|教师节|国庆节|国庆"
    "|重阳节|双十一|双11|双十二|双12|618|圣诞节|圣诞|黑五|开学季|毕业季|换季|年货节|周年庆|店庆|本周末|周末|本周|今晚|今天|明天"
    "|开业|新品上市|春季|夏季|秋季|冬季|春天|夏天|秋天|冬天"
)
OCCASION = re.compile(
    rf"(?P<zh>{OCCASIONS})|\b(?P<en>Christmas|New Year|Valentine's Day|Mother's Day|Father's Day|Black Friday|Easter"
    r"|Halloween|Thanksgiving|back to school|this weekend|tonight|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
PLACE = re.compile(
    r"^(?:(?:就)?(?:位于|坐落于|坐落在|开在|地处|在)(?P<zh>[^，。]{2,16}?)(?:开业|的店)?"
    r"|(?:located |open )?(?:in|at|near) (?P<en>[A-Z][\w' -]{1,30}))$"
)
VERBS = re.compile(
    r"^(?:采用|使用|具有|拥有|带有|支持|主打|配有|配备|它?是|有|with|it has|it is|has)\s?(?=\S{2})", re.IGNORECASE
)


@dataclass(frozen=True)
class Brief:
    """What a brief tells. Empty where it tells nothing; ``points`` in its own order."""

    product: str
    points: tuple[str, ...] = ()
    slots: dict[str, str] = field(default_factory=dict)
    """Of audience, price, place and occasion those that it names."""
    text: str = ""


def is_chinese(text: str) -> bool:
    return CHINESE.search(text) is not None


def read_brief(text: str) -> Brief:
    """The parts of a brief, of one word or many lines, in Chinese or English."""
    whole = " ".join(text.split(" ")).strip()
    slots: dict[str, str] = {}
    named: dict[str, str] = {}
    points: list[str] = []
    loose: list[str] = []
    kind = ""
    for line in whole.splitlines():
        kind = ""
        bare = is_chinese(line) and not CLAUSES.search(line)
        for clause in line.split() if bare else CLAUSES.split(_guarded(line)):
            part = clause.replace("\x00", ",").strip(" \t-*·•—:：\"'“”「」")
            found = next((name for name, pattern in FIELDS.items() if pattern.match(part)), "")
            kind = found or kind
            part = FIELDS[found].sub("", part).strip() if found else part
            if part:
                _sort(part, kind, named, slots, points, loose)
    product = named.get("product") or _product(loose, points) or _shortened(whole) or "product"
    return Brief(product, _distinct(loose + points, product), slots, whole)


def _guarded(line: str) -> str:
    """Commas within numbers are no ends of clauses."""
    return re.sub(r"(?<=\d),(?=\d{3})", "\x00", line)


def _sort(
    part: str, kind: str, named: dict[str, str], slots: dict[str, str], points: list[str], loose: list[str]
) -> None:
    """Put a clause where it belongs."""
    if kind == "product" and "product" not in named:
        named["product"] = part
        return
    if kind in ("audience", "place", "occasion", "price"):
        slots.setdefault(kind, part)
        return
    for name, pattern in (("audience", AUDIENCE), ("place", PLACE)):
        if (found := pattern.match(part)) and (loose or kind == "point" or "product" in named):
            words = next(each for each in found.groups() if each).strip()
            slots.setdefault("occasion" if OCCASION.fullmatch(words) else name, words)
            return
    if found := PRICE.search(part):
        slots.setdefault("price", found[1].strip())
        part = (part[: found.start()] + part[found.end() :]).strip(" 的为是:：")
    if found := OCCASION.search(part):
        slots.setdefault("occasion", found[0])
        rest = (part[: found.start()] + part[found.end() :]).strip(" 的")
        part = "" if len(rest) < 3 or rest in ("上新", "活动", "促销", "特惠", "优惠") else part
    if len(part) > 1 or (part and not loose):
        (points if kind == "point" else loose).append(part)


def _product(loose: list[str], points: list[str]) -> str:
    """The first clause without the words that ask for a text; what follows its colon, or a long rest, is a point."""
    if not loose:
        return ""
    first = TAIL.sub("", ASKS.sub("", loose.pop(0)).strip()).strip(" 的“”「」\"'")
    head, colon, rest = re.sub("[:：]", ":", first).partition(":")
    if colon and rest.strip():
        loose.insert(0, rest.strip())
    head = re.sub(
        r"^(?:我们的|我们|我的|我家的|这款|一款|新款|一家|一个|our|my|the|an?)\s*(?=\S{2})",
        "",
        head.strip(),
        flags=re.I,
    )
    hidden = TITLE.sub(lambda found: "\x00" * len(found[0]), head)  # no title is taken apart
    if is_chinese(head) and len(head) > LONGEST_PRODUCT // 2 and "的" in hidden[2:-2]:
        at = hidden.rindex("的")
        quality, thing = head[:at], head[at + 1 :]
        if 2 <= len(thing) <= LONGEST_PRODUCT:
            loose.insert(0, quality)
            return thing
    return _shortened(head)


def _shortened(words: str) -> str:
    words = SPACES.sub(" ", " ".join(words.split()))
    title = TITLE.search(words)
    if title and len(words) > LONGEST_PRODUCT:
        return title[0]
    if is_chinese(words):
        return words[:LONGEST_PRODUCT].strip()
    return words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS].rpartition(" ")[0] or words[:LONGEST_WORDS]


def _distinct(points: list[str], product: str) -> tuple[str, ...]:
    """Clauses short enough to be named, each once, without the verb before them."""
    found: list[str] = []
    for point in points:
        short = VERBS.sub("", point).strip(" 的“”「」\"'.")
        longest = LONGEST_POINT if is_chinese(short) else LONGEST_WORDS
        if 1 < len(short) <= longest and short != product and short.lower() not in map(str.lower, found):
            found.append(short)
    return tuple(found[:MOST_POINTS])
