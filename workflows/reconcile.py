"""The workflow that a schedule runs once a day."""

from temporalio import workflow

from models.payloads.billing import ReconcileOrder

from . import calls


@workflow.defn(name="Reconcile")
class ReconcileWorkflow:
    """Ask the provider for what it should have told, and compare every subscription with it: page by page."""

    @workflow.run
    async def run(self) -> int:
        await calls.catch_up()
        mended, after = 0, ""
        while True:
            page = await calls.reconcile_page(ReconcileOrder(after=after))
            mended += page.mended
            if page.after is None:
                return mended
            after = page.after
