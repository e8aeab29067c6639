"""Discounts and taxes of the stand-in, to the last cent: pure, and through checkouts, renewals and upgrades."""

from fractions import Fraction
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.payments import Payments, ask, flat
from workers.embedded.payments.amounts import Tax, discounted, for_part, reckon, rounded
from workers.embedded.payments.forms import Refused

DAY = 86_400
OFF: dict[str, Any] = {"percent_off": None, "amount_off": None}


@pytest.mark.parametrize(
    ("currency", "amount", "expected"),
    [("cny", "0.5", 1), ("cny", "0.49", 0), ("cny", "-0.5", -1), ("jpy", "149.5", 150), ("kwd", "1234", 1230),
     ("kwd", "1235", 1240), ("kwd", "-1235", -1240), ("kwd", "4.999", 0)],
)  # fmt: skip
def test_sums_are_rounded_to_what_can_be_charged(currency: str, amount: str, expected: int) -> None:
    assert rounded(Fraction(amount), currency) == expected


@pytest.mark.parametrize(
    ("currency", "amount", "percent", "rate", "inclusive", "expected"),
    [  # discount, tax, total
        ("usd", 1999, 12.5, "8.875", False, (250, 155, 1904)),
        ("eur", 1999, 12.5, "19", True, (250, 279, 1749)),
        ("jpy", 1480, 33.3, "10", True, (493, 90, 987)),
        ("jpy", 1480, 33.3, "10", False, (493, 99, 1086)),
        ("kwd", 2990, 15, "5", False, (450, 130, 2670)),
        ("kwd", 2990, 15, "5", True, (450, 120, 2540)),
        ("cny", 6800, 100, "6", True, (6800, 0, 0)),
    ],
)
def test_discount_and_tax_in_currencies_of_0_2_and_3_decimals(
    currency: str, amount: int, percent: float, rate: str, inclusive: bool, expected: tuple[int, int, int]
) -> None:
    coupon = {**OFF, "percent_off": percent}
    made = reckon(amount, currency, [("c", coupon)], Tax(Fraction(rate) / 100, inclusive, "txr"))
    assert (made.discount, made.tax, made.total) == expected


@given(st.integers(0, 10**9), st.integers(1, 100), st.sampled_from(["usd", "jpy", "kwd"]), st.booleans())
def test_nothing_is_ever_below_zero_and_all_adds_up(amount: int, percent: int, currency: str, inclusive: bool) -> None:
    amount = amount // 10 * 10
    coupons = [("a", {**OFF, "percent_off": float(percent)}), ("b", {**OFF, "amount_off": 500})]
    made = reckon(amount, currency, coupons, Tax(Fraction(19, 100), inclusive, "txr"))
    assert 0 <= made.discount <= amount and made.tax >= 0 and made.taxable >= 0
    assert made.total == made.taxable + made.tax == amount - made.discount + (0 if inclusive else made.tax)


@given(st.integers(0, 10**9), st.integers(1, 366 * DAY), st.data())
def test_the_parts_of_a_period_are_the_whole_within_one_unit(amount: int, whole: int, data: st.DataObject) -> None:
    part = data.draw(st.integers(0, whole))
    both = for_part(amount, "cny", part, whole) + for_part(amount, "cny", whole - part, whole)
    assert both - amount in (0, 1) and for_part(amount, "cny", whole, whole) == amount


def test_large_sums_are_not_counted_with_floats() -> None:
    assert for_part(10**17 + 1, "cny", 1, 1) == 10**17 + 1
    assert discounted({**OFF, "percent_off": 0.1}, 10**17 + 500, "cny") == 10**14 + 1


async def buyer(http: httpx.AsyncClient, **more: Any) -> str:
    return str((await ask(http, "/v1/customers", email="lin@example.com", **more))["id"])


async def begun(
    http: httpx.AsyncClient, payments: Payments, customer: str, currency: str = "usd", amount: int = 2000, **more: Any
) -> str:
    """The id of a monthly subscription that was bought at a checkout."""
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Pro"},
             "recurring": {"interval": "month"}}  # fmt: skip
    session = await ask(http, "/v1/checkout/sessions", mode="subscription", customer=customer,
                        line_items=[{"price_data": price}], success_url="http://a.invalid", **more)  # fmt: skip
    payments.pay(session["id"])
    return str((await http.get(f"/v1/checkout/sessions/{session['id']}")).json()["subscription"])


async def invoices(http: httpx.AsyncClient, subscription: str) -> list[dict[str, Any]]:
    """Those of a subscription, the oldest first."""
    found = await http.get("/v1/invoices", params={"subscription": subscription, "limit": 100})
    return list(reversed(found.json()["data"]))


@pytest.mark.parametrize(
    ("coupon", "expected"),
    [
        ({"percent_off": 25, "duration": "once"}, [1500, 2000, 2000, 2000]),
        ({"percent_off": 25, "duration": "repeating", "duration_in_months": 3}, [1500, 1500, 1500, 2000]),
        ({"percent_off": 12.5, "duration": "forever"}, [1750, 1750, 1750, 1750]),
        ({"amount_off": 300, "currency": "usd", "duration": "once"}, [1700, 2000, 2000, 2000]),
        ({"amount_off": 2500, "currency": "usd", "duration": "forever"}, [0, 0, 0, 0]),
    ],
)
async def test_a_coupon_counts_for_as_long_as_it_says(
    payments: Payments, http: httpx.AsyncClient, coupon: dict[str, Any], expected: list[int]
) -> None:
    made = (await ask(http, "/v1/coupons", **coupon))["id"]
    one = await begun(http, payments, await buyer(http), discounts=[{"coupon": made}])
    payments.advance(payments.now + 100 * DAY)
    found = await invoices(http, one)
    assert [each["total"] for each in found] == [each["amount_paid"] for each in found] == expected
    for each in found:
        (line,) = each["lines"]["data"]
        assert sum(part["amount"] for part in each["total_discount_amounts"]) == 2000 - each["total"]
        assert line["discount_amounts"] == each["total_discount_amounts"] and line["amount"] == each["subtotal"] == 2000
    assert (await http.get(f"/v1/coupons/{made}")).json()["times_redeemed"] == 1


async def test_a_promotion_code_is_typed_at_the_checkout(payments: Payments, http: httpx.AsyncClient) -> None:
    coupon = (await ask(http, "/v1/coupons", percent_off=50, max_redemptions=2))["id"]
    code = await ask(http, "/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon}, code="SPRING",
                     max_redemptions=1, expires_at=payments.now + DAY)  # fmt: skip
    customer = await buyer(http)
    price = {"currency": "cny", "unit_amount": 1999, "product_data": {"name": "1,000 credits"}}
    sale = {"mode": "payment", "customer": customer, "line_items": [{"price_data": price}],
            "success_url": "http://a.invalid"}  # fmt: skip
    closed = await ask(http, "/v1/checkout/sessions", **sale)
    page = await http.post(f"/checkout/{closed['id']}/details", data={"code": "SPRING"})
    assert page.status_code == 400, "this checkout takes none"
    first, second = [await ask(http, "/v1/checkout/sessions", allow_promotion_codes=True, **sale) for _ in range(2)]
    assert "promotion" in (await http.get(f"/checkout/{first['id']}")).text.lower()
    assert (await http.post(f"/checkout/{first['id']}/details", data={"code": "AUTUMN"})).status_code == 400
    assert (await http.post(f"/checkout/{first['id']}/details", data={"code": " spring"})).status_code == 303
    assert "¥9.99" in (await http.get(f"/checkout/{first['id']}")).text
    payments.pay(first["id"])
    done = (await http.get(f"/v1/checkout/sessions/{first['id']}", params={"expand[]": "payment_intent"})).json()
    assert (done["amount_subtotal"], done["amount_total"], done["payment_intent"]["amount"]) == (1999, 999, 999)
    assert done["total_details"] == {"amount_discount": 1000, "amount_shipping": 0, "amount_tax": 0}
    assert done["discounts"] == [{"coupon": coupon, "promotion_code": code["id"]}]
    assert not (await http.get(f"/v1/promotion_codes/{code['id']}")).json()["active"]
    assert (await http.post(f"/checkout/{second['id']}/details", data={"code": "SPRING"})).status_code == 400


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [({"minimum_amount": 1999, "minimum_amount_currency": "cny"}, True),
     ({"minimum_amount": 2000, "minimum_amount_currency": "cny"}, False), ({"first_time_transaction": True}, False)],
)  # fmt: skip
async def test_a_code_has_its_conditions(
    payments: Payments, http: httpx.AsyncClient, limits: dict[str, Any], allowed: bool
) -> None:
    coupon = (await ask(http, "/v1/coupons", amount_off=100, currency="cny"))["id"]
    promotion = {"promotion": {"type": "coupon", "coupon": coupon}, "code": "X", "restrictions": limits}
    await ask(http, "/v1/promotion_codes", **promotion)
    customer = await buyer(http)
    price = {"currency": "cny", "unit_amount": 1999, "product_data": {"name": "1,000 credits"}}
    sale = {"mode": "payment", "customer": customer, "line_items": [{"price_data": price}],
            "success_url": "http://a.invalid", "allow_promotion_codes": True}  # fmt: skip
    payments.pay((await ask(http, "/v1/checkout/sessions", **sale))["id"])
    again = await ask(http, "/v1/checkout/sessions", **sale)
    answer = await http.post(f"/checkout/{again['id']}/details", data={"code": "X"})
    assert answer.status_code == (303 if allowed else 400)


@pytest.mark.parametrize(
    ("form", "param"),
    [({"percent_off": 10, "amount_off": 3}, "percent_off"), ({"amount_off": 3}, "currency"),
     ({"percent_off": 101}, "percent_off"), ({"percent_off": 5, "duration": "weekly"}, "duration"),
     ({"percent_off": 5, "duration": "repeating"}, "duration_in_months"), ({"percent_of": 5}, "percent_of")],
)  # fmt: skip
async def test_a_coupon_that_makes_no_sense_is_refused(http: httpx.AsyncClient, form: Any, param: str) -> None:
    answer = await http.post("/v1/coupons", data=flat(form))
    assert answer.status_code == 400 and answer.json()["error"]["param"] == param


async def test_a_coupon_that_is_over_or_of_another_currency_is_refused(
    payments: Payments, http: httpx.AsyncClient
) -> None:
    over = (await ask(http, "/v1/coupons", percent_off=10, redeem_by=payments.now))["id"]
    other = (await ask(http, "/v1/coupons", amount_off=10, currency="eur"))["id"]
    customer = await buyer(http)
    for coupon in (over, other, "NONE"):
        with pytest.raises(AssertionError, match="coupon"):
            await begun(http, payments, customer, discounts=[{"coupon": coupon}])


@pytest.mark.parametrize(
    ("country", "currency", "amount", "tax", "total"),
    [
        ("US", "usd", 1999, 177, 2176),
        ("DE", "eur", 1999, 319, 1999),
        ("JP", "jpy", 1480, 135, 1480),
        ("CN", "cny", 6800, 385, 6800),
        ("CH", "kwd", 2990, 220, 2990),
        ("KW", "kwd", 2990, 0, 2990),
        ("BR", "usd", 1999, 0, 1999),
    ],
)
async def test_taxes_are_those_of_the_buyers_country(
    payments: Payments, http: httpx.AsyncClient, country: str, currency: str, amount: int, tax: int, total: int
) -> None:
    customer = await buyer(http, address={"country": country})
    one = await begun(http, payments, customer, currency, amount, automatic_tax={"enabled": True})
    payments.advance(payments.now + 40 * DAY)
    session = payments.stand_in.store.all("checkout.session")[0]
    assert (session["total_details"]["amount_tax"], session["amount_total"]) == (tax, total)
    for each in await invoices(http, one):
        (sum_of_taxes,) = each["total_taxes"]
        assert (sum_of_taxes["amount"], each["total"], each["amount_paid"]) == (tax, total, total)
        assert each["total_excluding_tax"] == total - tax and each["automatic_tax"]["status"] == "complete"
        rate = (await http.get(f"/v1/tax_rates/{sum_of_taxes['tax_rate_details']['tax_rate']}")).json()
        assert rate["country"] == country and rate["inclusive"] == (sum_of_taxes["tax_behavior"] == "inclusive")


@pytest.mark.parametrize(("behavior", "tax", "total"), [("inclusive", 319, 1999), ("exclusive", 380, 2379)])
async def test_a_price_may_say_whether_its_tax_is_in_it(
    payments: Payments, http: httpx.AsyncClient, behavior: str, tax: int, total: int
) -> None:
    price = {"currency": "eur", "unit_amount": 1999, "product_data": {"name": "P"}, "tax_behavior": behavior}
    customer = await buyer(http, address={"country": "DE"})
    made = await ask(http, "/v1/checkout/sessions", mode="payment", customer=customer, automatic_tax={"enabled": True},
                     line_items=[{"price_data": price}], success_url="http://a.invalid")  # fmt: skip
    assert (made["total_details"]["amount_tax"], made["amount_total"]) == (tax, total)


async def test_a_business_of_the_union_owes_the_tax_itself(payments: Payments, http: httpx.AsyncClient) -> None:
    customer = await buyer(http, address={"country": "DE"})
    await ask(http, f"/v1/customers/{customer}/tax_ids", type="eu_vat", value="DE123456789")
    one = await begun(http, payments, customer, "eur", 1999, automatic_tax={"enabled": True})
    (invoice,) = await invoices(http, one)
    assert invoice["total_taxes"][0]["taxability_reason"] == "reverse_charge" and invoice["total"] == 1999
    assert invoice["customer_tax_ids"] == [{"type": "eu_vat", "value": "DE123456789"}]


async def test_an_upgrade_is_billed_by_its_parts_less_the_discount(payments: Payments, http: httpx.AsyncClient) -> None:
    coupon = (await ask(http, "/v1/coupons", percent_off=10, duration="forever"))["id"]
    customer = await buyer(http, address={"country": "US"})
    more = {"discounts": [{"coupon": coupon}], "automatic_tax": {"enabled": True}}
    one = await begun(http, payments, customer, "usd", 1999, **more)
    payments.advance(payments.now + 9 * DAY + 1)
    price = await ask(http, "/v1/prices", currency="usd", unit_amount=9999, product_data={"name": "Enterprise"},
                      recurring={"interval": "month"})  # fmt: skip
    item = (await http.get(f"/v1/subscriptions/{one}")).json()["items"]["data"][0]["id"]
    await ask(http, f"/v1/subscriptions/{one}", items=[{"id": item, "price": price["id"]}],
              proration_behavior="always_invoice")  # fmt: skip
    unused, wanted = (await invoices(http, one))[-1]["lines"]["data"]
    left, whole = 19 * DAY - 1, 28 * DAY
    assert (unused["amount"], wanted["amount"]) == (-rounded(Fraction(1999 * left, whole), "usd"), 6785)
    assert (unused["amount"], unused["discount_amounts"][0]["amount"]) == (-1356, -136)
    assert wanted["discount_amounts"][0]["amount"] == 679
    assert all(each["parent"]["subscription_item_details"]["proration"] for each in (unused, wanted))
    invoice = (await invoices(http, one))[-1]
    taxes = [each["taxes"][0]["amount"] for each in (unused, wanted)]
    assert taxes == [-108, 542] and invoice["total_taxes"][0]["amount"] == sum(taxes)
    assert invoice["total"] == -1356 + 6785 + 136 - 679 + sum(taxes) == invoice["amount_paid"]


async def test_a_draft_for_somebody_whose_country_is_unknown_is_not_finalized(
    payments: Payments, http: httpx.AsyncClient
) -> None:
    customer = await buyer(http)
    draft = await ask(http, "/v1/invoices", customer=customer, currency="cny", automatic_tax={"enabled": True})
    assert draft["automatic_tax"]["status"] == "requires_location_inputs"
    await ask(http, "/v1/invoiceitems", customer=customer, invoice=draft["id"], amount=1900, currency="cny")
    answer = await http.post(f"/v1/invoices/{draft['id']}/finalize")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "customer_tax_location_invalid")


async def test_a_country_that_is_no_country_is_refused(payments: Payments, http: httpx.AsyncClient) -> None:
    assert (await http.post("/v1/customers", data={"address[country]": "Germany"})).status_code == 400
    with pytest.raises(Refused):
        payments.stand_in.till.detail("cs_none", country="DE")
