"""The model library: looks, voices and styles by id, how they do, and what people say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from activities.graph_prices import USUAL
from activities.library import Preset
from activities.tools.parsing import Configuration, charge
from models.payloads.library import Popularity
from models.repositories.model_use import ModelUse
from models.repositories.tools import Tools
from models.tables import ToolConfiguration

from ..deps import InPerson, Language, Platform
from ..paging import Limit, page
from ..routing import Router
from ..schemas.models import (
    Availability,
    ModelDetail,
    ModelPage,
    ModelView,
    RatingRequest,
    RatingView,
    model_view,
)

Sort = Literal["library", "use", "rating"]

router = Router(prefix="/api/models", tag="models")


@router.get("")
async def list_models(
    platform: Platform,
    language: Language,
    limit: Limit = 50,
    cursor: str = "",
    q: Annotated[str, Query(max_length=100, description="Words of the id or the name, in either language.")] = "",
    kind: str | None = None,
    category: str | None = None,
    task: str | None = None,
    provider: str | None = None,
    availability: Availability | None = None,
    sort: Annotated[
        Sort, Query(description="The library's order, use in 30 days (counted each minute), or rating.")
    ] = "library",
) -> ModelPage:
    """Models that this platform can run; needs no login."""
    uses = await platform.uses.get()
    async with platform.database.transaction() as session:
        known = await _known(session, uses)
    wanted = {"kind": kind, "category": category, "task": task, "provider": provider, "availability": availability}
    words = q.casefold().split()
    found = [
        each
        for each in platform.library.all()
        if _tells(each, words) and all(value in (None, _fact(each, name)) for name, value in wanted.items())
    ]
    if sort != "library":
        found.sort(key=lambda each: known.rank(each, sort), reverse=True)
    ids = [each.id for each in found]
    start = ids.index(cursor) + 1 if cursor in ids else 0
    shown, next_cursor = page(found[start : start + limit + 1], limit, lambda each: each.id)
    views = [_view(each, known, language) for each in shown]
    return ModelPage(data=views, next_cursor=next_cursor)


@router.get("/{model_id:path}")
async def get_model(model_id: str, platform: Platform, language: Language) -> ModelDetail:
    """One model, and how its latest jobs did; needs no login."""
    preset = platform.library.get(model_id)
    async with platform.database.transaction() as session:
        known = await _known(session, await ModelUse(session).uses(preset.id))
        measured = await ModelUse(session).measured(preset.id)
    return ModelDetail(**_view(preset, known, language).model_dump(), measured=measured)


@router.put("/{model_id:path}/rating")
async def rate_model(model_id: str, body: RatingRequest, caller: InPerson, platform: Platform) -> RatingView:
    """Give a model that has worked for you one to five stars, in place of those that you gave before."""
    preset = platform.library.get(model_id)
    async with platform.database.transaction() as session:
        rating = await ModelUse(session).rate(caller.user_id, preset.id, body.stars)
        return RatingView(model=rating.model, stars=rating.stars)


@router.delete("/{model_id:path}/rating", status_code=204)
async def unrate_model(model_id: str, caller: InPerson, platform: Platform) -> None:
    """Take the stars back; a second time changes nothing."""
    preset = platform.library.get(model_id)
    async with platform.database.transaction() as session:
        await ModelUse(session).unrate(caller.user_id, preset.id)


@dataclass(frozen=True)
class _Known:
    """What the database says of models and their tools."""

    tools: dict[str, ToolConfiguration]
    popularity: dict[str, Popularity]

    def of(self, preset: Preset) -> Popularity:
        return self.popularity.get(preset.id, Popularity())

    def rank(self, preset: Preset, sort: Sort) -> float:
        return self.of(preset).uses if sort == "use" else self.of(preset).rank


async def _known(session: AsyncSession, uses: Mapping[str, int]) -> _Known:
    return _Known(await Tools(session).configurations(), await ModelUse(session).popularity(uses))


def _tells(preset: Preset, words: list[str]) -> bool:
    title = preset.tool.title
    told = f"{preset.id} {title.zh} {title.en}".casefold()
    return all(word in told for word in words)


def _fact(preset: Preset, name: str) -> str:
    facts = {"kind": "preset", "category": preset.tool.category, "task": preset.tool.id, "provider": "workshop"}
    return {**facts, "availability": "ready"}[name]


def _view(preset: Preset, known: _Known, language: str) -> ModelView:
    return model_view(preset, _credits(preset, known.tools.get(preset.tool.id)), known.of(preset), language)


def _credits(preset: Preset, row: ToolConfiguration | None) -> int:
    """What a usual call costs at most."""
    tool = preset.tool
    needed = [port for port in tool.inputs if port.required or port.name == next(iter(tool.one_of), "")]
    measures = {port.name: [USUAL[port.kinds[0]]] for port in needed}
    params = tool.params.model_validate(dict(preset.parameters))
    offered = Configuration(price_factor=row.price_factor) if row else Configuration()
    return charge(tool, measures, params, offered).credits
