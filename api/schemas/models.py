"""Models of the library as the API shows them."""

from typing import Any, Literal

from pydantic import Field

from activities.library import Preset
from models.payloads.library import Measured, Popularity

from .base import Body, View

Availability = Literal["ready", "fetchable", "needs_gpu"]


class RatingOfModel(View):
    """``average``: 1 to 5 stars, null where nobody has rated it."""

    average: float | None
    count: int


class ModelView(View):
    """``task`` is the tool that takes it as ``model``; ``parameters`` are what it fixes there; ``uses`` counts jobs of
    all accounts that have succeeded in 30 days."""

    id: str
    name: str
    kind: Literal["preset"]
    category: str
    task: str
    provider: str
    version: str
    license: str
    availability: Availability
    credits_per_use: int
    engine: list[str]
    parameters: dict[str, Any]
    uses: int
    rating: RatingOfModel


class ModelDetail(ModelView):
    """A model with what was measured here."""

    measured: Measured


class RatingRequest(Body):
    stars: int = Field(ge=1, le=5)


class RatingView(View):
    """What one user said of a model."""

    model: str
    stars: int


class ModelPage(View):
    data: list[ModelView]
    next_cursor: str | None


def model_view(preset: Preset, credits: int, popularity: Popularity, language: str) -> ModelView:
    """Render a preset; ``credits``: of a usual call without a checkpoint."""
    tool = preset.tool
    return ModelView(
        id=preset.id,
        name=f"{tool.title.of(language)} · {' · '.join(preset.values)}",
        kind="preset",
        category=tool.category,
        task=tool.id,
        provider="workshop",
        version=tool.version,
        license="as the platform; see the tool's page for its engines",
        availability="ready",
        credits_per_use=credits,
        engine=list(tool.engines(tool.params.model_validate(dict(preset.parameters)))),
        parameters=dict(preset.parameters),
        uses=popularity.uses,
        rating=RatingOfModel(average=popularity.average, count=popularity.ratings),
    )
