"""The workflow of something that is paid once."""

from temporalio import workflow

from models.payloads.billing import PurchaseOrder

from . import calls


@workflow.defn(name="Purchase")
class PurchaseWorkflow:
    """Look whether it is paid, or was given back, until its checkout is over. Started again by what is told later."""

    def __init__(self) -> None:
        self._told = 0

    @workflow.run
    async def run(self, order: PurchaseOrder) -> None:
        while True:
            told = self._told
            following = await calls.look_at_purchase(order)
            if following.ended and told == self._told:
                return
            timeout = None if following.next_at is None else following.next_at - workflow.now()
            try:
                await workflow.wait_condition(lambda seen=told: self._told != seen, timeout=timeout)  # type: ignore[misc]
            except TimeoutError:
                continue

    @workflow.signal
    def changed(self) -> None:
        """Something happened at the provider."""
        self._told += 1
