"""Charging a card that was left with the provider, by the real SDK, against the stand-in."""

import pytest
import stripe

from activities.billing.gateway import Gateway
from activities.billing.saved_cards import SavedCards
from models.errors import NoSavedCard, PaymentDeclined
from models.money import Money
from models.settings import Settings
from tests.payments import Payments
from workers.embedded.payments.cards import BAD, GOOD

PACK = Money(amount=1900, currency="CNY")


async def a_customer(gateway: Gateway, payments: Payments, method: str | None) -> str:
    customer = await gateway.customer("acc_1", "lin@example.com", "Lin", "zh")
    if method is not None:
        payments.use_card(customer, method)
    return customer


async def test_a_purchase_is_charged_once_and_read_ever_after(payments: Payments) -> None:
    gateway = Gateway(payments.settings(Settings()))
    cards, customer = SavedCards(gateway), await a_customer(gateway, payments, GOOD)
    await cards.must_have_one(customer)
    assert await cards.drawn(customer, "pay_1") is None
    made = [await cards.draw(customer, "pay_1", "1,000 credits", PACK) for _ in range(2)]
    assert made[0] == made[1] and (made[0].status, made[0].paid, made[0].refunded) == ("complete", True, False)
    assert await cards.drawn(customer, "pay_1") == made[0] and await cards.drawn(customer, "pay_2") is None
    intents = payments.stand_in.store.all("payment_intent")
    assert [(each["amount"], each["currency"], each["description"]) for each in intents] == [
        (1900, "cny", "1,000 credits")
    ]
    with payments.stand_in.store.transaction():
        payments.stand_in.desk.refund(str(made[0].payment_id), None, None)
    again = await cards.drawn(customer, "pay_1")
    assert again is not None and again.refunded


async def test_without_a_card_or_with_a_bad_one_nothing_is_charged(payments: Payments) -> None:
    gateway = Gateway(payments.settings(Settings()))
    cards, customer = SavedCards(gateway), await a_customer(gateway, payments, None)
    with pytest.raises(NoSavedCard):
        await cards.must_have_one(None)
    with pytest.raises(NoSavedCard):
        await cards.draw(customer, "pay_1", "1,000 credits", PACK)
    payments.use_card(customer, BAD)
    with pytest.raises(PaymentDeclined):
        await cards.draw(customer, "pay_2", "1,000 credits", PACK)
    assert [each["status"] for each in payments.stand_in.store.all("payment_intent")] == ["requires_payment_method"]
    tried = await cards.drawn(customer, "pay_2")
    assert tried is not None and (tried.status, tried.paid) == ("expired", False), "nobody will pay it any more"


async def test_a_card_has_the_fields_of_stripes(payments: Payments) -> None:
    gateway = Gateway(payments.settings(Settings()))
    customer = await a_customer(gateway, payments, GOOD)
    async with gateway.asking() as ask:
        found = (await ask.v1.customers.payment_methods.list_async(customer, {"type": "card"})).data[0].to_dict()
    kind = stripe.PaymentMethod
    for fields, made in ((kind.__annotations__, found), (kind.Card.__annotations__, found["card"])):
        hints = {name: str(hint) for name, hint in fields.items() if name != "OBJECT_NAME"}
        wanted = {name for name, hint in hints.items() if "Optional" not in hint and "None" not in hint}
        assert wanted <= made.keys() <= hints.keys()


@pytest.mark.parametrize("save_card", [True, False])
async def test_a_card_that_paid_once_is_left_for_top_ups_if_its_owner_asks(payments: Payments, save_card: bool) -> None:
    gateway = Gateway(payments.settings(Settings()))
    cards, customer = SavedCards(gateway), await a_customer(gateway, payments, None)
    made = await gateway.charge("pay_1", customer, "1,000 credits", PACK, "card", "http://shop.invalid/", save_card)
    payments.pay(made.id)
    if not save_card:
        with pytest.raises(NoSavedCard):
            await cards.must_have_one(customer)
        return
    await cards.must_have_one(customer)
    assert (await cards.draw(customer, "pay_2", "1,000 credits", PACK)).paid
