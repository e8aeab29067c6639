"""The REST API as commands use it: signs requests, streams uploads and downloads, follows a job to its end."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import httpx
from httpx_sse import ServerSentEvent, SSEError, connect_sse

from .output import BY_STATUS, Code, Problem, Screen

TIMEOUT = httpx.Timeout(60, connect=10)
ATTEMPTS = 3
"""How often a request is sent that an Idempotency-Key makes safe to repeat."""

BLOCK = 256 * 1024
OPEN = ("queued", "running")

Count = Callable[[int], None]
"""Hears how many more bytes have moved."""


class Client:
    """One server as one user. An error's answer raises ``Problem``, a server that is away ``httpx.TransportError``."""

    def __init__(self, server: str, token: str | None, screen: Screen) -> None:
        headers = {"Accept-Language": screen.language}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(base_url=server, headers=headers, timeout=TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """GET as JSON; a query's None is left out."""
        present = {name: value for name, value in query.items() if value is not None}
        return checked(self._http.get(path, params=present)).json()

    def post(self, path: str, body: Any = None) -> Any:
        """POST as JSON under an Idempotency-Key of its own, sent again when the connection breaks."""
        return self._once_only(lambda headers: self._http.post(path, json=body, headers=headers)).json()

    def log_out(self) -> None:
        """End the session on the server."""
        checked(self._http.post("/api/auth/logout"))

    def upload(self, path: Path, count: Count) -> dict[str, Any]:
        """Stream a file to the server and return its description."""

        def send(headers: dict[str, str]) -> httpx.Response:
            with path.open("rb") as stream:
                part = (path.name, Counted(stream, count))
                return self._http.post("/api/files/upload", files={"file": part}, headers=headers)  # type: ignore[dict-item]

        answer: dict[str, Any] = self._once_only(send).json()
        return answer

    def download(self, url: str, target: IO[bytes], count: Count) -> None:
        """Stream the content of ``url`` into ``target``."""
        with self._http.stream("GET", url) as answer:
            if answer.is_error:
                answer.read()
            for block in checked(answer).iter_bytes(BLOCK):
                target.write(block)
                count(len(block))

    def events(self, job_id: str, after: str) -> Iterator[ServerSentEvent]:
        """The job's events after the id ``after``, until the server ends or loses the stream."""
        headers = {"Last-Event-ID": after} if after else {}
        with connect_sse(self._http, "GET", f"/api/jobs/{job_id}/events", headers=headers) as source:
            if source.response.is_error:
                source.response.read()
            checked(source.response)
            try:
                yield from source.iter_sse()
            except SSEError as error:
                raise httpx.ReadError(str(error)) from error

    def _once_only(self, send: Callable[[dict[str, str]], httpx.Response]) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return checked(send(headers))
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")


class Counted:
    """A file that tells how far it was read; begins anew when it is rewound."""

    def __init__(self, stream: IO[bytes], count: Count) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._count(len(block))
        return block

    def fileno(self) -> int:
        return self._stream.fileno()

    def seek(self, offset: int, whence: int = 0) -> int:
        self._count(offset - self._stream.tell() if whence == 0 else 0)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def checked(answer: httpx.Response) -> httpx.Response:
    """The answer, unless it is an error: then ``Problem`` with the problem+json, or with what can be said without."""
    if answer.is_success:
        return answer
    kind = answer.headers.get("content-type", "")
    if kind.startswith(("application/problem+json", "application/json")):
        body = answer.json()
    else:
        body = {"code": "http_error", "detail": f"{answer.request.url} → {answer.status_code}"}
    raise Problem(body, BY_STATUS.get(answer.status_code, Code.failed))
