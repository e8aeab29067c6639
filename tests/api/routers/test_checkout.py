"""What is not sold is refused before the provider is asked for a page on which it is paid."""

from api.main import create_app
from models.ids import new_id
from models.repositories.allowances import Allowances
from models.session import Database
from models.settings import Settings
from tests.api.conftest import SignUp
from tests.payments import serving

PATH = "/api/checkout/create-session"


async def test_no_card_is_sold_beside_one_for_ever(sign_up: SignUp, settings: Settings, database: Database) -> None:
    async with serving() as payments:
        app = create_app(payments.settings(settings).model_copy(update={"registrations_per_hour": 100_000}))
        async with app.router.lifespan_context(app):
            buyer = await sign_up(app)
            async with database.transaction() as session:
                await Allowances(session).buy_card(buyer.user["account_id"], "card_lifetime", new_id("transfer"))
            refused = await buyer.http.post(PATH, json={"card_id": "card_30", "currency": "CNY"})
            assert refused.status_code == 409 and refused.json()["code"] == "card_for_ever", refused.text
            assert payments.stand_in.store.all("checkout.session") == []
            sold = await buyer.http.post(PATH, json={"pack_id": "pack_1000", "currency": "CNY", "save_card": True})
            assert sold.status_code == 201
            (bought,) = payments.stand_in.store.all("bought")
            assert bought["intent_data"]["setup_future_usage"] == "off_session"
