"""New objects in the shapes that Stripe publishes: every field that its SDK says is always there."""

import secrets
from collections.abc import Sequence
from typing import Any

from .forms import truth

Object = dict[str, Any]

TAX_OFF = {"disabled_reason": None, "enabled": False, "liability": None}


def new_id(prefix: str) -> str:
    """As Stripe's: a prefix and letters that tell nothing."""
    return f"{prefix}_{secrets.token_hex(12)}"


def customer(given: Object, now: int, address: Object | None = None) -> Object:
    return {
        "id": new_id("cus"), "object": "customer", "created": now, "livemode": False, "address": address,
        "balance": 0, "currency": None, "default_source": None, "delinquent": False, "description": None,
        "discount": None, "email": given.get("email"), "invoice_prefix": secrets.token_hex(4).upper(),
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None
        },
        "metadata": given.get("metadata") or {}, "name": given.get("name"), "next_invoice_sequence": 1, "phone": None,
        "preferred_locales": given.get("preferred_locales") or [], "shipping": None, "tax_exempt": "none",
        "test_clock": None,
    }  # fmt: skip


def product(name: str, now: int) -> Object:
    return {
        "id": new_id("prod"), "object": "product", "active": True, "created": now, "default_price": None,
        "description": None, "images": [], "livemode": False, "marketing_features": [], "metadata": {}, "name": name,
        "package_dimensions": None, "shippable": None, "statement_descriptor": None, "tax_code": None,
        "type": "service", "unit_label": None, "updated": now, "url": None,
    }  # fmt: skip


def price(given: Object, product_id: str, amount: int, interval: str | None, now: int) -> Object:
    recurring = {"interval": interval, "interval_count": 1, "meter": None, "trial_period_days": None,
                 "usage_type": "licensed"}  # fmt: skip
    return {
        "id": new_id("price"), "object": "price", "active": True, "billing_scheme": "per_unit", "created": now,
        "currency": given["currency"], "custom_unit_amount": None, "livemode": False,
        "lookup_key": given.get("lookup_key"), "metadata": {}, "nickname": None, "product": product_id,
        "recurring": recurring if interval else None,
        "tax_behavior": given.get("tax_behavior", "unspecified"), "tiers_mode": None,
        "transform_quantity": None, "type": "recurring" if interval else "one_time", "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }  # fmt: skip


def buyer(known: Object, address: Object | None, tax_ids: Sequence[Object] = ()) -> Object:
    """Who pays at a checkout."""
    return {
        "address": address, "business_name": None, "email": known["email"], "individual_name": None,
        "name": known["name"], "phone": None, "tax_exempt": "none",
        "tax_ids": [{"type": each["type"], "value": each["value"]} for each in tax_ids],
    }  # fmt: skip


def session(given: Object, currency: str, url: str, now: int) -> Object:
    """Without its sums."""
    made = new_id("cs_test")
    codes, taxed, asked = (
        truth((given.get(name) or {}).get("enabled", "") if nested else given.get(name, ""))
        for name, nested in (("allow_promotion_codes", False), ("automatic_tax", True), ("tax_id_collection", True))
    )
    return {
        "id": made, "object": "checkout.session", "adaptive_pricing": None, "after_expiration": None,
        "allow_promotion_codes": codes or None, "amount_subtotal": 0, "amount_total": 0,
        "automatic_tax": {"enabled": taxed, "liability": {"type": "self"} if taxed else None,
                          "provider": "stripe" if taxed else None, "status": None},
        "billing_address_collection": None, "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"), "client_secret": None, "collected_information": None,
        "consent": None, "consent_collection": None, "created": now, "currency": currency,
        "currency_conversion": None, "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None,
                        "terms_of_service_acceptance": None},
        "customer": given.get("customer"), "customer_creation": None, "customer_details": None,
        "customer_email": None, "discounts": [], "expires_at": now + 86_400, "invoice": None,
        "invoice_creation": None, "livemode": False, "locale": None, "metadata": given.get("metadata") or {},
        "mode": given["mode"], "origin_context": None, "payment_intent": None, "payment_link": None,
        "payment_method_collection": "always", "payment_method_configuration_details": None,
        "payment_method_options": given.get("payment_method_options") or {},
        "payment_method_types": given["payment_method_types"], "payment_status": "unpaid",
        "permissions": None, "phone_number_collection": {"enabled": False}, "recovered_from": None,
        "redirect_on_completion": "always", "saved_payment_method_options": None, "setup_intent": None,
        "shipping_address_collection": None, "shipping_cost": None, "shipping_options": [], "status": "open",
        "submit_type": None, "subscription": None, "success_url": given.get("success_url"),
        "tax_id_collection": {"enabled": asked, "required": "never"},
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted_page",
        "url": f"{url}/checkout/{made}", "wallet_options": None,
    }  # fmt: skip


def subscription(given: Object, priced: Object, start: int, end: int, trial_end: int | None, now: int) -> Object:
    made = new_id("sub")
    return {
        "id": made, "object": "subscription", "application": None, "application_fee_percent": None,
        "automatic_tax": dict(TAX_OFF), "billing_cycle_anchor": trial_end or start,
        "billing_cycle_anchor_config": None, "billing_mode": {"type": "classic", "flexible": None},
        "billing_schedules": [], "billing_thresholds": None, "cancel_at": None, "cancel_at_period_end": False,
        "canceled_at": None, "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically", "created": now, "currency": priced["currency"],
        "customer": given["customer"], "days_until_due": None, "default_payment_method": None,
        "default_source": None, "default_tax_rates": [], "description": None, "discounts": [], "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {"object": "list", "data": [item(made, priced, start, end, now)], "has_more": False,
                  "url": f"/v1/subscription_items?subscription={made}"},
        "latest_invoice": None, "livemode": False, "metadata": given.get("metadata") or {},
        "next_pending_invoice_item_invoice": None, "on_behalf_of": None, "pause_collection": None,
        "payment_settings": {"payment_method_options": None, "payment_method_types": None,
                             "save_default_payment_method": "off"},
        "pending_invoice_item_interval": None, "pending_setup_intent": None, "pending_update": None,
        "schedule": None, "start_date": start, "status": "trialing" if trial_end else "incomplete",
        "test_clock": None, "transfer_data": None, "trial_end": trial_end, "trial_start": start if trial_end else None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
    }  # fmt: skip


def item(subscription_id: str, priced: Object, start: int, end: int, now: int) -> Object:
    return {
        "id": new_id("si"), "object": "subscription_item", "billing_thresholds": None, "created": now,
        "current_period_end": end, "current_period_start": start, "discounts": [], "metadata": {},
        "plan": {
            "id": priced["id"], "object": "plan", "active": True, "amount": priced["unit_amount"],
            "amount_decimal": str(priced["unit_amount"]), "billing_scheme": "per_unit", "created": now,
            "currency": priced["currency"], "interval": priced["recurring"]["interval"], "interval_count": 1,
            "livemode": False, "metadata": {}, "meter": None, "nickname": None, "product": priced["product"],
            "tiers_mode": None, "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
        },
        "price": priced, "quantity": 1, "subscription": subscription_id, "tax_rates": [],
    }  # fmt: skip
