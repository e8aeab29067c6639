"""What is bought by itself is asked for, shown and ended over HTTP, and only with a card to charge."""

from collections.abc import AsyncIterator

import pytest

from api.main import create_app
from models.repositories.billing import Billing
from models.session import Database
from models.settings import Settings
from tests.api.conftest import Person, SignUp
from tests.payments import Payments, serving
from workers.embedded.payments.cards import GOOD
from workers.embedded.payments.objects import customer

PATH = "/api/users/me/credits/top-up"
WISH = {"pack_id": "pack_1000", "currency": "CNY", "below": 100, "most_a_month": 5000}

WRONG: list[tuple[dict[str, object], int]] = [
    ({"pack_id": "pack_of_gold"}, 404),
    ({"currency": "GBP"}, 404),
    ({"most_a_month": 1899}, 422),
    ({"below": 0}, 422),
    ({"often": True}, 422),
]


@pytest.fixture
async def payments() -> AsyncIterator[Payments]:
    async with serving() as running:
        yield running


@pytest.fixture
async def buyer(sign_up: SignUp, settings: Settings, payments: Payments) -> AsyncIterator[Person]:
    """Somebody on a platform that takes payments."""
    app = create_app(payments.settings(settings).model_copy(update={"registrations_per_hour": 100_000}))
    async with app.router.lifespan_context(app):
        yield await sign_up(app)


async def leave_card(buyer: Person, database: Database, payments: Payments) -> None:
    with payments.stand_in.store.transaction():
        made = payments.stand_in.desk.store.put(customer({"email": buyer.email}, 0))
    payments.use_card(made["id"], GOOD)
    async with database.transaction() as session:
        await Billing(session).keep_customer(buyer.user["account_id"], made["id"])


async def test_it_is_asked_for_shown_changed_and_ended(buyer: Person, database: Database, payments: Payments) -> None:
    assert (await buyer.http.get(PATH)).status_code == 404
    await leave_card(buyer, database, payments)
    made = await buyer.http.put(PATH, json=WISH)
    assert made.json() == {**WISH, "spent": 0, "stopped_at": None}
    assert (await buyer.http.put(PATH, json={**WISH, "below": 7})).status_code == 200
    assert (await buyer.http.get(PATH)).json()["below"] == 7
    for _ in range(2):
        assert (await buyer.http.delete(PATH)).status_code == 204
    assert (await buyer.http.get(PATH)).status_code == 404


async def test_without_a_card_there_is_nothing_to_charge(buyer: Person) -> None:
    refused = await buyer.http.put(PATH, json=WISH)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_saved_card")


async def test_what_cannot_be_bought_is_refused(buyer: Person, database: Database, payments: Payments) -> None:
    await leave_card(buyer, database, payments)
    for change, status in WRONG:
        assert (await buyer.http.put(PATH, json=WISH | change)).status_code == status, change
    assert (await buyer.http.get(PATH)).status_code == 404
