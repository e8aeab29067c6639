"""Payments as the API shows and takes them."""

from datetime import datetime
from typing import Literal, cast

from models.money import Currency
from models.payloads.billing import Method, PurchaseStatus, SubscriptionStatus
from models.plans import Interval
from models.tables import Invoice, Purchase, Subscription

from .base import Body, View


class NewSubscription(Body):
    """``currency``: CNY or USD by the caller's language if it is not said."""

    plan_id: str
    interval: Interval = "month"
    payment_method: Method = "card"
    currency: Currency | None = None


class NewCheckout(Body):
    """Exactly one of ``plan_id``, ``pack_id`` and ``card_id``; ``interval`` is of plans. ``save_card``: the card that
    pays a pack or card is left for top-ups."""

    plan_id: str | None = None
    interval: Interval = "month"
    pack_id: str | None = None
    card_id: str | None = None
    payment_method: Method = "card"
    currency: Currency | None = None
    save_card: bool = False


class SubscriptionChange(Body):
    """What is to be other. A better plan at once, its difference charged; another from the next period."""

    plan_id: str | None = None
    cancel_at_period_end: bool | None = None
    paused: bool | None = None


class CheckoutView(View):
    """``url``: the provider's page on which it is paid. ``id`` is of the subscription or purchase."""

    id: str
    kind: Literal["plan", "pack", "card"]
    url: str | None


class SubscriptionView(View):
    """``pending_plan_id`` begins with the next period. ``service_until``: how long the plan goes on if nothing more
    is paid. ``pay_url``: where something waits to be paid."""

    id: str
    plan_id: str
    pending_plan_id: str | None
    interval: Interval
    currency: str
    payment_method: Method
    status: SubscriptionStatus
    period_start: datetime | None
    period_end: datetime | None
    trial_end: datetime | None
    cancel_at_period_end: bool
    service_until: datetime | None
    pay_url: str | None
    created_at: datetime
    ended_at: datetime | None


class CurrentSubscription(View):
    """The plan that counts, from whatever source, and the subscription that is open or ended last."""

    plan_id: str
    plan_until: datetime | None
    subscription: SubscriptionView | None


class PurchaseView(View):
    """Something that is paid once; ``amount`` in the currency's minor unit."""

    id: str
    kind: Literal["pack", "card"]
    item: str
    amount: int
    currency: str
    status: PurchaseStatus
    pay_url: str | None
    created_at: datetime


class InvoiceView(View):
    """``amount`` in the currency's minor unit; ``url`` is its page, where an open one is paid."""

    id: str
    subscription_id: str | None
    number: str | None
    status: str
    amount: int
    currency: str
    period_start: datetime | None
    period_end: datetime | None
    due_at: datetime | None
    paid_at: datetime | None
    url: str | None
    created_at: datetime


class InvoicePage(View):
    data: list[InvoiceView]
    next_cursor: str | None = None


class MethodView(View):
    """``renews``: charged by itself each period; else an invoice is sent before."""

    id: Method
    currencies: list[str]
    renews: bool


class MethodList(View):
    data: list[MethodView]


class PortalView(View):
    url: str


class Received(View):
    received: bool


def subscription_view(row: Subscription, url: str | None = None) -> SubscriptionView:
    """Render a row; ``url`` goes before its own."""
    return SubscriptionView(
        id=row.id,
        plan_id=row.plan,
        pending_plan_id=row.pending_plan,
        interval=cast(Interval, row.interval),
        currency=row.currency,
        payment_method=cast(Method, row.method),
        status=cast(SubscriptionStatus, row.status),
        period_start=row.period_start,
        period_end=row.period_end,
        trial_end=row.trial_end,
        cancel_at_period_end=row.cancel_at_period_end,
        service_until=row.grace_until,
        pay_url=url or (row.url if row.status == "incomplete" else None),
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def purchase_view(row: Purchase) -> PurchaseView:
    """Render a row."""
    return PurchaseView(
        id=row.id,
        kind=cast(Literal["pack", "card"], row.kind),
        item=row.item,
        amount=row.amount,
        currency=row.currency,
        status=cast(PurchaseStatus, row.status),
        pay_url=row.url if row.status == "open" else None,
        created_at=row.created_at,
    )


def invoice_view(row: Invoice) -> InvoiceView:
    """Render a row."""
    return InvoiceView.model_validate(row)
