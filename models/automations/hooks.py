"""Addresses that others call, and their signatures: ``t=SECONDS,v1=HEX``, an HMAC-SHA256 of ``SECONDS.BODY``.

With an ``Idempotency-Key`` that is signed too, as ``SECONDS:KEY``, a line feed and the body: else whoever overheard a
call could fire it again under another key.
Tokens and secrets are made of the platform's key and the row's seed, so that neither is stored.
"""

import hashlib
import hmac
import re

from ..errors import InvalidSignature, StaleSignature, Unavailable

HEADER = "X-Workshop-Signature"
LARGEST_BODY = 256 * 1024
SIGNATURE = re.compile(r"t=(?P<at>[0-9]{1,12}),\s*v1=(?P<hex>[0-9a-f]{64})")


def token(key: str, automation_id: str, seed: str) -> str:
    """The secret part of the address."""
    return "wh_" + _made(key, "hook", automation_id, seed)


def secret(key: str, automation_id: str, seed: str) -> str:
    """With what its callers sign."""
    return "whs_" + _made(key, "hook-secret", automation_id, seed)


def sign(secret: str, at: int, body: bytes, key: str | None = None) -> str:
    """The header's value for a call at ``at``, seconds of the Unix epoch, under an ``Idempotency-Key`` or none."""
    return f"t={at},v1={_digest(secret, at, body, key)}"


def check(secret: str, given: str | None, body: bytes, now: float, tolerance: int, key: str | None = None) -> None:
    """Raises ``InvalidSignature`` for one that is missing or not ours, ``StaleSignature`` for a genuine old one."""
    parts = SIGNATURE.fullmatch((given or "").strip())
    if parts is None or not hmac.compare_digest(_digest(secret, int(parts["at"]), body, key), parts["hex"]):
        raise InvalidSignature()
    if abs(now - int(parts["at"])) > tolerance:
        raise StaleSignature(seconds=tolerance)


def _digest(secret: str, at: int, body: bytes, key: str | None) -> str:
    head = f"{at}." if key is None else f"{at}:{key}\n"
    return hmac.new(secret.encode(), head.encode() + body, hashlib.sha256).hexdigest()


def _made(key: str, purpose: str, automation_id: str, seed: str) -> str:
    if not key:
        raise Unavailable(part="SECRET_KEY")
    return hmac.new(key.encode(), f"{purpose}\n{automation_id}\n{seed}".encode(), hashlib.sha256).hexdigest()
