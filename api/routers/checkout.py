"""Where something is paid: plans, packs of credits, cards."""

from fastapi.responses import JSONResponse

from models.payloads.billing import METHODS
from models.repositories.purchases import Purchases

from ..deps import AccountReader, Platform
from ..paying import Till
from ..routing import Router
from ..schemas.billing import CheckoutView, MethodList, MethodView, NewCheckout, PurchaseView, purchase_view

router = Router(prefix="/api/checkout", tag="billing")


@router.post("/create-session", status_code=201, response_model=CheckoutView)
async def create_session(body: NewCheckout, till: Till) -> JSONResponse:
    """A page on which the caller pays for a plan, a pack or a card. 409 where a subscription is open already."""
    return await till.check_out(body)


@router.get("/methods")
async def list_methods(caller: AccountReader) -> MethodList:
    """How one may pay, and in which currencies."""
    return MethodList(
        data=[MethodView(id=each, currencies=sorted(known), renews=each == "card") for each, known in METHODS.items()]
    )


@router.get("/purchases/{purchase_id}")
async def get_purchase(purchase_id: str, caller: AccountReader, platform: Platform) -> PurchaseView:
    """What was, or is to be, paid once."""
    async with platform.database.transaction() as session:
        return purchase_view(await Purchases(session).get(caller.account_id, purchase_id))
