"""Every failure as ``application/problem+json`` (RFC 9457), in the caller's language, with the request's id."""

import math
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException

from models.errors import DomainError, InternalError, InvalidInput, NotFound

from .localization import HTTP_DETAILS, HTTP_TITLES, field_errors, language_of

log = structlog.get_logger(__name__)

CODES = {400: "bad_request", 405: "method_not_allowed", 413: "file_too_large"}


def problem(request: Request, error: DomainError) -> JSONResponse:
    """``error`` as an answer. ``Retry-After`` is in whole seconds, rounded up."""
    language = language_of(request)
    body = {
        "type": f"urn:workshop:problem:{error.code}",
        "title": error.title.get(language, error.title["en"]),
        "status": error.status,
        "detail": error.detail(language),
        "code": error.code,
        "errors": error.problems(language),
        "retryable": error.retryable,
        **error.members(),
    }
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return _answer(request, error.status, body, headers)


def install(app: FastAPI) -> None:
    """Register the handlers; an exception with no name is answered as ``internal``."""
    app.add_exception_handler(DomainError, _named)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unnamed)


async def _named(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    if error.status >= 500:
        log.warning("request failed", code=error.code, detail=str(error), cause=str(error.__cause__ or ""))
    return problem(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(request, InvalidInput(errors=field_errors(error.errors(), language_of(request))))


async def _unstorable(request: Request, error: Exception) -> JSONResponse:
    """PostgreSQL has no such value: a NUL in an id or a search, most likely."""
    log.warning("a value that cannot be stored", path=request.url.path, cause=str(error.__cause__ or ""))
    return problem(request, InvalidInput())


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(request, NotFound(what=request.url.path))
    language = language_of(request)
    body = {
        "type": f"urn:workshop:problem:{CODES.get(error.status_code, 'http_error')}",
        "title": HTTP_TITLES.get(error.status_code, {}).get(language, str(error.detail)),
        "status": error.status_code,
        "detail": HTTP_DETAILS.get(error.status_code, {}).get(language, str(error.detail)),
        "code": CODES.get(error.status_code, "http_error"),
        "errors": None,
        "retryable": False,
    }
    return _answer(request, error.status_code, body, dict(error.headers or {}))


async def _unnamed(request: Request, error: Exception) -> JSONResponse:
    """The server that called us logs the exception, which comes to it after this answer."""
    return problem(request, InternalError())


def _answer(request: Request, status: int, body: dict[str, Any], headers: dict[str, str]) -> JSONResponse:
    request_id = request.scope["state"]["request_id"]
    present = {name: value for name, value in body.items() if value is not None}
    return JSONResponse(
        {**present, "request_id": request_id}, status, {**headers, "X-Request-Id": request_id},
        media_type="application/problem+json",
    )  # fmt: skip
