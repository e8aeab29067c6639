"""Which language a caller reads, and the words of HTTP's and pydantic's own errors in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import HTTPConnection

LANGUAGES = ("zh", "en")

HTTP_TITLES: dict[int, dict[str, str]] = {
    400: {"zh": "请求有误", "en": "Bad request"},
    405: {"zh": "不支持的方法", "en": "Method not allowed"},
    413: {"zh": "请求过大", "en": "Request too large"},
}
HTTP_DETAILS: dict[int, dict[str, str]] = {
    400: {"zh": "无法读取该请求。", "en": "The request could not be read."},
    405: {"zh": "该地址不支持此方法,请查看 /docs。", "en": "This address does not take that method. See /docs."},
    413: {"zh": "请求内容过大。", "en": "The body of the request is too large."},
}

FIELD_MESSAGES_ZH = {
    "missing": "必填",
    "extra_forbidden": "未知字段",
    "json_invalid": "不是有效的 JSON",
    "string_type": "应为字符串",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "list_type": "应为列表",
    "dict_type": "应为对象",
    "model_attributes_type": "应为 JSON 对象",
    "literal_error": "应为 {expected} 之一",
    "enum": "应为 {expected} 之一",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "datetime_parsing": "应为 ISO 8601 时间",
    "datetime_from_date_parsing": "应为 ISO 8601 时间",
    "timezone_aware": "时间须带时区",
    "datetime_future": "应为将来的时间",
    "value_error": "无效",
}


def accepted_language(header: str | None) -> str | None:
    """The best of our languages in an ``Accept-Language`` header (RFC 9110 12.5.4); None if it names none of them."""
    best, best_quality = None, 0.0
    for part in (header or "").split(","):
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(rest)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def language_of(connection: HTTPConnection) -> str:
    """The language of an answer: what the caller accepts, else the platform's default."""
    asked = accepted_language(connection.headers.get("accept-language"))
    return asked or str(connection.app.state.settings.default_language)


def field_errors(errors: Sequence[Any], language: str) -> list[dict[str, str]]:
    """Pydantic's errors as ``{path, message}``; the path leaves out where in the request (``body``) the field lies."""
    return [{"path": _path(error), "message": _message(error, language)} for error in errors]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def _path(error: Mapping[str, Any]) -> str:
    places = (
        error["loc"][1:] if error["loc"] and error["loc"][0] in ("body", "query", "path", "header") else error["loc"]
    )
    return ".".join(str(place) for place in places if error["type"] != "json_invalid")


def _message(error: Mapping[str, Any], language: str) -> str:
    if language == "en":
        return str(error["msg"])
    template = FIELD_MESSAGES_ZH.get(error["type"])
    return template.format_map(error.get("ctx") or {}) if template else str(error["msg"])
