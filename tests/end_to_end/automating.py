"""Automations of the tests in few words."""

import asyncio
import time
from typing import Any

from tests.running_platform import User

ECHO = {"tool_id": "sample-echo", "inputs": {"text": "automatic"}, "parameters": {"seconds": 0}}
BROKEN = {**ECHO, "parameters": {"seconds": 0, "fail": True}}
OVER = ("succeeded", "failed", "canceled")


async def automation(user: User, trigger: dict[str, Any], target: dict[str, Any] | None = None, **more: Any) -> Any:
    """A new automation, as the API shows it."""
    answer = await user.post("/api/automations", json={"name": "a", "trigger": trigger, **(target or ECHO), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def firings(
    user: User, automation_id: str, count: int, within: float = 20, over: bool = True, decided: bool = True
) -> list[Any]:
    """Its firings, oldest first, once there are ``count``, all ``decided`` and (``over``) their runs ended."""
    until = time.monotonic() + within
    while True:
        answer = await user.get(f"/api/automations/{automation_id}/runs?limit=200")
        assert answer.status_code in (200, 503), answer.text
        found = answer.json().get("data", [])[::-1]
        waiting = [
            each
            for each in found
            if (decided and each["decision"] == "pending")
            or (over and each["run_id"] and each["run_status"] not in OVER)
        ]
        if answer.status_code == 200 and len(found) >= count and not waiting:
            assert len(found) == count, found
            return list(found)
        assert time.monotonic() < until, found
        await asyncio.sleep(0.1)


async def fired(user: User, automation_id: str, event: dict[str, Any] | None = None) -> Any:
    """Trigger it by hand."""
    answer = await user.post(f"/api/automations/{automation_id}/trigger", json={"event": event or {}})
    assert answer.status_code == 202, answer.text
    return answer.json()
