"""What is sold: plans that renew, cards that are paid once, packs of credits. Data: ``plans.toml`` in this folder."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..errors import NotFound
from ..money import Currency, decimals
from ..words import Words

T = TypeVar("T")

FREE = "free"
FILE = Path(__file__).parent / "plans.toml"

Interval = Literal["month", "year"]
Amounts = Mapping[Currency, Annotated[int, Field(gt=0)]]
"""Minor units by currency."""


class Offer(BaseModel):
    """Something with a title in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: Words


class Plan(Offer):
    """``weight`` is its share among accounts that wait and multiplies rate limits; ``storage_factor`` multiplies
    ACCOUNT_QUOTA. Credits of a month may be spent for ``rollover_months`` more."""

    name: str
    weight: Annotated[float, Field(ge=1)]
    credits_per_month: Annotated[int, Field(ge=0)]
    rollover_months: Annotated[int, Field(ge=0, le=12)] = 0
    trial_days: Annotated[int, Field(ge=0, le=90)] = 0
    storage_factor: Annotated[float, Field(ge=1)] = 1.0
    open_jobs: Annotated[int, Field(gt=0)]
    batch_rows: Annotated[int, Field(gt=0)]
    high_priority: bool = False
    features: tuple[str, ...] = ()
    prices: Mapping[Interval, Amounts] = {}


class Pack(Offer):
    """Credits that are paid once and may be spent for ``valid_days``, or for ever."""

    credits: Annotated[int, Field(gt=0)]
    valid_days: Annotated[int, Field(gt=0)] | None = None
    prices: Amounts


class Card(Offer):
    """A plan for ``days``, or for ever, that is paid once: no renewal, no debt."""

    plan: str
    days: Annotated[int, Field(gt=0)] | None = None
    credits_per_month: Annotated[int, Field(ge=0)]
    prices: Amounts


class Offers(BaseModel):
    """All that is sold, by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plans: Mapping[str, Plan]
    packs: Mapping[str, Pack]
    cards: Mapping[str, Card]

    @model_validator(mode="after")
    def _sound(self) -> "Offers":
        if FREE not in self.plans or self.plans[FREE].prices:
            raise ValueError("a plan named free, without a price, is wanted")
        for card in self.cards.values():
            if card.plan not in self.plans:
                raise ValueError(f"{card.id} names no plan of ours")
        amounts = [each.prices for each in self.packs.values()] + [each.prices for each in self.cards.values()]
        amounts += [each for plan in self.plans.values() for each in plan.prices.values()]
        for prices in amounts:
            for currency, amount in prices.items():
                if decimals(currency) == 3 and amount % 10:
                    raise ValueError(f"{currency} is charged in tens of its thousandths, not {amount}")
        return self


@cache
def offers() -> Offers:
    """What ``plans.toml`` holds; raises ``ValueError`` for what is not sound."""
    return read(FILE.read_text(encoding="utf-8"))


def read(toml: str) -> Offers:
    """The offers of a file like ``plans.toml``; raises ``ValueError``."""
    raw: dict[str, Any] = tomllib.loads(toml)
    named = {kind: {key: {"id": key, **each} for key, each in group.items()} for kind, group in raw.items()}
    return Offers.model_validate(named)


def plan(plan_id: str) -> Plan:
    """Raises ``NotFound``."""
    return _found(offers().plans, plan_id, "plan")


def pack(pack_id: str) -> Pack:
    """Raises ``NotFound``."""
    return _found(offers().packs, pack_id, "pack")


def card(card_id: str) -> Card:
    """Raises ``NotFound``."""
    return _found(offers().cards, card_id, "card")


def _found(known: Mapping[str, T], key: str, what: str) -> T:
    if key not in known:
        raise NotFound(what=what)
    return known[key]
