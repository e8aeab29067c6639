"""What passes between the workflows of payments and their activities; and what a provider says of a payment."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..plans import Interval
from .tool_runs import Payload

Method = Literal["card", "alipay", "wechat_pay"]
SubscriptionStatus = Literal["incomplete", "trialing", "active", "past_due", "paused", "canceled", "expired"]
ENDED_SUBSCRIPTION = ("canceled", "expired")
PurchaseStatus = Literal["open", "paid", "expired", "refunded", "disputed"]

METHODS: dict[Method, frozenset[str]] = {
    "card": frozenset({"CNY", "USD", "EUR", "JPY", "KWD"}),
    "alipay": frozenset({"CNY", "USD", "EUR", "JPY"}),
    "wechat_pay": frozenset({"CNY", "USD", "EUR", "JPY"}),
}
"""In which currencies each method pays (Stripe's documentation of payment methods)."""


class SubscriptionOrder(Payload):
    """All that ``SubscriptionWorkflow`` is told."""

    subscription_id: str
    most_events: int = 4_000


class SubscriptionLook(Payload):
    """A look at a subscription, at ``now`` of its workflow."""

    subscription_id: str
    now: datetime


class SubscriptionNext(Payload):
    """When to look again, unless something happens before; ``ended``: never."""

    ended: bool = False
    next_at: datetime | None = None


class Change(Payload):
    """What a subscriber asks for. ``command_id`` is the same when it is repeated."""

    subscription_id: str
    command_id: str
    plan: str | None = None
    cancel_at_period_end: bool | None = None
    paused: bool | None = None
    cancel_now: bool = False
    now: datetime | None = None


class Changed(Payload):
    """What came of it. ``url``: where the difference is to be paid, by those who pay by link."""

    url: str | None = None


class PurchaseOrder(Payload):
    """All that ``PurchaseWorkflow`` is told."""

    purchase_id: str


class ReconcileOrder(Payload):
    """A page of the open subscriptions: those after an id."""

    after: str = ""


class ReconcileEnd(Payload):
    """How many were other than we knew; and where the next page begins, if there is one."""

    mended: int = 0
    after: str | None = None


class CheckoutOrder(Payload):
    """Which subscription or purchase is to be paid, and where the buyer goes afterwards."""

    id: str
    return_url: str


class CheckoutLink(Payload):
    """Where the buyer pays."""

    url: str


class PortalOrder(Payload):
    """Whose own page at the provider is wanted."""

    account_id: str
    return_url: str


class Paid(BaseModel):
    """An invoice as the provider has it. ``amount`` in minor units; ``disputed``: see ``Session``."""

    model_config = ConfigDict(frozen=True)

    id: str
    number: str | None
    status: str
    amount: int
    currency: str
    url: str | None
    pdf_url: str | None
    created_at: datetime
    paid_at: datetime | None
    period: str | None = None
    """Which period of a subscription it pays for, where we raised it."""
    subscription: str | None = None
    """Our id of the subscription that it belongs to."""
    plan: str | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    next_attempt_at: datetime | None = None
    payment_id: str | None = None
    refunded: bool = False
    disputed: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether its money went back to whoever paid."""
        return self.refunded or self.disputed


class Standing(BaseModel):
    """A subscription as the provider has it. ``lookup``: the name of its price, ``PLAN_INTERVAL_CURRENCY``.

    ``keeps``: the better plan that was paid and goes on until ``keeps_until``, after which ``lookup``'s begins.
    """

    model_config = ConfigDict(frozen=True)

    external_id: str
    status: str
    lookup: str
    start: datetime
    period_start: datetime
    period_end: datetime
    cancel_at_period_end: bool
    paused: bool
    trial_end: datetime | None = None
    ended_at: datetime | None = None
    plan: str | None = None
    keeps: str | None = None
    keeps_until: datetime | None = None


class Session(BaseModel):
    """A checkout as the provider has it. ``amount``: what was paid in the end, in minor units, with taxes.
    ``disputed``: its money is gone for as long as it is disputed, and for good where that is lost."""

    model_config = ConfigDict(frozen=True)

    id: str
    url: str | None
    status: str
    paid: bool
    external_id: str | None = None
    payment_id: str | None = None
    amount: int | None = None
    refunded: bool = False
    disputed: bool = False


def lookup_key(plan: str, interval: Interval | str, currency: str) -> str:
    """The name of a price at the provider."""
    return f"{plan}_{interval}_{currency}".lower()
