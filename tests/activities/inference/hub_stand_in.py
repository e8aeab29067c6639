"""A model hub on loopback that holds one repository: what ``huggingface_hub`` asks of one, and no more."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

COMMIT = "c0ffee" * 6 + "c0de"


class Hub(ThreadingHTTPServer):
    """``files`` by path; ``fetched`` are the paths whose bytes were asked for."""

    def __init__(self, repository: str, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.repository, self.files = repository, files
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def running(repository: str, files: dict[str, bytes]) -> Iterator[Hub]:
    """A hub until the block ends."""
    with Hub(repository, files) as hub:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        yield hub
        hub.shutdown()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self._serve(with_body=False)

    def do_GET(self) -> None:
        self._serve(with_body=True)

    def _serve(self, with_body: bool) -> None:
        path, repository = urlsplit(self.path).path, self.server.repository
        about = f"/api/models/{repository}"
        if path in (about, f"{about}/revision/main", f"{about}/revision/{COMMIT}"):
            listed = [{"rfilename": name} for name in self.server.files]
            self._answer(json.dumps({"id": repository, "sha": COMMIT, "siblings": listed}).encode(), with_body)
        elif path == f"{about}/tree/{COMMIT}":
            tree = [
                {"type": "file", "path": name, "size": len(body), "oid": str(number)}
                for number, (name, body) in enumerate(self.server.files.items())
            ]
            self._answer(json.dumps(tree).encode(), with_body)
        else:
            self._file(path.removeprefix(f"/{repository}/resolve/{COMMIT}/"), with_body)

    def _file(self, name: str, with_body: bool) -> None:
        body = self.server.files.get(name)
        if with_body and body is not None:
            self.server.fetched.append(name)
        self._answer(b"" if body is None else body, with_body, 404 if body is None else 200, name)

    def _answer(self, body: bytes, with_body: bool, status: int = 200, tag: str = "json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if tag == "json" else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{tag.replace("/", "-")}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass
