"""Addresses of automations that others call."""

from ..hook_calls import Hook
from ..routing import Router
from ..schemas.automations import HookAnswer

router = Router(prefix="/api/hooks", tag="automations")


@router.post("/{token}", status_code=202)
async def call_hook(token: str, hook: Hook) -> HookAnswer:
    """Fire an automation with a JSON body as ``event.body``. A repeated Idempotency-Key, or signature, fires once."""
    return HookAnswer(firing_id=(await hook.fire(token)).id)
