"""What handlers ask for: the platform, who is calling, and one transaction that ends before the answer begins."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

import structlog
from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

from models.errors import EmailNotVerified, Forbidden, Unauthenticated, Unavailable
from models.payloads.accounts import Identity

from . import authentication
from .localization import language_of
from .platform import Parts

log = structlog.get_logger(__name__)


def platform(request: Request) -> Parts:
    """The parts of this process."""
    parts: Parts = request.app.state.platform
    return parts


Platform = Annotated[Parts, Depends(platform)]


class UnitOfWork:
    """One transaction. What must follow its commit, but not fail the answer, is given to ``after_commit``."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self._afterwards: list[Callable[[], Awaitable[object]]] = []

    def after_commit(self, call: Callable[[], Awaitable[object]]) -> None:
        """Run ``call`` once the work is committed, before the answer's first byte. The sweep repeats what fails."""
        self._afterwards.append(call)

    async def finish(self) -> None:
        """Make the calls, in order. What is out of reach is logged and left to the sweep."""
        for call in self._afterwards:
            try:
                await call()
            except (RPCError, RuntimeError, Unavailable) as error:
                log.warning("left to the sweep", error=str(error))


async def unit(parts: Platform) -> AsyncIterator[UnitOfWork]:
    """Commits when the handler returns; a commit that fails is the answer."""
    async with parts.database.transaction() as session:
        work = UnitOfWork(session)
        yield work
    await work.finish()


Work = Annotated[UnitOfWork, Depends(unit, scope="function")]


async def signed_in(request: Request, parts: Platform) -> Identity:
    """Whoever the session or API key stands for, verified e-mail or not; raises ``Unauthenticated``."""
    caller = await authentication.identify(request, parts)
    if caller is None:
        raise Unauthenticated()
    structlog.contextvars.bind_contextvars(user_id=caller.user_id)
    return caller


async def verified(request: Request, caller: Annotated[Identity, Depends(signed_in)]) -> Identity:
    """As ``signed_in``; raises ``EmailNotVerified`` where the platform asks for a verified address."""
    if request.app.state.settings.require_verified_email and not caller.email_verified:
        raise EmailNotVerified()
    return caller


def scoped(scope: str) -> Callable[[Identity], Identity]:
    """A dependency: the caller, who must have ``scope``. Sessions have all scopes, API keys those they were given."""

    def check(caller: Annotated[Identity, Depends(verified)]) -> Identity:
        if caller.session_id is None and scope not in caller.scopes:
            raise Forbidden(reason=f"This API key lacks the scope {scope}.", reason_zh=f"该 API 密钥缺少权限 {scope}。")
        return caller

    return check


def in_person(caller: Annotated[Identity, Depends(verified)]) -> Identity:
    """A caller with a session: API keys may not touch passwords, sessions or keys."""
    if caller.session_id is None:
        raise Forbidden(
            reason="Sign in to do this; an API key may not.", reason_zh="此操作需要登录,不能使用 API 密钥。"
        )
    return caller


def language(request: Request) -> str:
    """The language of the answer, "zh" or "en"."""
    return language_of(request)


SignedIn = Annotated[Identity, Depends(signed_in)]
Caller = Annotated[Identity, Depends(verified)]
InPerson = Annotated[Identity, Depends(in_person)]
JobsReader = Annotated[Identity, Depends(scoped("jobs:read"))]
JobsWriter = Annotated[Identity, Depends(scoped("jobs:write"))]
FilesReader = Annotated[Identity, Depends(scoped("files:read"))]
FilesWriter = Annotated[Identity, Depends(scoped("files:write"))]
AccountReader = Annotated[Identity, Depends(scoped("account:read"))]
Language = Annotated[str, Depends(language)]


def request_id(request: Request) -> str:
    """The id of this request, as its answer carries it."""
    return str(request.scope["state"]["request_id"])


RequestId = Annotated[str, Depends(request_id)]
