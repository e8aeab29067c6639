"""Signing up, signing in and looking after oneself: the steps that the routers of accounts put in order."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from models.errors import InvalidInput, Unauthenticated, Unavailable
from models.payloads.accounts import Identity
from models.repositories.api_keys import ApiKeys
from models.repositories.audit import Audit
from models.repositories.automations import Automations
from models.repositories.batches import Batches
from models.repositories.files import Files
from models.repositories.jobs import Jobs
from models.repositories.mails import Mails
from models.repositories.pipelines import Pipelines
from models.repositories.runs import Runs
from models.repositories.sessions import Sessions
from models.repositories.subscriptions import Subscriptions
from models.repositories.texts import Texts
from models.repositories.tokens import RESET_PASSWORD, VERIFY_EMAIL, Tokens
from models.repositories.users import Users
from models.secrets import new_session_token
from models.tables import Job, User
from temporal.ids import of_subscription
from workflows.starts import start_mail

from .authentication import COOKIE
from .deps import Language, Platform, RequestId, Work
from .execution import cancel_workflow
from .paying import follow
from .rate_limit import address, limit, logins, mails

WRONG = {"reason": "The e-mail address or the password is wrong.", "reason_zh": "邮箱或密码不正确。"}
STALE = {"zh": "链接无效或已过期,请重新获取", "en": "not valid or no longer; ask for a new one"}
WRONG_CURRENT = {"zh": "当前密码不正确", "en": "this is not your password"}
CANCELED_AT_ONCE = 50
"""Jobs of a deleted account whose workflows are told before the answer; the sweep tells the others."""

MAIL_PATHS = {
    "welcome": "/verify-email",
    "verify_email": "/verify-email",
    "reset_password": "/reset-password",
    "password_changed": "/reset-password",
}
"""Pages of the front end that mails link to."""


@dataclass(frozen=True)
class NewSession:
    """A session just opened. The token is not kept anywhere."""

    user: User
    token: str
    expires_at: datetime


class Accounts:
    """Verbs of one request about accounts, in its one transaction; passwords are hashed before that begins."""

    def __init__(
        self, request: Request, parts: Platform, work: Work, request_id: RequestId, language: Language
    ) -> None:
        self._request = request
        self._parts = parts
        self._work = work
        self._request_id = request_id
        self._language = language
        self._users = Users(work.session)
        self._sessions = Sessions(work.session)
        self._tokens = Tokens(work.session)
        self._audit = Audit(work.session, request_id, address(request))

    async def register(self, email: str, password: str, name: str) -> NewSession:
        """User, account, session and welcome mail; raises ``Conflict`` for an address that is taken."""
        user = await self._users.register(
            email=email,
            name=name,
            password_hash=await self._parts.passwords.hash(password),
            language=self._language,
            welcome=self._parts.settings.welcome_credits,
        )
        await self._mail(user, "welcome", await self._tokens.issue(user.id, VERIFY_EMAIL))
        await self._audit.record(user.id, "user.register", user.id)
        return await self._open_session(user)

    async def sign_in(self, email: str, password: str) -> NewSession:
        """A new session for the browser's old one; raises ``Unauthenticated``, as slowly for unknown addresses."""
        await limit(
            self._request, self._parts, logins(self._parts.settings), f"{address(self._request)} {email.lower()}"
        )
        async with self._parts.database.transaction() as session:
            known = await Users(session).by_email(email)
        if not await self._parts.passwords.verify(known.password_hash if known else None, password):
            raise Unauthenticated(**WRONG)
        user = await self._users.by_email(email)
        if user is None or known is None or user.password_hash != known.password_hash:
            raise Unauthenticated(**WRONG)  # changed while we looked
        old = self._request.cookies.get(COOKIE)
        if old:
            await self._sessions.end_token(old)
        return await self._open_session(user)

    async def verify_email(self, token: str) -> User:
        """The address is the user's; raises ``InvalidInput`` for a token that is none."""
        user_id = await self._consume(token, VERIFY_EMAIL)
        await self._audit.record(user_id, "user.verify_email", user_id)
        return await self._users.verify_email(user_id)

    async def mail_verification(self, caller: Identity) -> None:
        """Send the mail again; nothing happens where the address is verified."""
        user = await self._users.get(caller.user_id)
        await limit(self._request, self._parts, mails(self._parts.settings), user.email.lower())
        if user.email_verified_at is None:
            await self._mail(user, "verify_email", await self._tokens.issue(user.id, VERIFY_EMAIL))

    async def mail_reset(self, email: str) -> None:
        """Send a token to the address, if it has a user."""
        await limit(self._request, self._parts, mails(self._parts.settings), email.lower())
        user = await self._users.by_email(email)
        if user is not None:
            await self._mail(user, "reset_password", await self._tokens.issue(user.id, RESET_PASSWORD))
            await self._audit.record(user.id, "user.ask_reset", user.id)

    async def reset_password(self, token: str, password: str) -> None:
        """Set a new password and end every session; raises ``InvalidInput`` for a token that is none."""
        password_hash = await self._parts.passwords.hash(password)
        user_id = await self._consume(token, RESET_PASSWORD)
        await self._replace_password(user_id, password_hash, "user.reset_password", keep_session=None)

    async def change_password(self, caller: Identity, current: str, new: str) -> None:
        """Set a new password and end the other sessions; raises ``InvalidInput`` if ``current`` is wrong."""
        async with self._parts.database.transaction() as session:
            user = await Users(session).get(caller.user_id)
        subject = f"{address(self._request)} {user.email.lower()}"
        await limit(self._request, self._parts, logins(self._parts.settings), subject)
        if not await self._parts.passwords.verify(user.password_hash, current):
            raise InvalidInput(errors=[{"path": "current_password", "message": WRONG_CURRENT[self._language]}])
        password_hash = await self._parts.passwords.hash(new)
        await self._replace_password(caller.user_id, password_hash, "user.change_password", caller.session_id)

    async def delete(self, caller: Identity) -> None:
        """Forget the person: sessions, keys and tokens end, what they had goes, what runs for them is canceled."""
        await self._sessions.end_all(caller.user_id)
        await self._tokens.cancel(caller.user_id)
        await ApiKeys(self._work.session).revoke_all(caller.user_id)
        await Files(self._work.session).delete_all(caller.account_id)
        await Pipelines(self._work.session).delete_all(caller.account_id)
        await Texts(self._work.session).forget_all(caller.account_id)
        await Runs(self._work.session).cancel_all(caller.account_id)
        await Automations(self._work.session).delete_all(caller.account_id)
        await Batches(self._work.session).cancel_all(caller.account_id)
        open_jobs = await Jobs(self._work.session).cancel_all(caller.account_id, CANCELED_AT_ONCE)
        self._work.after_commit(partial(self._cancel, open_jobs))
        paid = await Subscriptions(self._work.session).current(caller.account_id)
        if paid is not None:  # its workflow sees that nobody is there to be charged any more
            self._work.after_commit(partial(follow, self._parts, of_subscription(paid.id)))
        await self._users.delete(caller.user_id)
        await self._audit.record(caller.user_id, "user.delete", caller.user_id)

    async def _replace_password(self, user_id: str, password_hash: str, action: str, keep_session: str | None) -> None:
        user = await self._users.get(user_id)
        await self._users.set_password(user_id, password_hash)
        await self._sessions.end_all(user_id, but=keep_session)
        await self._tokens.cancel(user_id, RESET_PASSWORD)
        await self._mail(user, "password_changed", None)
        await self._audit.record(user_id, action, user_id)

    async def _open_session(self, user: User) -> NewSession:
        token = new_session_token()
        opened = await self._sessions.open(
            user.id,
            token,
            self._parts.settings.session_lifetime,
            self._request.headers.get("user-agent"),
            address(self._request),
        )
        return NewSession(user, token, opened.expires_at)

    async def _mail(self, user: User, template: str, token: str | None) -> None:
        values = {"name": user.name, "path": MAIL_PATHS[template], "token": token}
        mail_id = await Mails(self._work.session).open(user.email, template, user.language, values, self._request_id)
        self._work.after_commit(partial(self._start_mail, mail_id))

    async def _cancel(self, jobs: list[Job]) -> None:
        for job in jobs:  # the first that fails ends it: the sweep has the others
            await cancel_workflow(self._parts, job)

    async def _start_mail(self, mail_id: str) -> None:
        if self._parts.temporal.lost_lately:
            raise Unavailable(part="Temporal")
        client = await self._parts.temporal.client()
        await self._parts.temporal.promptly(start_mail(client, mail_id, self._request_id))

    async def _consume(self, token: str, purpose: str) -> str:
        user_id = await self._tokens.consume(token, purpose)
        if user_id is None:
            raise InvalidInput(errors=[{"path": "token", "message": STALE[self._language]}])
        return user_id


AccountsDesk = Annotated[Accounts, Depends(Accounts)]
