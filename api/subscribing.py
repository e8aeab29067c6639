"""Carries the wishes of a subscriber to the workflow of the subscription, and waits for what comes of them."""

import hashlib
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from models.errors import DomainError, InvalidInput, NotFound, Unavailable, wrong
from models.ids import new_id
from models.payloads.billing import Change, Changed
from models.plans import FREE, Interval, plan
from models.repositories.subscriptions import Subscriptions
from models.tables import Subscription
from workflows import entities

from .deps import InPerson, Platform
from .schemas.billing import SubscriptionChange, SubscriptionView, subscription_view

ONE_OF = wrong("body", "应且仅应有一项修改", "exactly one change is wanted")
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


@dataclass(frozen=True)
class Steering:
    """One request of a subscriber. A repeat under the same ``Idempotency-Key`` changes nothing more."""

    parts: Platform
    caller: InPerson
    key: Key = None

    async def change(self, subscription_id: str, body: SubscriptionChange) -> SubscriptionView:
        """Raises ``NotFound`` for a plan that is not sold so, ``Conflict``, ``PaymentDeclined``, ``Unavailable``."""
        row = await self._own(subscription_id)
        if len(body.model_dump(exclude_none=True)) != 1:
            raise InvalidInput(errors=[ONE_OF])
        if body.plan_id == FREE:
            return await self._do(row, Change(**self._about(row), cancel_at_period_end=True))
        if body.plan_id is not None and row.currency not in plan(body.plan_id).prices.get(_interval(row), {}):
            raise NotFound(what="price")
        wish = Change(
            **self._about(row),
            plan=body.plan_id,
            cancel_at_period_end=body.cancel_at_period_end,
            paused=body.paused,
        )
        return await self._do(row, wish)

    async def cancel(self, subscription_id: str) -> SubscriptionView:
        """End it now; raises as ``change`` does."""
        row = await self._own(subscription_id)
        return await self._do(row, Change(**self._about(row), cancel_now=True))

    async def _do(self, row: Subscription, wish: Change) -> SubscriptionView:
        done = await self._carried_out(wish)
        async with self.parts.database.transaction() as session:
            now = await Subscriptions(session).get(self.caller.account_id, row.id)
        return subscription_view(now, done.url)

    async def _carried_out(self, wish: Change) -> Changed:
        client = await self.parts.temporal.client()
        try:
            return await entities.change(client, wish)
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            raise Unavailable(part="Temporal", retry_after=2.0) from error
        except WorkflowUpdateFailedError as failure:
            cause = failure.cause
            if isinstance(cause, ApplicationError) and cause.type in DomainError.registry and cause.details:
                raise DomainError.from_wire(cause.details[0]) from failure
            raise Unavailable(part="Stripe") from failure

    async def _own(self, subscription_id: str) -> Subscription:
        async with self.parts.database.transaction() as session:
            return await Subscriptions(session).get(self.caller.account_id, subscription_id)

    def _about(self, row: Subscription) -> dict[str, str]:
        known = new_id("request") if self.key is None else hashlib.sha256(self.key.encode()).hexdigest()[:32]
        return {"subscription_id": row.id, "command_id": f"{row.id}-{known}"}


Steer = Annotated[Steering, Depends(Steering)]


def _interval(row: Subscription) -> Interval:
    return cast(Interval, row.interval)
