"""New objects of payments: invoices and their lines, intents, charges, cards that are left, refunds, events."""

from .objects import TAX_OFF, Object, new_id


def invoice(customer: Object, currency: str, reason: str, now: int) -> Object:
    return {
        "id": new_id("in"), "object": "invoice", "account_country": "US", "account_name": "Stand-in",
        "account_tax_ids": None, "amount_due": 0, "amount_overpaid": 0, "amount_paid": 0, "amount_remaining": 0,
        "amount_shipping": 0, "application": None, "attempt_count": 0, "attempted": False, "auto_advance": False,
        "automatic_tax": {**TAX_OFF, "provider": None, "status": None}, "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": "charge_automatically", "created": now, "currency": currency, "custom_fields": None,
        "customer": customer["id"], "customer_address": None, "customer_email": customer["email"],
        "customer_name": customer["name"], "customer_phone": None, "customer_shipping": None,
        "customer_tax_exempt": "none", "customer_tax_ids": [], "default_payment_method": None, "default_source": None,
        "default_tax_rates": [], "description": None, "discounts": [], "due_date": None, "effective_at": None,
        "ending_balance": None, "footer": None, "from_invoice": None, "hosted_invoice_url": None,
        "invoice_pdf": None, "issuer": {"type": "self"}, "last_finalization_error": None, "latest_revision": None,
        "lines": {"object": "list", "data": [], "has_more": False, "url": ""}, "livemode": False, "metadata": {},
        "next_payment_attempt": None, "number": None, "on_behalf_of": None, "parent": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": now, "period_start": now, "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0, "receipt_number": None, "rendering": None, "shipping_cost": None,
        "shipping_details": None, "starting_balance": 0, "statement_descriptor": None, "status": "draft",
        "status_transitions": {"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None,
                               "voided_at": None},
        "subtotal": 0, "subtotal_excluding_tax": 0, "test_clock": None, "total": 0, "total_discount_amounts": [],
        "total_excluding_tax": 0, "total_pretax_credit_amounts": [], "total_taxes": [], "webhooks_delivered_at": now,
    }  # fmt: skip


def line(invoice_id: str, amount: int, currency: str, description: str, start: int, end: int) -> Object:
    return {
        "id": new_id("il"), "object": "line_item", "amount": amount, "currency": currency, "description": description,
        "discount_amounts": [], "discountable": True, "discounts": [], "invoice": invoice_id, "livemode": False,
        "metadata": {}, "parent": None, "period": {"start": start, "end": end}, "pretax_credit_amounts": [],
        "pricing": None, "quantity": 1, "quantity_decimal": "1", "subscription": None, "subtotal": amount, "taxes": [],
    }  # fmt: skip


def renewal(
    invoice_id: str, subscription: Object, amount: int, start: int, end: int, proration: bool = False
) -> Object:
    """A line of a subscription: its period, or with ``proration`` a difference within one."""
    item = subscription["items"]["data"][0]
    details = {
        "invoice_item": None, "proration": proration, "proration_details": {"credited_items": None},
        "subscription": subscription["id"], "subscription_item": item["id"],
    }  # fmt: skip
    made = line(invoice_id, amount, subscription["currency"], item["price"]["id"], start, end)
    made |= {"subscription": subscription["id"], "metadata": subscription["metadata"]}
    made["parent"] = {
        "type": "subscription_item_details", "invoice_item_details": None, "subscription_item_details": details
    }  # fmt: skip
    return made


def invoice_payment(invoice: Object, paid: Object, now: int) -> Object:
    return {
        "id": new_id("inpay"), "object": "invoice_payment", "amount_paid": paid["amount"],
        "amount_requested": paid["amount"], "created": now, "currency": invoice["currency"], "invoice": invoice["id"],
        "is_default": True, "livemode": False, "payment": {"type": "payment_intent", "payment_intent": paid["id"]},
        "status": "paid", "status_transitions": {"canceled_at": None, "paid_at": now},
    }  # fmt: skip


def intent(amount: int, currency: str, customer: str | None, methods: list[str], metadata: Object, now: int) -> Object:
    return {
        "id": new_id("pi"), "object": "payment_intent", "amount": amount, "amount_capturable": 0,
        "amount_details": None, "amount_received": 0, "application": None, "application_fee_amount": None,
        "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": "automatic", "client_secret": None, "confirmation_method": "automatic", "created": now,
        "currency": currency, "customer": customer, "description": None, "excluded_payment_method_types": None,
        "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": metadata,
        "next_action": None, "on_behalf_of": None, "payment_method": None,
        "payment_method_configuration_details": None, "payment_method_options": {}, "payment_method_types": methods,
        "payment_record": None, "processing": None, "receipt_email": None, "review": None, "setup_future_usage": None,
        "shipping": None, "source": None, "statement_descriptor": None, "statement_descriptor_suffix": None,
        "status": "requires_payment_method", "transfer_data": None, "transfer_group": None,
    }  # fmt: skip


def charge(paid: Object, now: int) -> Object:
    amount = paid["amount"]
    return {
        "id": new_id("ch"), "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0,
        "application": None, "application_fee": None, "application_fee_amount": None, "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": None, "captured": True, "created": now, "currency": paid["currency"],
        "customer": paid["customer"], "description": None, "disputed": False, "failure_balance_transaction": None,
        "failure_code": None, "failure_message": None, "fraud_details": {}, "livemode": False,
        "metadata": paid["metadata"], "on_behalf_of": None, "outcome": None, "paid": True,
        "payment_intent": paid["id"], "payment_method": None, "payment_method_details": None, "receipt_email": None,
        "receipt_number": None, "receipt_url": None, "refunded": False, "review": None, "shipping": None,
        "source": None, "source_transfer": None, "statement_descriptor": None, "statement_descriptor_suffix": None,
        "status": "succeeded", "transfer_data": None, "transfer_group": None, "transfer": None,
    }  # fmt: skip


def failed_charge(paid: Object, code: str, reason: str, words: str, now: int) -> Object:
    """A charge that a bank has declined."""
    outcome = {
        "advice_code": None, "network_advice_code": None, "network_decline_code": None,
        "network_status": "declined_by_network", "reason": reason, "risk_level": "normal", "risk_score": None,
        "seller_message": "The bank did not return any further details with this decline.", "type": "issuer_declined",
    }  # fmt: skip
    return {
        **charge(paid, now), "amount_captured": 0, "captured": False, "paid": False, "status": "failed",
        "failure_code": code, "failure_message": words, "outcome": outcome,
    }  # fmt: skip


EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def dispute(charged: Object, reason: str, now: int) -> Object:
    return {
        "id": new_id("dp"), "object": "dispute", "amount": charged["amount"], "balance_transactions": [],
        "charge": charged["id"], "created": now, "currency": charged["currency"], "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + 9 * 86_400, "enhanced_eligibility": {}, "has_evidence": False, "past_due": False,
            "submission_count": 0, "submission_method": "not_submitted",
        },
        "is_charge_refundable": False, "livemode": False, "metadata": {}, "network_reason_code": "10.4",
        "payment_intent": charged["payment_intent"],
        "payment_method_details": {"card": {"brand": "visa", "case_type": "chargeback", "network": "visa",
                                            "network_reason_code": "10.4"}, "type": "card"},
        "reason": reason, "status": "needs_response",
    }  # fmt: skip


def card(method: str, customer: str, now: int, brand: str, last4: str) -> Object:
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "id": method, "object": "payment_method", "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": brand, "checks": checks, "country": "US", "display_brand": brand, "exp_month": 12,
            "exp_year": 2099, "fingerprint": None, "funding": "credit", "generated_from": None, "last4": last4,
            "networks": None, "regulated_status": None, "three_d_secure_usage": None, "wallet": None,
        },
        "created": now, "customer": customer, "livemode": False, "metadata": {}, "type": "card",
    }  # fmt: skip


def refund(charged: Object, amount: int, reason: str | None, now: int) -> Object:
    return {
        "id": new_id("re"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charged["id"], "created": now, "currency": charged["currency"], "customer": charged["customer"],
        "failure_balance_transaction": None, "metadata": {}, "payment_intent": charged["payment_intent"],
        "payment_method": None, "pending_reason": None, "reason": reason, "receipt_number": None,
        "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip


def event(kind: str, about: Object, version: str, now: int) -> Object:
    return {
        "id": new_id("evt"), "object": "event", "api_version": version, "created": now, "data": {"object": about},
        "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": kind,
    }  # fmt: skip
