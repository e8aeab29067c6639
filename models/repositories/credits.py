"""The verbs of money: grant, hold, post, void, expire. Lock order: the account, then a job, then grants.

Accounting follows the pending-transfer scheme of double-entry ledgers: a hold reserves, ``post`` charges up to the
hold and gives back the rest, ``void`` gives back all. Every id is the caller's, so that a repeat changes nothing.
"""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import InsufficientCredits, NotFound
from ..ids import new_id
from ..payloads.credits import Balance
from ..tables import Account, Entry, Grant, Hold, HoldGrant, Transfer
from .credit_statements import CARVE, CHARGED, END_HOLD, SET_ASIDE, SPEND, TAKE, TRANSFER
from .low_balance import LowBalance

REVENUE, GRANTS, BREAKAGE = "acc_revenue", "acc_grants", "acc_breakage"


class Credits:
    """The ledger inside the caller's transaction. Amounts are whole credits."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def open_account(self, name: str, welcome: int) -> str:
        """Create a customer account with ``welcome`` credits (0 for none) and return its id."""
        account_id = new_id("account")
        self.session.add(Account(id=account_id, kind="customer", name=name))
        await self.session.flush()
        if welcome:
            await self.grant(account_id, welcome, source="welcome", transfer_id=f"welcome:{account_id}")
        return account_id

    async def grant(
        self,
        account_id: str,
        amount: int,
        *,
        source: str,
        transfer_id: str,
        expires_at: datetime | None = None,
        giver: str = GRANTS,
        kind: str = "grant",
        details: dict[str, Any] | None = None,
    ) -> bool:
        """Give ``amount`` credits from the platform; False if ``transfer_id`` was given before (nothing changes)."""
        told = {"source": source, **(details or {})}
        if not await self._transfer(transfer_id, kind, giver, account_id, amount, told):
            return False
        found = await self.session.execute(
            update(Account)
            .where(Account.id == account_id, Account.kind != "platform")
            .values(balance=Account.balance + amount)
        )
        if found.rowcount != 1:  # type: ignore[attr-defined]
            raise NotFound(what="account")
        self.session.add(
            Grant(
                id=new_id("grant"),
                account_id=account_id,
                source=source,
                transfer_id=transfer_id,
                amount=amount,
                remaining=amount,
                expires_at=expires_at,
            )
        )
        await self.session.flush()
        await LowBalance(self.session).recovered(account_id)
        return True

    async def hold(self, account_id: str, hold_id: str, amount: int) -> None:
        """Set ``amount`` aside; raises ``InsufficientCredits``: end the transaction then."""
        hold = {"account": account_id, "hold": hold_id, "amount": amount}
        if (await self.session.execute(SET_ASIDE, hold)).scalar() is None:
            raise InsufficientCredits(needed=amount, available=await self.available(account_id))
        spent = int((await self.session.execute(SPEND, hold)).scalar_one())
        if spent < amount:  # part of the balance has expired and was not swept yet
            raise InsufficientCredits(needed=amount, available=spent)

    async def carve(self, account_id: str, parent: str, child: str, amount: int) -> None:
        """Open the hold ``child`` out of the open hold ``parent``; what that lacks is set aside anew.

        Raises ``InsufficientCredits``: end the transaction then. Ending ``child`` gives back to the account.
        """
        await self._lock(account_id)
        held = await self.session.get(Hold, parent, with_for_update=True, populate_existing=True)
        part = min(amount, held.amount) if held is not None and held.state == "open" else 0
        if held is None or part < amount:
            await self.hold(account_id, child, amount - part)
        else:
            self.session.add(Hold(id=child, account_id=account_id, amount=0))
            await self.session.flush()
        if held is not None and part:
            await self.session.execute(CARVE, {"parent": parent, "child": child, "amount": part})

    async def charge(self, account_id: str, hold_id: str, charges: dict[str, int], kind: str) -> int:
        """Charge parts of an open hold, each by a transfer of its own id; those that were made before are left out.

        Returns what was charged now; nothing of a hold that has ended. Raises ``InsufficientCredits`` where the hold
        has less: end the transaction then.
        """
        wanted = {transfer_id: amount for transfer_id, amount in charges.items() if amount}
        await self._lock(account_id)
        held = await self.session.get(Hold, hold_id, with_for_update=True, populate_existing=True)
        if held is None or held.state != "open" or not wanted:
            return 0
        values = {"ids": list(wanted), "amounts": list(wanted.values()), "kind": kind}
        sides = {"giver": account_id, "taker": REVENUE}
        charged = int((await self.session.execute(CHARGED, values | sides)).scalar_one())
        if charged > held.amount:
            raise InsufficientCredits(needed=charged, available=held.amount)
        if charged:
            await self.session.execute(TAKE, {"hold": hold_id, "amount": charged})
            await LowBalance(self.session).look(account_id)
            await self.session.refresh(held)
        return charged

    async def post(self, hold_id: str, used: int, kind: str = "job", details: dict[str, Any] | None = None) -> None:
        """End an open hold: charge ``used`` of it (at most all), release the rest. A second call does nothing."""
        ended = await self._end(hold_id, "posted", used)
        if ended is None:
            return
        account_id, amount = ended
        if used:
            await self._transfer(f"post:{hold_id}", kind, account_id, REVENUE, used, details or {})
            await LowBalance(self.session).look(account_id)
        if amount > used:
            await self._give_back(account_id, hold_id, amount - used)

    async def void(self, hold_id: str) -> None:
        """End an open hold by releasing all of it. A second call does nothing."""
        ended = await self._end(hold_id, "voided", 0)
        if ended is not None:
            await self._give_back(ended[0], hold_id, ended[1])

    async def take(
        self, account_id: str, amount: int, transfer_id: str, kind: str, details: dict[str, Any], taker: str = GRANTS
    ) -> None:
        """Move credits that the caller has taken out of a grant, or of an expired one, off the balance; below zero:
        those that the caller has put back."""
        await self.session.execute(
            update(Account).where(Account.id == account_id).values(balance=Account.balance - amount)
        )
        await self._transfer(transfer_id, kind, account_id, taker, amount, details)

    async def expire(self, limit: int = 500) -> int:
        """Turn what is left of grants past their time into breakage; returns how many grants ended."""
        due = await self.session.execute(
            select(Grant.id, Grant.account_id)
            .where(Grant.expires_at <= func.now(), Grant.remaining > 0)
            .order_by(Grant.account_id, Grant.id)
            .limit(limit)
        )
        ended = 0
        for grant_id, account_id in due.all():
            await self._lock(account_id)
            grant = await self.session.get(Grant, grant_id, with_for_update=True, populate_existing=True)
            if grant is not None and grant.remaining:
                await self._break(account_id, grant.remaining, f"breakage:{grant_id}:{grant.remaining}")
                grant.remaining = 0
                ended += 1
        await self.session.flush()
        return ended

    async def open_holds(self, account_id: str, most: int) -> int:
        """How many jobs, runs and batches of the account are open; counts up to ``most``."""
        some = select(Hold.id).where(Hold.account_id == account_id, Hold.state == "open").limit(most).subquery()
        return (await self.session.execute(select(func.count()).select_from(some))).scalar_one()

    async def available(self, account_id: str) -> int:
        """Credits that a new hold may take now."""
        found = await self.session.execute(select(Account.balance - Account.held).where(Account.id == account_id))
        return int(found.scalar() or 0)

    async def balance(self, account_id: str) -> Balance:
        """What the API shows; raises ``NotFound`` for an unknown account."""
        account = await self.session.get(Account, account_id)
        if account is None:
            raise NotFound(what="account")
        sums = await self.session.execute(
            select(
                func.coalesce(func.sum(Entry.amount).filter(Entry.amount > 0), 0),
                func.coalesce(func.sum(-Entry.amount).filter(Entry.amount < 0), 0),
            ).where(Entry.account_id == account_id)
        )
        earned, spent = sums.one()
        return Balance(
            balance=account.balance,
            held=account.held,
            available=account.balance - account.held,
            total_earned=int(earned),
            total_spent=int(spent),
        )

    async def transactions(self, account_id: str, limit: int, before: str | None) -> list[dict[str, Any]]:
        """Newest first; ``before`` is the ``cursor`` of the last row of the page before."""
        position = func.to_char(Transfer.created_at, "YYYYMMDDHH24MISSUS").concat(literal("~")).concat(Transfer.id)
        query = (
            select(Transfer, Entry.amount, position.label("cursor"))
            .join(Entry, Entry.transfer_id == Transfer.id)
            .where(Entry.account_id == account_id)
            .order_by(position.desc())
            .limit(limit)
        )
        if before:
            query = query.where(position < before)
        rows = await self.session.execute(query)
        return [
            {
                "id": transfer.id,
                "type": transfer.kind,
                "amount": amount,
                "reference": transfer.reference,
                "created_at": transfer.created_at,
                "cursor": cursor,
            }
            for transfer, amount, cursor in rows.all()
        ]

    async def _transfer(
        self, transfer_id: str, kind: str, giver: str, taker: str, amount: int, details: dict[str, Any]
    ) -> bool:
        reference = transfer_id.partition(":")[2]
        values = {"id": transfer_id, "kind": kind, "reference": reference, "details": json.dumps(details)}
        sides = {"giver": giver, "taker": taker, "amount": amount}
        made = await self.session.execute(TRANSFER, values | sides)
        return len(made.all()) == 2

    async def _end(self, hold_id: str, state: str, used: int) -> tuple[str, int] | None:
        """Account and amount of the hold that this call ended; None if it had ended, or never was."""
        ended = await self.session.execute(END_HOLD, {"hold": hold_id, "state": state, "used": used})
        row = ended.one_or_none()
        return None if row is None else (row.account_id, row.amount)

    async def _give_back(self, account_id: str, hold_id: str, amount: int) -> None:
        """Return ``amount`` to the grants it came from, the last to expire first; to an expired grant is breakage,
        and what was withdrawn meanwhile goes on."""
        parts = await self.session.execute(
            select(HoldGrant.amount, Grant, func.coalesce(Grant.expires_at <= func.now(), False))
            .join(Grant, Grant.id == HoldGrant.grant_id)
            .where(HoldGrant.hold_id == hold_id)
            .order_by(Grant.expires_at.desc().nulls_first(), Grant.priority.desc(), Grant.id.desc())
            .with_for_update(of=Grant)
            .execution_options(populate_existing=True)
        )
        for part, grant, expired in parts.all():
            back = min(amount, part)
            amount -= back
            if back and grant.withdrawn_at is not None:
                grant.withdrawn += back
                await self.take(account_id, back, f"back:{hold_id}:{grant.id}", "taken_back", {"reason": "held"})
            elif back and expired:
                await self._break(account_id, back, f"breakage:{hold_id}:{grant.id}")
            else:
                grant.remaining += back
        await self.session.flush()

    async def _break(self, account_id: str, amount: int, transfer_id: str) -> None:
        await self.take(account_id, amount, transfer_id, "expired", {}, BREAKAGE)

    async def _lock(self, account_id: str) -> None:
        await self.session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
