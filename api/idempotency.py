"""``Idempotency-Key`` for handlers that create or spend: ask ``replay`` first, give the answer through ``answer``."""

import hashlib
import re
from typing import Annotated, Any

import pydantic_core
from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import InvalidInput, wrong
from models.repositories.idempotency import Idempotency

from .deps import Caller

KEY = re.compile(r"[\x21-\x7e]{1,255}")


class OnceOnly:
    """One request under its key, or under none: then nothing is looked up nor recorded."""

    def __init__(self, request: Request, account_id: str, key: str | None) -> None:
        self.key = key
        self._request = request
        self._account_id = account_id
        self._fingerprint = ""

    async def replay(self, session: AsyncSession, content: str | None = None) -> JSONResponse | None:
        """The recorded answer of a known key, to be returned as it is; None: do the work, then call ``answer``.

        ``content`` stands for the body where it is not JSON (an upload's digest and name). Raises ``InFlight`` and
        ``IdempotencyMismatch``. Rate limits are counted after this, since a replay is free.
        """
        if self.key is None:
            return None
        self._fingerprint = await self._identify(content)
        known = await Idempotency(session).begin(self._account_id, self.key, self._fingerprint)
        if known is None:
            return None
        return JSONResponse(known.body, known.status, headers={"Idempotent-Replayed": "true"})

    async def answer(self, session: AsyncSession, body: BaseModel | dict[str, Any], status: int) -> JSONResponse:
        """``body`` as the answer, recorded in the transaction of the work if the request has a key."""
        content = pydantic_core.to_jsonable_python(body)
        if self.key is not None:
            await Idempotency(session).record(self._account_id, self.key, self._fingerprint, status, content)
        return JSONResponse(content, status)

    async def _identify(self, content: str | None) -> str:
        if content is None:
            # the same JSON with other spaces or order of keys is the same request
            body = await self._request.json() if await self._request.body() else None
            content = pydantic_core.to_json(_sorted(body)).decode()
        whole = f"{self._request.method}\n{self._request.url.path}\n{content}"
        return hashlib.sha256(whole.encode()).hexdigest()


def once_only(request: Request, caller: Caller, idempotency_key: Annotated[str | None, Header()] = None) -> OnceOnly:
    """The dependency; raises ``InvalidInput`` for a key that is not 1 to 255 visible ASCII characters."""
    if idempotency_key is not None and not KEY.fullmatch(idempotency_key):
        zh, en = "应为 1 至 255 个可见的 ASCII 字符", "1 to 255 visible ASCII characters"
        raise InvalidInput(errors=[wrong("Idempotency-Key", zh, en)])
    return OnceOnly(request, caller.account_id, idempotency_key)


Once = Annotated[OnceOnly, Depends(once_only)]


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(each) for each in value] if isinstance(value, list) else value
