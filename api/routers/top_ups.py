"""Credits that are bought by themselves when few are left."""

from datetime import UTC, datetime

from activities.billing.saved_cards import SavedCards
from models.repositories.billing import Billing
from models.repositories.top_ups import TopUps

from ..deps import AccountReader, InPerson, Platform
from ..routing import Router
from ..schemas.top_ups import TopUpRequest, TopUpView, top_up_view

router = Router(prefix="/api/users/me/credits/top-up", tag="credits")


@router.get("")
async def get_top_up(caller: AccountReader, platform: Platform) -> TopUpView:
    """What the account asked for; 404 where nothing is bought by itself."""
    async with platform.database.transaction() as session:
        row = await TopUps(session).get(caller.account_id)
        return top_up_view(row, await TopUps(session).spent(row.account_id, row.currency, datetime.now(UTC)))


@router.put("")
async def ask_for_top_up(body: TopUpRequest, caller: InPerson, platform: Platform) -> TopUpView:
    """Buy a pack by a saved card, within a minute, whenever fewer credits are available; 409 without such a card."""
    async with platform.database.transaction() as session:
        customer = await Billing(session).customer_of(caller.account_id)
    await SavedCards(platform.gateway).must_have_one(customer)
    async with platform.database.transaction() as session:
        row = await TopUps(session).ask(caller.account_id, caller.user_id, **body.model_dump())
        return top_up_view(row, await TopUps(session).spent(row.account_id, row.currency, datetime.now(UTC)))


@router.delete("", status_code=204)
async def end_top_up(caller: InPerson, platform: Platform) -> None:
    """Buy nothing by itself any more."""
    async with platform.database.transaction() as session:
        await TopUps(session).forget(caller.account_id)
