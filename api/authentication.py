"""Who is calling: a session token (Bearer or cookie) or an API key, looked up by hash in one statement."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from models.errors import Forbidden
from models.payloads.accounts import Identity
from models.repositories.api_keys import ApiKeys
from models.repositories.sessions import Sessions
from models.secrets import API_KEY_PREFIX, is_api_key
from models.settings import Settings

from .localization import accepted_language
from .platform import Parts

COOKIE = "workshop_session"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


async def identify(request: Request, parts: Parts) -> Identity | None:
    """The caller, or None. A cookie on an unsafe method also needs an Origin of ours, else ``Forbidden``."""
    token = bearer_token(request)
    if token is None:
        token = request.cookies.get(COOKIE)
        if token is not None:
            refuse_foreign_origin(request, parts.settings)
    caller = await _find(parts, token) if token else None
    if caller is None:
        return None
    accepted = accepted_language(request.headers.get("accept-language"))
    return caller.model_copy(update={"language": accepted or caller.language})


def bearer_token(request: Request) -> str | None:
    """What ``Authorization: Bearer`` carries."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def refuse_foreign_origin(request: Request, settings: Settings) -> None:
    """A page of another site must not act with our user's cookie; raises ``Forbidden``."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    own = {f"{request.url.scheme}://{request.headers.get('host')}", origin_of(settings.url), *settings.cors_origins}
    foreign_fetch = request.headers.get("sec-fetch-site") == "cross-site"
    if (origin is None and foreign_fetch) or (origin is not None and origin not in own):
        raise Forbidden(reason="This origin may not act with a cookie.", reason_zh="不允许该来源使用 Cookie 执行操作。")


def origin_of(url: str) -> str:
    """Scheme, host and port of ``url``."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def set_cookie(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE, token, max_age=settings.session_lifetime, httponly=True, samesite="lax",
        secure=settings.cookie_secure, path="/",
    )  # fmt: skip


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take it back."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=settings.cookie_secure, path="/")


async def _find(parts: Parts, token: str) -> Identity | None:
    is_key = token.startswith(API_KEY_PREFIX)
    if is_key and not is_api_key(token):
        return None
    known = ApiKeys if is_key else Sessions
    return await parts.database.once(lambda session: known(session).identify(token))
