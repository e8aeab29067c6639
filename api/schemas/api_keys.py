"""Bodies of API keys."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from .base import Body, Label, Time, View

Scope = Literal["account:read", "files:read", "files:write", "jobs:read", "jobs:write"]
ALL_SCOPES: tuple[Scope, ...] = ("account:read", "files:read", "files:write", "jobs:read", "jobs:write")


def _in_future(time: datetime) -> datetime:
    if time <= datetime.now(UTC):
        raise ValueError("must be in the future")
    return time


class NewApiKey(Body):
    """Without ``scopes`` the key may do everything that keys may."""

    name: Label
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] = list(ALL_SCOPES)
    expires_at: Annotated[Time, AfterValidator(_in_future)] | None = None


class ApiKeyView(View):
    """``hint`` is what the key begins and ends with."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class NewApiKeyView(ApiKeyView):
    """``key`` is shown this once."""

    key: str


class ApiKeyList(View):
    data: list[ApiKeyView]
    next_cursor: str | None = None
