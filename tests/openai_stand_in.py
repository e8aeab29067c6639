"""A stand-in for a text provider, since none can be reached here: the streamed OpenAI chat protocol, strictly.

What it does is chosen by the network that is asked for, so that one server plays every provider of a test.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

KEY = "sk-of-a-stand-in"
TEXT = ("竹牙刷", ",轻一点,", "也干净一点。")
ALLOWED = {"model", "messages", "max_tokens", "temperature", "stream", "stream_options", "seed", "response_format"}
FAULTS: dict[str, tuple[int, str, str]] = {
    "limited": (429, "rate_limit_exceeded", "Rate limit reached for requests"),
    "overloaded": (503, "server_error", "The engine is currently overloaded"),
    "unknown": (404, "model_not_found", "The model does not exist"),
}


class OpenAiStandIn:
    """Listens on ``url``; ``asked`` remembers the bodies that it was sent, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, Any]] = []

    @staticmethod
    @asynccontextmanager
    async def running() -> "AsyncIterator[OpenAiStandIn]":
        stand_in, listener = OpenAiStandIn(), socket.create_server(("127.0.0.1", 0))
        stand_in.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        app = FastAPI()
        app.post("/v1/chat/completions")(stand_in._complete)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        serving = asyncio.create_task(server.serve([listener]))
        yield stand_in
        server.should_exit = True
        await serving

    def provider(self, name: str, network: str = "good", **more: Any) -> dict[str, Any]:
        """As it stands in ``TEXT_PROVIDERS``."""
        return {"name": name, "base_url": self.url, "model": network, "api_key": KEY, **more}

    async def _complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _refusal(401, "invalid_api_key", "Incorrect API key provided")
        body = await request.json()
        if problem := _problem(body):
            return _refusal(400, "invalid_request_error", problem)
        self.asked.append(body)
        if body["model"] in FAULTS:
            return _refusal(*FAULTS[body["model"]])
        return StreamingResponse(_stream(body), media_type="text/event-stream")


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": code, "param": None, "code": code}}, status)


def _problem(body: dict[str, Any]) -> str:
    if unknown := body.keys() - ALLOWED:
        return f"Unrecognized request argument supplied: {sorted(unknown)}"
    if body.get("stream") is not True:
        return "this stand-in streams only"
    turns = body.get("messages")
    if not turns or any(each.keys() != {"role", "content"} or not isinstance(each["content"], str) for each in turns):
        return "Invalid type for 'messages'"
    if any(each["role"] not in {"system", "user", "assistant"} for each in turns):
        return "Invalid value for 'messages[].role'"
    return ""


async def _stream(body: dict[str, Any]) -> AsyncIterator[str]:
    network = body["model"]
    if network == "silent":
        await asyncio.sleep(30)
    if network == "garbled":
        yield "data: {not json\n\n"
    if network == "empty":
        yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        yield "data: [DONE]\n\n"
        return
    yield _event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]})
    for piece in TEXT:
        yield _event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
        if network == "slow":
            await asyncio.sleep(0.7)
        if network == "cut":
            return
    yield _event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    yield _event({"choices": [], "usage": {"prompt_tokens": 21, "completion_tokens": 9, "total_tokens": 30}})
    yield "data: [DONE]\n\n"


def _event(more: dict[str, Any]) -> str:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "stand-in"}
    return f"data: {json.dumps({**head, **more}, ensure_ascii=False)}\n\n"
