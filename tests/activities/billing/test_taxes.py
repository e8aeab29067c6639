"""With taxes turned on, and with promotion codes, by the real SDK against the stand-in: to the last cent."""

import httpx
import pytest

from activities.billing.gateway import Gateway
from models.money import Money
from models.settings import Settings
from tests.payments import Payments, ask
from workers.embedded.payments.forms import Refused

from .conftest import START

PLANS = {"USD": 999, "JPY": 1480, "KWD": 2990}
SHOP = "http://shop.invalid/"


@pytest.fixture
def gateway(payments: Payments) -> Gateway:
    return Gateway(payments.settings(Settings()).model_copy(update={"stripe_tax": True}))


async def code(payments: Payments) -> None:
    """SPRING: a quarter less for two months."""
    headers = {"Authorization": f"Bearer {payments.key}"}
    async with httpx.AsyncClient(base_url=payments.url, headers=headers) as http:
        made = await ask(http, "/v1/coupons", percent_off=25, duration="repeating", duration_in_months=2)
        await ask(http, "/v1/promotion_codes", promotion={"type": "coupon", "coupon": made["id"]}, code="SPRING")


def type_in(payments: Payments, session_id: str, **typed: str) -> None:
    """What a buyer fills in at the checkout."""
    with payments.stand_in.store.transaction():
        payments.stand_in.till.detail(session_id, **typed)


@pytest.mark.parametrize(
    ("currency", "country", "first", "then"),
    [("USD", "US", 749 + 66, 999 + 89), ("JPY", "JP", 1110, 1480), ("KWD", "CH", 2240, 2990), ("USD", "KW", 749, 999)],
)
async def test_a_subscription_is_taxed_and_less_with_a_code(
    gateway: Gateway, payments: Payments, currency: str, country: str, first: int, then: int
) -> None:
    await code(payments)
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    money = Money(amount=PLANS[currency], currency=currency)
    price = await gateway.price(f"pro_month_{currency.lower()}", "Pro", money, "month")
    made = await gateway.subscribe("sub_1", customer, price, 0, SHOP, "pro")
    with pytest.raises(Refused, match="location"):
        payments.pay(made.id)
    type_in(payments, made.id, code="spring", country=country, kind="eu_vat", value="DE123456789")
    payments.pay(made.id)
    payments.advance(START + 70 * 86_400)
    done = await gateway.session(made.id)
    assert done.paid and done.amount == first
    found = await gateway.invoices(customer, done.external_id)
    assert [(each.amount, each.status) for each in reversed(found)] == [
        (first, "paid"),
        (first, "paid"),
        (then, "paid"),
    ]


async def test_a_pack_is_taxed_where_its_buyer_is(gateway: Gateway, payments: Payments) -> None:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    pack = Money(amount=1999, currency="USD")
    made = await gateway.charge("pay_1", customer, "1,000 credits", pack, "alipay", SHOP)
    type_in(payments, made.id, country="US")
    payments.pay(made.id)
    assert (await gateway.session(made.id)).amount == 1999 + 177
    assert payments.stand_in.store.all("charge")[0]["amount"] == 1999 + 177


async def test_who_pays_by_link_is_taxed_once_an_address_is_known(gateway: Gateway, payments: Payments) -> None:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    plan = Money(amount=999, currency="USD")
    before = await gateway.bill("sub_1", "0.0", customer, "Pro", plan, "alipay", 7)
    assert (before.status, before.amount) == ("open", 999)
    headers = {"Authorization": f"Bearer {payments.key}"}
    async with httpx.AsyncClient(base_url=payments.url, headers=headers) as http:
        await ask(http, f"/v1/customers/{customer}", address={"country": "US"})
    after = await gateway.bill("sub_1", "1.0", customer, "Pro", plan, "alipay", 7)
    assert (after.status, after.amount) == ("open", 999 + 89)


async def test_an_address_that_comes_while_a_bill_is_made_does_no_harm(gateway: Gateway, payments: Payments) -> None:
    """The worker died in between, and what it asked for under a key stays what it was."""
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    plan = Money(amount=999, currency="USD")
    first = await gateway.bill("sub_1", "0.0", customer, "Pro", plan, "alipay", 7)
    headers = {"Authorization": f"Bearer {payments.key}"}
    async with httpx.AsyncClient(base_url=payments.url, headers=headers) as http:
        await ask(http, f"/v1/customers/{customer}", address={"country": "US"})
    again = await gateway.bill("sub_1", "0.0", customer, "Pro", plan, "alipay", 7)
    assert (again.id, again.amount) == (first.id, 999)
