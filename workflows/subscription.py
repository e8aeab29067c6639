"""The workflow of a subscription, for as long as it lasts."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from models.payloads.billing import Change, Changed, SubscriptionLook, SubscriptionNext, SubscriptionOrder
from temporal import policies

from . import calls


@workflow.defn(name="Subscription")
class SubscriptionWorkflow:
    """Look what the provider has, do what follows, and sleep until the next time of its calendar, a word that
    something changed, or a wish of the subscriber. What it is told is a reason to look, and never believed."""

    def __init__(self) -> None:
        self._told = 0
        self._lock = asyncio.Lock()

    @workflow.run
    async def run(self, order: SubscriptionOrder) -> None:
        while True:
            told = self._told
            following = await self._look(order.subscription_id)
            if following.ended and told == self._told and workflow.all_handlers_finished():
                return
            if workflow.info().get_current_history_length() > order.most_events:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(order)
            await self._sleep(told, following.next_at)

    @workflow.signal
    def changed(self) -> None:
        """Something happened at the provider."""
        self._told += 1

    @workflow.update
    async def change(self, order: Change) -> Changed:
        """Carry out a wish of the subscriber, one at a time, and look what came of it; fails with a named error."""
        async with self._lock:
            try:
                done = await calls.change_subscription(order.model_copy(update={"now": workflow.now()}))
            except ActivityError as failure:
                raise _named(failure) from failure
            await self._look(order.subscription_id)
        self._told += 1
        return done

    async def _look(self, subscription_id: str) -> SubscriptionNext:
        look = SubscriptionLook(subscription_id=subscription_id, now=workflow.now())
        try:
            return await calls.look_at_subscription(look)
        except ActivityError as failure:
            if is_cancelled_exception(failure):
                raise
            workflow.logger.error("the subscription could not be looked at: %s", failure.cause)
            return SubscriptionNext(next_at=workflow.now() + policies.LOOK_AGAIN)

    async def _sleep(self, told: int, until: datetime | None) -> None:
        timeout = None if until is None else until - workflow.now()
        try:
            await workflow.wait_condition(lambda: self._told != told, timeout=timeout)
        except TimeoutError:
            return


def _named(failure: ActivityError) -> ApplicationError:
    """For the caller of an update, who reads the error's code."""
    cause = failure.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(cause.message, *cause.details, type=cause.type, non_retryable=True)
    return ApplicationError(str(cause), type="unavailable", non_retryable=True)
