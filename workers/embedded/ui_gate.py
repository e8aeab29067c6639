"""The door of Temporal's Web UI, which knows no passwords: a link with a token opens it once for a browser.

``/any/page?token=…`` sets a cookie and goes on to the page; scripts send ``Authorization: Bearer …``. A connection
carries one request: the server is told to close after its answer, so nothing unchecked can follow on it.
"""

import asyncio
import hmac
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from .forwarding import Caller

END = b"\r\n\r\n"
LARGEST_HEAD = 64 * 1024
PATIENCE = 10.0
"""Seconds that a caller has to say what he wants."""
HINT = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>Temporal</title>
<p>请使用 <code>make run</code> 打印的链接打开此页;令牌也在 <code>WORKSHOP_HOME/secrets.json</code> 的
<code>temporal_ui</code> 中。</p>
<p>Open this page by the link that <code>make run</code> prints; the token is also <code>temporal_ui</code> in
<code>WORKSHOP_HOME/secrets.json</code>.</p>
<form><input name="token" type="password" autofocus> <button>→</button></form></html>
"""


class Head(NamedTuple):
    """The beginning of a request; names of headers in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        return [value for each, value in self.headers if each == name]


class UiCaller(Caller):
    """Lets a request through to the UI at ``port`` if it brings the token; ``cookie`` is the name to keep it under."""

    def __init__(self, port: int, token: str, cookie: str) -> None:
        super().__init__(port)
        self._token = token
        self._cookie = cookie
        self._head: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super(Caller, self).connection_made(transport)
        asyncio.get_running_loop().call_later(PATIENCE, self._give_up)

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            super().data_received(data)
            return
        self._head += data
        if END in self._head or len(self._head) > LARGEST_HEAD:
            head, _, rest = bytes(self._head).partition(END)
            self._head = None
            self._answer(parse(head), rest)

    def _answer(self, head: Head | None, rest: bytes) -> None:
        assert self.transport is not None
        if head is not None and self._brings_token(head):
            self.open(serialized(head) + rest)
            return
        target = None if head is None else without_token(head, self._token)
        self.transport.write(refusal() if target is None else self._welcome(target))
        self.transport.close()

    def _brings_token(self, head: Head) -> bool:
        bearers = [value.removeprefix("Bearer ") for value in head.values("authorization")]
        return any(same(each, self._token) for each in (*bearers, *cookies(head, self._cookie)))

    def _welcome(self, target: str) -> bytes:
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
        return response("303 See Other", "", f"Location: {target}", f"Set-Cookie: {cookie}")

    def _give_up(self) -> None:
        if self._head is not None and self.transport is not None:
            self.transport.abort()


def parse(head: bytes) -> Head | None:
    """A request's first line and headers; ``None`` for what isn't HTTP."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    pairs = [line.partition(":") for line in lines]
    if len(words) != 3 or not words[1].startswith("/") or not all(colon for _, colon, _ in pairs):
        return None
    return Head(words[0], words[1], [(name.lower(), value.strip()) for name, _, value in pairs])


def serialized(head: Head) -> bytes:
    """The head to pass on: the same, but for one request only."""
    kept = [f"{name}: {value}" for name, value in head.headers if name not in {"connection", "upgrade"}]
    return "\r\n".join([f"{head.method} {head.target} HTTP/1.1", *kept, "connection: close", "", ""]).encode("latin-1")


def without_token(head: Head, token: str) -> str | None:
    """Where to go on from a link that bears the token; ``None`` if it bears none, or another."""
    parts = urlsplit(head.target)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if head.method != "GET" or not any(name == "token" and same(value, token) for name, value in query):
        return None
    left = urlencode([(name, value) for name, value in query if name != "token"])
    return f"/{parts.path.lstrip('/')}" + (f"?{left}" if left else "")


def cookies(head: Head, name: str) -> list[str]:
    """The values of one cookie; a header that can't be read has none."""
    found = []
    for value in head.values("cookie"):
        try:
            found += [morsel.value for key, morsel in SimpleCookie(value).items() if key == name]
        except CookieError:
            continue
    return found


def same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def refusal() -> bytes:
    return response("401 Unauthorized", HINT, "WWW-Authenticate: Bearer")


def response(status: str, page: str, *headers: str) -> bytes:
    body = page.encode()
    fixed = ("Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close")
    private = ("Cache-Control: no-store", "Referrer-Policy: no-referrer")
    return "\r\n".join([f"HTTP/1.1 {status}", *fixed, *private, *headers, "", ""]).encode() + body
