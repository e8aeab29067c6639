"""The door to Stripe, by the real SDK, against the stand-in that speaks its wire format."""

from datetime import UTC, datetime

import pytest

from activities.billing.gateway import Gateway
from models.errors import NotFound, PaymentDeclined, PaymentsOff, Unavailable
from models.money import Money
from models.settings import Settings
from tests.payments import Payments
from workers.embedded.payments.cards import BAD, GOOD
from workers.embedded.payments.forms import Refused

from .conftest import START

DAY = 86_400
PRO, ENTERPRISE = Money(amount=6800, currency="CNY"), Money(amount=39800, currency="CNY")


@pytest.fixture
def gateway(payments: Payments) -> Gateway:
    return Gateway(payments.settings(Settings()))


async def subscribed(gateway: Gateway, payments: Payments, trial: int = 0, method: str = GOOD) -> tuple[str, str]:
    """Customer and subscription of somebody who has paid for a month of Pro."""
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    price = await gateway.price("pro_month_cny", "Pro", PRO, "month")
    session = await gateway.subscribe("sub_1", customer, price, trial, "http://shop.invalid/plans?x=1")
    assert (session.status, session.paid) == ("open", False) and session.url is not None
    payments.pay(session.id, method)
    done = await gateway.session(session.id)
    assert (done.status, done.paid) == ("complete", True) and done.external_id is not None
    return customer, done.external_id


def moment(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


async def test_a_card_pays_each_month_on_its_day(gateway: Gateway, payments: Payments) -> None:
    customer, external = await subscribed(gateway, payments)
    ends = []
    for _ in range(3):
        standing = await gateway.standing(external)
        assert (standing.status, standing.lookup) == ("active", "pro_month_cny")
        ends.append(standing.period_end)
        payments.advance(int(standing.period_end.timestamp()))
    assert ends == [moment(2, 28), moment(3, 31), moment(4, 30)]
    invoices = await gateway.invoices(customer, external)
    assert [(each.status, each.amount, each.currency) for each in invoices] == [("paid", 6800, "CNY")] * 4
    assert len({each.number for each in invoices}) == 4 and all(each.paid_at == each.created_at for each in invoices)


async def test_the_same_call_again_makes_nothing_anew(gateway: Gateway, payments: Payments) -> None:
    customers = {await gateway.customer("acc_1", "lin@example.com", "Lin", "zh") for _ in range(2)}
    prices = {await gateway.price("pro_month_cny", "Pro", PRO, "month") for _ in range(2)}
    assert len(customers) == len(prices) == 1
    other = await gateway.price("pro_month_cny", "Pro", Money(amount=7000, currency="CNY"), "month")
    assert other not in prices
    customer = customers.pop()
    bills = {
        (await gateway.bill("sub_1", "2026-02", customer, "Pro", PRO, "alipay", 7)).id for _ in range(2)
    }  # fmt: skip
    assert len(bills) == 1 and len(await gateway.invoices(customer)) == 1


async def test_a_trial_costs_nothing_until_it_ends(gateway: Gateway, payments: Payments) -> None:
    customer, external = await subscribed(gateway, payments, trial=7)
    standing = await gateway.standing(external)
    assert (standing.status, standing.period_end) == ("trialing", moment(2, 7))
    payments.advance(START + 7 * DAY)
    standing = await gateway.standing(external)
    assert (standing.status, standing.period_end) == ("active", moment(3, 7))
    assert [each.amount for each in await gateway.invoices(customer)] == [6800, 0]


async def test_an_upgrade_is_charged_for_what_is_left_and_a_downgrade_nothing(
    gateway: Gateway, payments: Payments
) -> None:
    customer, external = await subscribed(gateway, payments)
    payments.advance(START + 14 * DAY)  # half of the 28 days
    dear = await gateway.price("enterprise_month_cny", "Enterprise", ENTERPRISE, "month")
    for _ in range(2):
        await gateway.change_price(external, dear, True, "command-1")
    standing = await gateway.standing(external)
    assert (standing.lookup, standing.period_end) == ("enterprise_month_cny", moment(2, 28))
    assert [each.amount for each in await gateway.invoices(customer)] == [(39800 - 6800) // 2, 6800]
    cheap = await gateway.price("pro_month_cny", "Pro", PRO, "month")
    await gateway.change_price(external, cheap, False, "command-2")
    assert len(await gateway.invoices(customer)) == 2
    payments.advance(int(moment(2, 28).timestamp()))
    assert (await gateway.invoices(customer))[0].amount == 6800


async def test_a_card_that_stops_paying_is_tried_again_and_mended(gateway: Gateway, payments: Payments) -> None:
    customer, external = await subscribed(gateway, payments)
    payments.use_card(customer, BAD)
    payments.advance(int(moment(2, 28).timestamp()))
    assert (await gateway.standing(external)).status == "past_due"
    dear = await gateway.price("enterprise_month_cny", "Enterprise", ENTERPRISE, "month")
    with pytest.raises(PaymentDeclined):
        await gateway.change_price(external, dear, True, "command-1")
    payments.use_card(customer, GOOD)
    payments.advance(int(moment(2, 28).timestamp()) + 3 * DAY)
    standing = await gateway.standing(external)
    assert (standing.status, standing.period_end, standing.lookup) == ("active", moment(3, 31), "pro_month_cny")


async def test_it_ends_at_its_end_or_at_once(gateway: Gateway, payments: Payments) -> None:
    _, external = await subscribed(gateway, payments)
    await gateway.cancel(external, False, "command-1")
    assert (await gateway.standing(external)).cancel_at_period_end
    await gateway.cancel(external, False, "command-2", wanted=False)
    assert not (await gateway.standing(external)).cancel_at_period_end
    await gateway.pause(external, True, "command-3")
    payments.advance(int(moment(2, 28).timestamp()))
    standing = await gateway.standing(external)
    assert standing.paused and standing.status == "active" and standing.period_end == moment(3, 31)
    await gateway.pause(external, False, "command-4")
    for command in ("command-5", "command-6"):
        await gateway.cancel(external, True, command)
    assert (await gateway.standing(external)).status == "canceled"


@pytest.mark.parametrize("method", ["alipay", "wechat_pay"])
async def test_what_cannot_renew_is_billed_by_link(gateway: Gateway, payments: Payments, method: str) -> None:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    session = await gateway.charge("sub_1", customer, "Pro", PRO, method, "http://shop.invalid/")  # type: ignore[arg-type]
    payments.pay(session.id)
    assert (await gateway.session(session.id)).paid
    bill = await gateway.bill("sub_1", "2026-02", customer, "Pro", PRO, method, 7)  # type: ignore[arg-type]
    assert (bill.status, bill.amount, bill.period) == ("open", 6800, "2026-02") and bill.url is not None
    payments.pay_invoice(bill.id)
    assert (await gateway.invoices(customer))[0].status == "paid"
    other = await gateway.bill("sub_1", "2026-03", customer, "Pro", PRO, method, 7)  # type: ignore[arg-type]
    await gateway.void_invoice(other.id)
    assert (await gateway.invoices(customer))[0].status == "void"


async def test_a_refund_and_a_dispute_are_seen_on_the_checkout(gateway: Gateway, payments: Payments) -> None:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    ids = []
    for at in range(3):
        session = await gateway.charge(f"pay_{at}", customer, "1,000 credits", PRO, "card", "http://shop.invalid/")
        payments.pay(session.id)
        paid = await gateway.session(session.id)
        assert paid.paid and not (paid.refunded or paid.disputed) and paid.payment_id is not None
        ids.append((session.id, paid.payment_id))

    async def seen(at: int) -> tuple[bool, bool]:
        found = await gateway.session(ids[at][0])
        return found.refunded, found.disputed

    payments.refund(ids[0][1], 100)
    assert await seen(0) == (False, False), "a part of it"
    payments.refund(ids[0][1])
    assert await seen(0) == (True, False)
    for at, won in ((1, True), (2, False)):
        dispute = payments.dispute(ids[at][1])
        assert await seen(at) == (False, True)
        payments.decide(dispute, won)
        assert await seen(at) == (False, not won)


async def test_nobody_pays_and_the_checkout_is_over(gateway: Gateway, payments: Payments) -> None:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    session = await gateway.charge("pay_1", customer, "1,000 credits", PRO, "card", "http://shop.invalid/")
    with pytest.raises(Refused):
        payments.pay(session.id, BAD)
    payments.advance(START + DAY)
    assert (await gateway.session(session.id)).status == "expired"


async def test_what_goes_wrong_has_our_names(gateway: Gateway, payments: Payments) -> None:
    with pytest.raises(NotFound):
        await gateway.session("cs_test_unknown")
    with pytest.raises(PaymentsOff):
        await Gateway(Settings()).session("cs_test_unknown")
    stranger = payments.settings(Settings()).model_copy(update={"stripe_api_base": "http://127.0.0.1:9"})
    with pytest.raises(Unavailable):
        await Gateway(stranger).session("cs_test_unknown")
