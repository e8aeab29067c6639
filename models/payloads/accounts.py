"""Who a caller is, as the repositories find out from a token."""

from pydantic import BaseModel, ConfigDict


class Identity(BaseModel):
    """A caller. ``session_id`` is None for API keys, which have only their ``scopes``; ``plan`` is the one that counts.

    ``language`` ("zh" or "en") is what the request accepts, else what the user chose.
    """

    model_config = ConfigDict(frozen=True)

    user_id: str
    account_id: str
    role: str
    language: str
    email_verified: bool
    plan: str
    scopes: frozenset[str] = frozenset()
    session_id: str | None = None
    api_key_id: str | None = None
