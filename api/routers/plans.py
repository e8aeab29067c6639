"""What is sold: plans, cards and packs of credits."""

from pydantic import BaseModel

from models.entitlements import entitlements
from models.plans import Amounts, Card, Interval, Pack, Plan, offers

from ..deps import Language, Platform
from ..platform import Parts
from ..routing import Router

router = Router(prefix="/api/plans", tag="plans")


class PriceView(BaseModel):
    """``amount`` in the currency's minor unit; ``interval`` None: paid once."""

    interval: Interval | None
    currency: str
    amount: int


class LimitsView(BaseModel):
    """``storage`` in bytes; ``executes_per_minute`` for each user and tool."""

    storage: int
    executes_per_minute: int
    open_jobs: int
    batch_rows: int


class PlanView(BaseModel):
    """``name`` is the same in every language, ``title`` in the caller's."""

    id: str
    name: str
    title: str
    prices: list[PriceView]
    credits_per_month: int
    rollover_months: int
    trial_days: int
    features: list[str]
    limits: LimitsView


class CardView(BaseModel):
    """A plan that is paid once, for ``days`` or for ever."""

    id: str
    title: str
    plan_id: str
    days: int | None
    credits_per_month: int
    prices: list[PriceView]


class PackView(BaseModel):
    """Credits that are paid once; ``valid_days`` None: they do not expire."""

    id: str
    title: str
    credits: int
    valid_days: int | None
    prices: list[PriceView]


class OffersView(BaseModel):
    data: list[PlanView]
    cards: list[CardView]
    packs: list[PackView]


@router.get("")
async def list_plans(platform: Platform, language: Language) -> OffersView:
    """Plans, cards and packs in the caller's language; needs no login."""
    known = offers()
    return OffersView(
        data=[_plan(each, platform, language) for each in known.plans.values()],
        cards=[_card(each, language) for each in known.cards.values()],
        packs=[_pack(each, language) for each in known.packs.values()],
    )


def _plan(plan: Plan, parts: Parts, language: str) -> PlanView:
    allowed = entitlements(plan.id, parts.settings)
    return PlanView(
        id=plan.id,
        name=plan.name,
        title=plan.title.of(language),
        prices=[price for interval, amounts in plan.prices.items() for price in _prices(amounts, interval)],
        credits_per_month=plan.credits_per_month,
        rollover_months=plan.rollover_months,
        trial_days=plan.trial_days,
        features=list(plan.features),
        limits=LimitsView(
            storage=allowed.storage,
            executes_per_minute=round(parts.settings.executes_per_minute * allowed.rate_factor),
            open_jobs=allowed.open_jobs,
            batch_rows=allowed.batch_rows,
        ),
    )


def _card(card: Card, language: str) -> CardView:
    return CardView(
        id=card.id,
        title=card.title.of(language),
        plan_id=card.plan,
        days=card.days,
        credits_per_month=card.credits_per_month,
        prices=_prices(card.prices),
    )


def _pack(pack: Pack, language: str) -> PackView:
    return PackView(
        id=pack.id,
        title=pack.title.of(language),
        credits=pack.credits,
        valid_days=pack.valid_days,
        prices=_prices(pack.prices),
    )


def _prices(amounts: Amounts, interval: Interval | None = None) -> list[PriceView]:
    return [PriceView(interval=interval, currency=currency, amount=amount) for currency, amount in amounts.items()]
