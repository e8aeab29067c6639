"""A call of a hook: judged before anything is parsed, recorded once, and started after the commit."""

import hashlib
import time
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import pydantic_core
from fastapi import Depends, Request

from models.automations import hooks
from models.errors import BodyTooLarge, InvalidInput, NotFound, wrong
from models.ids import new_id
from models.payloads.automations import HookTrigger
from models.repositories.automations import Automations
from models.repositories.firings import Cause, Firings
from models.secrets import hashed
from models.tables import Automation, Firing

from .automating import start_promptly
from .deps import Platform, Work
from .idempotency import KEY
from .rate_limit import count, executes
from .routing import NUL

UNREADABLE = wrong("body", "应为 JSON", "JSON is wanted")


@dataclass(frozen=True)
class HookCall:
    """One call by whoever knows the address."""

    request: Request
    parts: Platform
    work: Work

    async def fire(self, token: str) -> Firing:
        """The firing of this call; raises ``NotFound``, ``InvalidSignature``, ``StaleSignature``, ``BodyTooLarge``."""
        rows = Automations(self.work.session)
        known = await rows.of_hook(hashed(token))
        body = await self.request.body()
        if len(body) > hooks.LARGEST_BODY:
            raise BodyTooLarge(kilobytes=hooks.LARGEST_BODY // 1024)
        key = self._given_key()
        self._check(known, body, key)
        event = {"type": "hook", "body": _parsed(body)}
        await count(self.request, self.work.session, executes(self.parts.settings), f"hook:{known.id}")
        row = await rows.lock(known.id)
        if row is None:  # deleted this moment
            raise NotFound(what="hook")
        firing = await Firings(self.work.session).record(row, Cause(self._key(key), "hook", event))
        self.work.after_commit(partial(start_promptly, self.parts, firing.id))
        return firing

    def _check(self, row: Automation, body: bytes, key: str | None) -> None:
        trigger = HookTrigger.model_validate(row.trigger)
        if trigger.signed:
            secret = hooks.secret(self.parts.settings.secret_key.get_secret_value(), row.id, str(row.hook_seed))
            hooks.check(secret, self.request.headers.get(hooks.HEADER), body, time.time(), trigger.tolerance, key)

    def _given_key(self) -> str | None:
        key = self.request.headers.get("idempotency-key")
        if key is not None and not KEY.fullmatch(key):
            zh, en = "应为 1 至 255 个可见的 ASCII 字符", "1 to 255 visible ASCII characters"
            raise InvalidInput(errors=[wrong("Idempotency-Key", zh, en)])
        return key

    def _key(self, key: str | None) -> str:
        """The same for a call that is repeated: by its key, else by its signature."""
        known = key or self.request.headers.get(hooks.HEADER)
        return f"hook:{hashlib.sha256(known.encode()).hexdigest()}" if known else f"call:{new_id('firing')}"


Hook = Annotated[HookCall, Depends(HookCall)]


def _parsed(body: bytes) -> Any:
    if not body:
        return {}
    if NUL.search(body):
        raise InvalidInput(errors=[UNREADABLE])
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise InvalidInput(errors=[UNREADABLE]) from error
