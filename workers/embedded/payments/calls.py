"""Which calls of Stripe's API the stand-in answers, and with which parameters: what is not here is refused."""

from collections.abc import Callable
from dataclasses import dataclass

from .objects import Object

Handler = Callable[..., Object]


@dataclass(frozen=True)
class Call:
    """A part of the path in braces is given to ``answer``. ``names``: see ``forms.known``."""

    method: str
    path: str
    answer: Handler
    names: frozenset[str]


def call(method: str, path: str, answer: Handler, *names: str) -> Call:
    """``expand`` is known to all of them."""
    return Call(method, path, answer, frozenset({*names, "expand"}))


PAGE = ("limit", "starting_after")
CUSTOMER = ("email", "name", "metadata.*", "preferred_locales", "address.city", "address.country", "address.line1",
            "address.line2", "address.postal_code", "address.state")  # fmt: skip
PRICE = ("currency", "unit_amount", "recurring.interval", "product", "product_data.name", "tax_behavior")
COUPON = ("id", "percent_off", "amount_off", "currency", "duration", "duration_in_months", "max_redemptions",
          "redeem_by", "name", "metadata.*")  # fmt: skip
CODE = ("promotion.type", "promotion.coupon", "code", "customer", "max_redemptions", "expires_at", "metadata.*",
        "restrictions.first_time_transaction", "restrictions.minimum_amount",
        "restrictions.minimum_amount_currency")  # fmt: skip
SESSION = (
    "mode", "customer", "client_reference_id", "line_items.price", "line_items.quantity",
    *(f"line_items.price_data.{each}" for each in PRICE), "payment_method_types",
    "payment_method_options.wechat_pay.client", "allow_promotion_codes", "discounts.coupon",
    "discounts.promotion_code", "automatic_tax.enabled", "tax_id_collection.enabled", "customer_update.address",
    "customer_update.name", "subscription_data.metadata.*", "subscription_data.trial_period_days",
    "payment_intent_data.metadata.*", "payment_intent_data.setup_future_usage", "success_url", "cancel_url",
    "metadata.*",
)  # fmt: skip
SUBSCRIPTION = ("items.id", "items.price", "proration_behavior", "payment_behavior", "cancel_at_period_end",
                "pause_collection.behavior", "metadata.*")  # fmt: skip
INVOICE = ("customer", "collection_method", "days_until_due", "currency", "auto_advance",
           "pending_invoice_items_behavior", "payment_settings.payment_method_types", "metadata.*",
           "automatic_tax.enabled", "discounts.coupon")  # fmt: skip
INTENT = ("amount", "currency", "customer", "payment_method", "payment_method_types", "off_session", "confirm",
          "description", "metadata.*")  # fmt: skip
