"""Which language a caller reads, and the words of HTTP's and pydantic's own errors in it."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import HTTPConnection

from models.errors.fields import field_message_zh

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
    return str(error["msg"]) if language == "en" else field_message_zh(error)
