"""Who may ask how often, and the headers that say so: ``RateLimit`` and ``RateLimit-Policy``.

Their form is that of draft-ietf-httpapi-ratelimit-headers-10.
"""

import hashlib
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import RateLimited
from models.repositories.rate_limits import Allowance, RateLimits
from models.settings import Settings

from .deps import Platform
from .platform import Parts

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Policy:
    """At most ``limit`` requests in ``period`` seconds, for each subject."""

    name: str
    limit: int
    period: float

    def times(self, factor: float) -> "Policy":
        """The same for an account whose plan multiplies it."""
        return Policy(self.name, max(1, round(self.limit * factor)), self.period)


def executes(settings: Settings, factor: float = 1) -> Policy:
    """Per user and tool."""
    return Policy("executes", settings.executes_per_minute, MINUTE).times(factor)


def uploads(settings: Settings, factor: float = 1) -> Policy:
    """Per user."""
    return Policy("uploads", settings.uploads_per_minute, MINUTE).times(factor)


def registrations(settings: Settings) -> Policy:
    """Per address."""
    return Policy("registrations", settings.registrations_per_hour, HOUR)


def logins(settings: Settings) -> Policy:
    """Per address and e-mail, so that nobody can lock a user out from elsewhere."""
    return Policy("logins", settings.logins_per_minute, MINUTE)


def mails(settings: Settings) -> Policy:
    """Mails that a stranger can have sent, per recipient."""
    return Policy("mails", settings.mails_per_hour, HOUR)


async def count(request: Request, session: AsyncSession, policy: Policy, subject: str) -> None:
    """Count this request in the caller's transaction, so that refused work is not counted; raises ``RateLimited``."""
    digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
    allowance = await RateLimits(session).take(f"{policy.name}:{digest}", policy.limit, policy.period)
    request.scope["state"]["answer_headers"].update(_headers(policy, allowance))
    if not allowance.allowed:
        raise RateLimited(seconds=math.ceil(allowance.retry_after), retry_after=allowance.retry_after)


async def limit(request: Request, parts: Parts, policy: Policy, subject: str) -> None:
    """Count this request whatever becomes of it, in a transaction of its own; raises ``RateLimited``."""
    async with parts.database.transaction() as session:
        await count(request, session, policy, subject)


def limited(
    policy: Callable[[Settings], Policy], subject: Callable[[Request], str]
) -> Callable[[Request, Parts], Awaitable[None]]:
    """A dependency that counts each request: ``Depends(limited(registrations, address))``."""

    async def check(request: Request, parts: Platform) -> None:
        await limit(request, parts, policy(parts.settings), subject(request))

    return check


def address(request: Request) -> str:
    """Where the request comes from; through a trusted proxy, where the proxy says."""
    return request.client.host if request.client else "unknown"


def _headers(policy: Policy, allowance: Allowance) -> dict[str, str]:
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.limit};w={round(policy.period)}',
        "RateLimit": f'"{policy.name}";r={allowance.remaining};t={math.ceil(allowance.reset)}',
    }
