"""What is known of models by their use."""

from pydantic import BaseModel, ConfigDict

PRIOR_STARS, PRIOR_WEIGHT = 3.5, 5
"""A model starts as if so many people had given it so many stars: one voice does not put it first."""


class Popularity(BaseModel):
    """``uses``: jobs that have succeeded in the last 30 days; ``stars``: the sum of all ``ratings``."""

    model_config = ConfigDict(frozen=True)

    uses: int = 0
    ratings: int = 0
    stars: int = 0

    @property
    def average(self) -> float | None:
        """1 to 5; None where nobody has rated it."""
        return self.stars / self.ratings if self.ratings else None

    @property
    def rank(self) -> float:
        """The average with the prior's votes (a Bayesian average), 1 to 5."""
        return (PRIOR_STARS * PRIOR_WEIGHT + self.stars) / (PRIOR_WEIGHT + self.ratings)


class Measured(BaseModel):
    """Of the latest jobs of a model, a thousand at most, of 30 days. Seconds are those of the ones that succeeded."""

    model_config = ConfigDict(frozen=True)

    jobs: int
    success_rate: float | None
    seconds_median: float | None
    seconds_p95: float | None
    credits_mean: float | None
