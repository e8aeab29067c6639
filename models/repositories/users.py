"""People who sign in: registered once per address, changed by themselves, deleted without a trace of the person."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ..entitlements import plan_now
from ..errors import Conflict, NotFound
from ..ids import new_id
from ..passwords import UNUSABLE
from ..payloads.accounts import Identity
from ..tables import Account, User
from .allowances import Allowances
from .credits import Credits
from .top_ups import TopUps

TAKEN = Conflict(reason="This e-mail address has an account. Sign in instead.", reason_zh="该邮箱已注册,请直接登录。")


class Users:
    """Verbs of users inside the caller's transaction. E-mail addresses compare without case."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def register(
        self, *, email: str, name: str, password_hash: str, language: str, welcome: int, role: str = "user"
    ) -> User:
        """A user with an account of ``welcome`` credits; raises ``Conflict`` if the address is taken."""
        if (await self.session.execute(select(User.id).where(User.email == email))).scalar() is not None:
            raise Conflict(**TAKEN.params)
        account_id = await Credits(self.session).open_account(name, welcome)
        await Allowances(self.session).begin_free(account_id)
        user = User(
            id=new_id("user"),
            account_id=account_id,
            email=email,
            name=name,
            password_hash=password_hash,
            language=language,
            role=role,
        )
        self.session.add(user)
        try:
            await self.session.flush()
        except IntegrityError as error:  # two registrations at the same moment
            raise Conflict(**TAKEN.params) from error
        await self.session.refresh(user)
        return user

    async def get(self, user_id: str) -> User:
        """A user who was not deleted; raises ``NotFound``."""
        user = await self.session.get(User, user_id)
        if user is None or user.deleted_at is not None:
            raise NotFound(what="user")
        return user

    async def identity(self, user_id: str) -> Identity | None:
        """The user as a caller without a session or key (a ticket's holder); None if disabled or deleted."""
        found = await self.session.execute(
            select(User, Account)
            .join(Account, Account.id == User.account_id)
            .where(User.id == user_id, User.disabled_at.is_(None), User.deleted_at.is_(None))
        )
        row = found.one_or_none()
        if row is None:
            return None
        return identity_of(*row)

    async def may_listen(self, user_id: str) -> bool:
        """Whether the user is still there: a stream outlives the request that proved who they are."""
        found = await self.session.execute(
            select(User.id).where(User.id == user_id, User.disabled_at.is_(None), User.deleted_at.is_(None))
        )
        return found.scalar() is not None

    async def by_email(self, email: str) -> User | None:
        """The user who may sign in with this address, if there is one."""
        found = await self.session.execute(
            select(User).where(User.email == email, User.deleted_at.is_(None), User.disabled_at.is_(None))
        )
        return found.scalar()

    async def change(self, user_id: str, changes: dict[str, Any]) -> User:
        """Set ``name`` or ``language``."""
        user = await self.get(user_id)
        for field, value in changes.items():
            setattr(user, field, value)
        await self.session.flush()
        return user

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Replace the password's hash."""
        await self.session.execute(update(User).where(User.id == user_id).values(password_hash=password_hash))

    async def verify_email(self, user_id: str) -> User:
        """The user has shown that the address is theirs; a repeat keeps the first time."""
        await self.session.execute(
            update(User)
            .where(User.id == user_id)
            .values(email_verified_at=func.coalesce(User.email_verified_at, func.now()))
        )
        user = await self.get(user_id)
        await self.session.refresh(user)
        return user

    async def set_role(self, email: str, role: str) -> User:
        """Make the user of this address a ``user``, ``operator`` or ``admin``; raises ``NotFound``."""
        user = await self.by_email(email)
        if user is None:
            raise NotFound(what="user")
        user.role = role
        await self.session.flush()
        return user

    async def delete(self, user_id: str) -> None:
        """Forget the person; the rows stay, since the ledger and the audit log name their ids."""
        user = await self.get(user_id)
        await self.session.execute(update(Account).where(Account.id == user.account_id).values(name=""))
        await Allowances(self.session).forget(user.account_id)
        await TopUps(self.session).forget(user.account_id)
        await self.session.execute(
            update(User)
            .where(User.id == user_id)
            .values(
                email=f"{user_id}@deleted.invalid",
                name="",
                password_hash=UNUSABLE,
                email_verified_at=None,
                deleted_at=func.now(),
            )
        )


def identity_of(user: User, account: Account, **proof: Any) -> Identity:
    """The user as a caller; ``proof`` is what the caller came with: a session, or a key and its scopes."""
    return Identity(
        user_id=user.id,
        account_id=user.account_id,
        role=user.role,
        language=user.language,
        email_verified=user.email_verified_at is not None,
        plan=plan_now(account.plan, account.plan_until, datetime.now(UTC)),
        **proof,
    )
