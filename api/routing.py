"""The router that every part of the API uses: who asks is decided before what they sent is judged."""

import re
from collections.abc import Callable, Coroutine
from typing import Any

import pydantic_core
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

LARGEST_JSON = 8 * 1024 * 1024
"""Bytes of a JSON body; uploads are streamed and have limits of their own."""

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Unreadable:
    """Stands for a body that is not JSON; it fails validation, which comes after every dependency."""


class LateRequest(Request):
    """Its ``json()`` never raises: FastAPI reads a body before it asks who is calling, and must not answer 422 yet."""

    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            whole = bytearray()
            async for piece in self.stream():
                whole += piece
                if len(whole) > LARGEST_JSON:
                    raise HTTPException(413)
            self._body = bytes(whole)
        return self._body

    async def json(self) -> Any:
        body = await self.body()
        try:
            if NUL.search(body):  # PostgreSQL's text has no NUL
                return Unreadable()
            return pydantic_core.from_json(body, allow_inf_nan=False)
        except ValueError:
            return Unreadable()


class LateRoute(APIRoute):
    """A route whose body is judged last."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def late(request: Request) -> Response:
            return await handle(LateRequest(request.scope, request.receive))

        return late


class Router(APIRouter):
    """An ``APIRouter`` of ``LateRoute``s; a test sees to it that the application has no other."""

    def __init__(self, prefix: str, tag: str) -> None:
        super().__init__(prefix=prefix, tags=[tag], route_class=LateRoute)
