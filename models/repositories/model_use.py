"""How models do: how often they are used, how long they take, what people say of them."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from ..errors import Conflict
from ..payloads.library import Measured, Popularity
from ..tables import Job, ModelRating

WINDOW = timedelta(days=30)
LATEST = 1000
"""Jobs of a model that are measured."""


class ModelUse:
    """Queries and ratings inside the caller's transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def uses(self, model: str | None = None) -> dict[str, int]:
        """Jobs of each model, or of one, that succeeded in the last 30 days, over all accounts."""
        wanted = Job.model.is_not(None) if model is None else Job.model == model
        used = await self.session.execute(
            select(Job.model, func.count())
            .where(wanted, Job.completed_at > func.now() - WINDOW, Job.status == "succeeded")
            .group_by(Job.model)
        )
        return {str(row[0]): row[1] for row in used}

    async def popularity(self, uses: Mapping[str, int]) -> dict[str, Popularity]:
        """Of every model that has ``uses`` or was ever rated."""
        rated = await self.session.execute(
            select(ModelRating.model, func.count(), func.sum(ModelRating.stars)).group_by(ModelRating.model)
        )
        ratings = {row[0]: (row[1], row[2]) for row in rated}
        found = {}
        for model in uses.keys() | ratings.keys():
            count, stars = ratings.get(model, (0, 0))
            found[model] = Popularity(uses=uses.get(model, 0), ratings=count, stars=stars)
        return found

    async def measured(self, model: str) -> Measured:
        """How the latest jobs of a model did, whoever ran them."""
        latest = (
            select(Job.status, Job.used, func.extract("epoch", Job.completed_at - Job.started_at).label("seconds"))
            .where(Job.model == model, Job.completed_at > func.now() - WINDOW, Job.status.in_(("succeeded", "failed")))
            .order_by(Job.completed_at.desc())
            .limit(LATEST)
            .subquery()
        )
        done = latest.c.status == "succeeded"
        seconds = [
            func.percentile_cont(part).within_group(latest.c.seconds).filter(done, latest.c.seconds.is_not(None))
            for part in (0.5, 0.95)
        ]
        jobs, succeeded, median, high, credits = (
            await self.session.execute(
                select(func.count(), func.count().filter(done), *seconds, func.avg(latest.c.used).filter(done))
            )
        ).one()
        return Measured(
            jobs=jobs,
            success_rate=succeeded / jobs if jobs else None,
            seconds_median=median,
            seconds_p95=high,
            credits_mean=credits,
        )

    async def rate(self, user_id: str, model: str, stars: int) -> ModelRating:
        """Replace what the user said of it before; raises ``Conflict`` for one that never worked for them."""
        worked = select(Job.id).where(Job.model == model, Job.user_id == user_id, Job.status == "succeeded").limit(1)
        if (await self.session.execute(worked)).scalar() is None:
            raise Conflict(
                reason="Rate a model once a job of yours with it has succeeded.",
                reason_zh="请先用此模型成功完成一个任务,再评分。",
            )
        rating = await self.session.execute(
            upsert(ModelRating)
            .values(model=model, user_id=user_id, stars=stars)
            .on_conflict_do_update(index_elements=["model", "user_id"], set_={"stars": stars})
            .returning(ModelRating)
        )
        return rating.scalar_one()

    async def unrate(self, user_id: str, model: str) -> None:
        """A second time changes nothing."""
        await self.session.execute(
            delete(ModelRating).where(ModelRating.user_id == user_id, ModelRating.model == model)
        )
