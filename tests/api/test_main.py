"""The application as a whole: its addresses, its pages, and how its process starts and stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest
from fastapi.routing import APIRoute

from api.routing import LateRoute
from models.settings import Settings
from tests.api.conftest import client_of
from workers.embedded.stack import Stack


async def test_every_route_judges_the_body_last(app):
    routers = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    assert len(routes) > 15
    assert [route.path for route in routes if not isinstance(route, LateRoute)] == []


async def test_v1_is_the_same_address(http):
    old, new = await http.get("/api/v1/health"), await http.get("/api/health")
    assert old.json() == new.json() == {"status": "ok", "version": "1"}
    assert (await http.get("/api/v1x/health")).status_code == 404
    paths = (await http.get("/api/v1/openapi.json")).json()["paths"]
    assert "/api/auth/register" in paths and not any("v1" in path for path in paths)


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_the_pages_need_nothing_from_elsewhere(http, page):
    answer = await http.get(page)
    assert answer.status_code == 200
    addresses = re.findall(r"""(?:src|href)="([^"]+)""", answer.text)
    assert addresses and all(address.startswith("/docs/assets/") for address in addresses)
    for address in addresses:
        assert (await http.get(address)).status_code == 200


async def test_a_sane_request_id_is_kept_and_another_replaced(http):
    kept = await http.get("/api/health", headers={"X-Request-Id": "trace-1/a"})
    assert kept.headers["X-Request-Id"] == "trace-1/a"
    for bad in ("x" * 200, "a b", "<script>"):
        answer = await http.get("/api/health", headers={"X-Request-Id": bad})
        assert answer.headers["X-Request-Id"].startswith("req_")


async def test_metrics_name_routes_not_addresses(http, person):
    await person.http.delete("/api/users/me/sessions/ses_unknown")
    text = (await http.get("/metrics")).text
    labels = 'method="DELETE",route="/api/users/me/sessions/{session_id}",status="404"'
    assert f"workshop_http_request_duration_seconds_count{{{labels}}}" in text
    assert "ses_unknown" not in text


async def test_a_nul_in_an_address_is_the_callers_mistake(person):
    assert (await person.http.delete("/api/users/me/sessions/%00")).status_code == 422


def test_the_api_never_loads_an_engine():
    heavy = "{'torch', 'diffusers', 'cv2', 'av', 'onnxruntime', 'PIL', 'numpy'}"
    code = f"import sys, api.main, activities.tools; activities.tools.discover(); print({heavy} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_a_process_stops_within_five_seconds_although_a_stream_is_open(stack: Stack, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "API_PORT": str(port),
        **stack.environment(),
    }
    process = subprocess.Popen([sys.executable, "-m", "api"], env=environment, cwd=tmp_path)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_until_alive(base, process)
        body = {"email": "stream@example.com", "password": "correct horse", "name": "x"}
        token = httpx.post(f"{base}/api/auth/register", json=body).json()["session"]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.stream("GET", f"{base}/api/events", headers=headers, timeout=30) as stream:
            assert stream.status_code == 200
            process.send_signal(signal.SIGTERM)
            started = time.monotonic()
            process.wait(timeout=10)
        assert time.monotonic() - started < 5
    finally:
        process.kill()
        process.wait()


def wait_until_alive(base: str, process: subprocess.Popen[bytes]) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=20), base_url=base) as client:
        assert client.get("/api/health").status_code == 200
    assert process.poll() is None


async def test_a_store_or_temporal_that_is_down_is_named(settings: Settings):
    from api.main import create_app

    down = settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9", "temporal_address": "127.0.0.1:9"})
    app = create_app(down)
    async with app.router.lifespan_context(app), client_of(app) as client:
        answer = await client.get("/api/health/ready")
    states = {name: part["state"] for name, part in answer.json()["dependencies"].items()}
    assert answer.status_code == 503 and answer.json()["status"] == "unavailable"
    assert states == {"postgresql": "up", "store": "down", "temporal": "down"}
    assert answer.elapsed.total_seconds() < 3
