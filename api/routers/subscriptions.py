"""Subscriptions: begin, look, change, end."""

from fastapi.responses import JSONResponse

from models.repositories.subscriptions import Subscriptions
from models.tables import Account

from ..deps import AccountReader, Platform
from ..paying import Till
from ..routing import Router
from ..schemas.billing import (
    CheckoutView,
    CurrentSubscription,
    NewSubscription,
    SubscriptionChange,
    SubscriptionView,
    subscription_view,
)
from ..subscribing import Steer

router = Router(prefix="/api/subscriptions", tag="billing")


@router.post("", status_code=201, response_model=CheckoutView)
async def create_subscription(body: NewSubscription, till: Till) -> JSONResponse:
    """A subscription; it begins once it is paid on the page that is answered."""
    return await till.subscribe(body)


@router.get("/current")
async def get_current(caller: AccountReader, platform: Platform) -> CurrentSubscription:
    """The plan that counts now, and the account's subscription if it has, or had, one."""
    async with platform.database.transaction() as session:
        account = await session.get_one(Account, caller.account_id)
        row = await Subscriptions(session).latest(caller.account_id)
    shown = None if row is None else subscription_view(row)
    return CurrentSubscription(plan_id=account.plan, plan_until=account.plan_until, subscription=shown)


@router.get("/{subscription_id}")
async def get_subscription(subscription_id: str, caller: AccountReader, platform: Platform) -> SubscriptionView:
    """One of the account's subscriptions."""
    async with platform.database.transaction() as session:
        return subscription_view(await Subscriptions(session).get(caller.account_id, subscription_id))


@router.patch("/{subscription_id}")
async def change_subscription(subscription_id: str, body: SubscriptionChange, steer: Steer) -> SubscriptionView:
    """A better plan at once, its difference charged; another from the next period; an end with the period; a pause.

    Whoever pays by link gets ``pay_url`` for the difference, and the better plan once it is paid.
    """
    return await steer.change(subscription_id, body)


@router.delete("/{subscription_id}")
async def cancel_subscription(subscription_id: str, steer: Steer) -> SubscriptionView:
    """End it now. What is left of the period is not paid back; credits stay until they expire."""
    return await steer.cancel(subscription_id)
