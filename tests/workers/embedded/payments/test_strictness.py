"""What Stripe refuses the stand-in refuses, too; and what Stripe answers without being asked for everything."""

import httpx
import pytest

from tests.payments import Payments, ask, flat
from workers.embedded.payments.cards import BAD, DECLINED, GOOD

PRICE = {"currency": "cny", "unit_amount": 1900, "product_data": {"name": "<b>1000</b>"}}
SALE = {"mode": "payment", "line_items": [{"price_data": PRICE}], "success_url": "http://a.invalid/?paid=1"}


async def buyer(http: httpx.AsyncClient) -> str:
    return str((await ask(http, "/v1/customers", email="lin@example.com"))["id"])


async def refused(http: httpx.AsyncClient, path: str, **form: object) -> tuple[int, str | None, str | None]:
    answer = await http.post(path, data=flat(form))
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["param"]


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"allow_promotion_code": True}, "parameter_unknown", "allow_promotion_code"),
        ({"line_items": [{"price_data": PRICE, "amount": 3}]}, "parameter_unknown", "line_items[0][amount]"),
        ({"automatic_tax": {"on": True}}, "parameter_unknown", "automatic_tax[on]"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        ({"customer": ""}, "parameter_missing", "customer"),
        ({"success_url": "javascript:alert(1)"}, "url_invalid", "success_url"),
        ({"cancel_url": "shop/plans"}, "url_invalid", "cancel_url"),
        ({"line_items": [{"price_data": {"unit_amount": 3}}]}, "parameter_missing", "currency"),
        ({"automatic_tax": {"enabled": True}}, "customer_tax_location_invalid", None),
        ({"tax_id_collection": {"enabled": True}}, None, "tax_id_collection[enabled]"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "C"}]}, None, "allow_promotion_codes"),
        ({"payment_method_types": ["wechat_pay"]}, "parameter_missing", "payment_method_options[wechat_pay][client]"),
    ],
)
async def test_a_checkout_that_stripe_refuses_is_refused(
    http: httpx.AsyncClient, more: dict[str, object], code: str | None, param: str | None
) -> None:
    form = {**SALE, "customer": await buyer(http), **more}
    assert await refused(http, "/v1/checkout/sessions", **form) == (400, code, param)


async def test_without_methods_those_of_the_dashboard_are_offered(http: httpx.AsyncClient) -> None:
    made = await ask(http, "/v1/checkout/sessions", customer=await buyer(http), **SALE)
    assert made["payment_method_types"] == ["card"] and made["payment_method_configuration_details"]["id"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/payouts"), ("POST", "/v1/payouts"), ("PUT", "/v1/events")])
async def test_an_unknown_address_is_named_as_stripe_does(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == 404 and answer.json()["error"]["type"] == "invalid_request_error"
    assert f"{method}: {path}" in answer.json()["error"]["message"]


async def test_who_expands_gets_objects_for_ids(payments: Payments, http: httpx.AsyncClient) -> None:
    customer = await buyer(http)
    monthly = [{"price_data": {**PRICE, "recurring": {"interval": "month"}}}]
    sale = {**SALE, "mode": "subscription", "line_items": monthly, "customer": customer}
    session = await ask(http, "/v1/checkout/sessions", **sale)
    payments.pay(session["id"])
    one = f"/v1/subscriptions/{payments.stand_in.store.all('subscription')[0]['id']}"
    assert isinstance((await http.get(one)).json()["latest_invoice"], str)
    asked = {"expand[0]": "latest_invoice.payments", "expand[1]": "customer.tax"}
    found = (await http.get(one, params=asked)).json()
    (payment,) = found["latest_invoice"]["payments"]["data"]
    assert payment["payment"]["payment_intent"].startswith("pi_")
    assert found["customer"]["id"] == customer and found["customer"]["tax"]["automatic_tax"] == "unrecognized_location"
    for wrong in ("latest_receipt", "status", "a.b.c.d.e"):
        answer = await http.get(one, params={"expand[]": wrong})
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "expand"
    listed = (await http.get("/v1/payment_intents", params={"expand[]": "data.latest_charge"})).json()["data"]
    assert [each["latest_charge"]["object"] for each in listed] == ["charge"]


async def test_the_pages_say_what_they_are_and_pay(payments: Payments, http: httpx.AsyncClient) -> None:
    customer = await buyer(http)
    back = {"success_url": "http://a.invalid/?of={CHECKOUT_SESSION_ID}"}
    session = await ask(http, "/v1/checkout/sessions",
                        **{**SALE, **back, "customer": customer, "payment_method_types": ["alipay"]})  # fmt: skip
    page = (await http.get(f"/checkout/{session['id']}")).text
    assert "no money moves" in page and "¥19.00" in page and "<b>1000" not in page
    paid = await http.post(f"/checkout/{session['id']}/pay", data={"method": GOOD})
    assert (paid.status_code, paid.headers["location"]) == (303, f"http://a.invalid/?of={session['id']}")
    over = await http.post(f"/checkout/{session['id']}/pay", data={"method": GOOD})
    assert over.status_code == 400 and "over" in over.text
    invoice = await bill(http, customer)
    assert "no money moves" in (await http.get(f"/invoices/{invoice['id']}")).text
    assert (await http.get(f"/invoices/{invoice['id']}/pdf")).content.startswith(b"%PDF")
    shown = await ask(http, "/v1/billing_portal/sessions", customer=customer, return_url="http://a.invalid/?b=1&c=2")
    portal = (await http.get(shown["url"])).text
    assert "lin@example.com" in portal and invoice["number"] in portal and "http://a.invalid/?b=1&amp;c=2" in portal


async def test_nobody_is_sent_to_what_is_no_web_page(http: httpx.AsyncClient) -> None:
    customer = await buyer(http)
    bad = await refused(http, "/v1/billing_portal/sessions", customer=customer, return_url="javascript:alert(1)")
    assert bad == (400, "url_invalid", "return_url")
    assert "javascript:" not in (await http.get(f"/portal/{customer}", params={"back": "javascript:alert(1)"})).text
    changed = await http.post(f"/portal/{customer}/card", data={"method": GOOD, "back": "javascript:alert(1)"})
    assert changed.status_code == 303 and "javascript" not in changed.headers["location"]


async def bill(http: httpx.AsyncClient, customer: str) -> dict[str, str]:
    """An open invoice."""
    draft = await ask(http, "/v1/invoices", customer=customer, currency="cny")
    await ask(http, "/v1/invoiceitems", customer=customer, invoice=draft["id"], amount=1900, currency="cny")
    return await ask(http, f"/v1/invoices/{draft['id']}/finalize")


async def test_a_declined_invoice_keeps_the_attempt_and_tells_of_it(
    payments: Payments, http: httpx.AsyncClient
) -> None:
    invoice = await bill(http, await buyer(http))
    for _ in range(2):  # the repeat is answered alike, and is no other attempt
        answer = await http.post(f"/v1/invoices/{invoice['id']}/pay", data={"payment_method": BAD},
                                 headers={"Idempotency-Key": "k"})  # fmt: skip
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["code"]) == (402, "card_error", "card_declined")
    kept = payments.stand_in.store.get(invoice["id"])
    assert kept is not None and (kept["status"], kept["attempt_count"], kept["attempted"]) == ("open", 1, True)
    told = [each["type"] for each in payments.stand_in.store.all("event")]
    assert told.count("invoice.payment_failed") == told.count("payment_intent.payment_failed") == 1
    failed = payments.stand_in.store.all("payment_intent")[0]
    assert failed["id"] == error["payment_intent"]["id"] and failed["status"] == "requires_payment_method"
    assert (await ask(http, f"/v1/invoices/{invoice['id']}/pay", payment_method=GOOD))["status"] == "paid"


@pytest.mark.parametrize("method", sorted(DECLINED))
async def test_every_card_that_declines_says_why(payments: Payments, http: httpx.AsyncClient, method: str) -> None:
    customer, why = await buyer(http), DECLINED[method]
    invoice = await bill(http, customer)
    answer = await http.post(f"/v1/invoices/{invoice['id']}/pay", data={"payment_method": method})
    assert answer.status_code == 402
    assert (answer.json()["error"]["code"], answer.json()["error"]["decline_code"]) == (why.code, why.reason)
    left = await http.post(f"/v1/payment_methods/{method}/attach", data={"customer": customer})
    assert left.status_code == (200 if why.left else 402)
    if why.left:
        draw = {"amount": 1900, "currency": "cny", "customer": customer, "payment_method": method,
                "confirm": True, "off_session": True}  # fmt: skip
        answer = await http.post("/v1/payment_intents", data=flat(draw))
        assert answer.json()["error"]["decline_code"] == why.reason
        assert payments.stand_in.store.all("charge")[0]["status"] == "failed"


async def test_a_card_that_nobody_knows_is_refused(http: httpx.AsyncClient) -> None:
    customer = await buyer(http)
    gone = await refused(http, "/v1/payment_methods/pm_card_gold/attach", customer=customer)
    assert gone == (400, "resource_missing", "payment_method")
    invoice = await bill(http, customer)
    assert (await refused(http, f"/v1/invoices/{invoice['id']}/pay", payment_method="pm_x"))[0] == 400


async def test_a_dispute_is_an_object_and_is_decided(payments: Payments, http: httpx.AsyncClient) -> None:
    customer = await buyer(http)
    ids = []
    for _ in range(2):
        session = await ask(http, "/v1/checkout/sessions", customer=customer, **SALE)
        payments.pay(session["id"])
        intent = (await http.get(f"/v1/checkout/sessions/{session['id']}")).json()["payment_intent"]
        ids.append((intent, payments.dispute(intent)))
    (intent, won), (_, lost) = ids
    by_intent = (await http.get("/v1/disputes", params={"payment_intent": intent})).json()["data"]
    found = (await http.get(f"/v1/disputes/{won}")).json()
    assert (found["status"], found["amount"], found["payment_intent"]) == ("needs_response", 1900, intent)
    by_charge = (await http.get("/v1/disputes", params={"charge": found["charge"]})).json()["data"]
    assert [each["id"] for each in by_charge] == [each["id"] for each in by_intent] == [won]
    await ask(http, f"/v1/disputes/{won}", evidence={"uncategorized_text": "winning_evidence"})
    await ask(http, f"/v1/disputes/{lost}/close")
    assert [(await http.get(f"/v1/disputes/{each}")).json()["status"] for each in (won, lost)] == ["won", "lost"]
    assert (await http.get(f"/v1/charges/{found['charge']}")).json()["disputed"], "for ever"
    events = [each for each in payments.stand_in.store.all("event") if each["type"].startswith("charge.dispute.")]
    assert {each["data"]["object"]["id"] for each in events} == {won, lost}
    kinds = [each["type"] for each in events if each["data"]["object"]["id"] == won]
    assert {"charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_reinstated"} <= set(kinds)
    assert (await refused(http, f"/v1/disputes/{won}/close"))[0] == 400
