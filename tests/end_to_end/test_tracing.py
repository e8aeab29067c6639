"""With a collector named, one trace leads from the request through the workflow into the slot."""

import asyncio
import gzip
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from models.settings import Settings
from tests.end_to_end.belongings import TEXT
from tests.running_platform import RunningPlatform, User
from workers.embedded.stack import Stack

POOLS = ("core", "media")


class Collector(ThreadingHTTPServer):
    """Stands in for an OpenTelemetry collector: ``spans`` are (trace id, service, name)."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.spans: list[tuple[str, str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Receiver(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.server.spans.append((span.trace_id.hex(), named["service.name"], span.name))
        self.send_response(200 if self.path == "/v1/traces" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


async def test_one_trace_leads_from_the_request_to_the_slot(
    collector: Collector, platform: RunningPlatform, stack: Stack, settings: Settings
) -> None:
    await platform.stop()
    overrides = {"OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
    traced = RunningPlatform(stack, settings, overrides)
    try:
        await traced.start(POOLS)
        user = await User.register(traced.url)
        job = (await user.execute("sample-echo", TEXT, {"Prefer": "wait=30"}, seconds=0)).json()
        await user.aclose()
        assert job["status"] == "succeeded"
        names = await spans_of_the_request(collector)
    finally:
        await traced.stop(POOLS)
        await platform.start()
    assert names >= {
        ("workshop-api", "POST /api/tools/{tool_id}/execute"),
        ("workshop-api", "StartWorkflow:ToolRun"),
        ("workshop-core", "RunWorkflow:ToolRun"),
        ("workshop-core", "RunActivity:jobs.settle"),
        ("workshop-media", "RunActivity:tools.sample-echo"),
        ("workshop-media", "slot:sample-echo"),
    }


async def spans_of_the_request(collector: Collector, within: float = 15) -> set[tuple[str, str]]:
    """Service and name of every span in the trace of the execute request, once the settling has come, too."""
    until, names = time.monotonic() + within, set[tuple[str, str]]()
    while time.monotonic() < until:
        traces = [trace for trace, _, name in collector.spans if name == "POST /api/tools/{tool_id}/execute"]
        names = {(service, name) for trace, service, name in collector.spans if trace in traces}
        if {"RunActivity:jobs.settle", "slot:sample-echo"} <= {name for _, name in names}:
            return names
        await asyncio.sleep(0.1)
    return names


@pytest.mark.long
def test_tracing_that_is_off_costs_no_import() -> None:
    code = "import sys, api.__main__, workers.__main__; print([m for m in sys.modules if 'opentelemetry.sdk' in m])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
