"""The outermost layer: versions, ids, logs and metrics of every request, whatever becomes of it."""

import re
import time

import structlog
from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.ids import new_id

REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
VERSION_PREFIX = "/api/v1"
SECONDS = Histogram(
    "workshop_http_request_duration_seconds",
    "Time from the request's first byte to the answer's last, by route.",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)

log = structlog.get_logger("api.access")


class RequestContext:
    """ASGI middleware. ``scope["state"]["answer_headers"]`` are added to the answer, also to an error's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        _drop_version(scope)
        state = scope.setdefault("state", {})
        state.update(request_id=_request_id(scope), answer_headers={})
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=state["request_id"])
        started, seen = time.perf_counter(), {"status": 500}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = state["request_id"]
                headers.update(state["answer_headers"])
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            _observe(scope, seen["status"], time.perf_counter() - started)


def _drop_version(scope: Scope) -> None:
    path: str = scope["path"]
    if path == VERSION_PREFIX or path.startswith(VERSION_PREFIX + "/"):
        scope["path"] = "/api" + path[len(VERSION_PREFIX) :]
        scope["raw_path"] = scope["raw_path"].replace(b"/api/v1", b"/api", 1)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else new_id("request")


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    SECONDS.labels(scope["method"], route, str(status)).observe(seconds)
    if route not in ("/api/health", "/metrics"):
        client = scope.get("client")
        log.info(
            "request", method=scope["method"], path=scope["path"], status=status,
            ms=round(seconds * 1000, 1), address=client[0] if client else None,
        )  # fmt: skip
