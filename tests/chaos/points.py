"""The named points of a job at which the chaos tests disturb it: between which two steps of the product each lies."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Point:
    """``process`` passes it ``when`` it calls ``target`` (``module:Class.method`` or ``module:function``)."""

    name: str
    process: Literal["api", "core", "media"]
    when: Literal["before", "after"]
    target: str
    story: Literal["echo", "chunks", "failing", "canceled", "firing", "paying"]


BUYS = "activities.billing.purchases:PurchaseActivities"
LOOKS = "activities.billing.subscriptions:SubscriptionActivities"
OTHERS = ("firing", "paying")
"""Stories of tests of their own."""

POINTS = {
    point.name: point
    for point in (
        # the API: between the rows and the commit, the commit and the start, the start and the answer
        Point("open.uncommitted", "api", "after", "api.idempotency:OnceOnly.answer", "echo"),
        Point("open.committed", "api", "before", "api.execution:start", "echo"),
        Point("open.started", "api", "after", "api.execution:start", "echo"),
        Point("cancel.requested", "api", "before", "api.execution:cancel_workflow", "canceled"),
        # the attempt: around begin, the blob's pending row, the put, its stored row, the activity's completion
        Point("begin.before", "media", "before", "activities.tool_runs:ToolRuns._begin", "echo"),
        Point("begin.committed", "media", "after", "activities.tool_runs:ToolRuns._begin", "echo"),
        Point("blob.pending", "media", "before", "activities.storage:ObjectStore.put_file", "echo"),
        Point("blob.put", "media", "after", "activities.storage:ObjectStore.put_file", "echo"),
        Point("tool.done", "media", "after", "activities.tool_runs:ToolRuns.run", "echo"),
        # chunks: around the piece's put, its row, the plan's completion, the join
        Point("plan.kept", "media", "after", "activities.tool_runs:ToolRuns.plan", "chunks"),
        Point("chunk.made", "media", "before", "activities.publishing:Publisher.keep_piece", "chunks"),
        Point("chunk.put", "media", "after", "activities.publishing:Publisher.keep_piece", "chunks"),
        Point("chunk.kept", "media", "after", "activities.tool_runs:ToolRuns.chunk", "chunks"),
        Point("join.begun", "media", "before", "activities.staging:Stager.pieces", "chunks"),
        # the end: around the one transaction of settle or release, and the local activity's completion
        Point("settle.before", "core", "before", "models.repositories.jobs:Jobs.settle", "echo"),
        Point("settle.uncommitted", "core", "after", "models.repositories.jobs:Jobs.settle", "echo"),
        Point("settle.committed", "core", "before", "activities.jobs:JobActivities._told", "echo"),
        Point("settle.told", "core", "after", "activities.jobs:JobActivities._told", "echo"),
        Point("release.before", "core", "before", "models.repositories.jobs:Jobs.release", "failing"),
        Point("release.uncommitted", "core", "after", "models.repositories.jobs:Jobs.release", "failing"),
        Point("release.committed", "core", "before", "activities.jobs:JobActivities._told", "failing"),
        # a firing: after its decision and its record; within the transactions of its count, its run, its decision
        Point("firing.decided", "core", "after", "activities.automations.firing:FiringActivities.start", "firing"),
        Point("firing.recorded", "core", "after", "activities.automations.dispatching:Dispatcher._record", "firing"),
        Point("firing.count", "core", "before", "models.repositories.automations:Automations.count", "firing"),
        Point("firing.open", "core", "before", "activities.automations.firing:FiringActivities._open", "firing"),
        Point("firing.uncommitted", "core", "after", "models.repositories.firings:Firings.decide", "firing"),
        # payments: around a checkout's row and the provider; a webhook's row and its telling; what a look changes
        Point("pay.uncommitted", "api", "after", "models.repositories.subscriptions:Subscriptions.open", "paying"),
        Point("pay.asked", "api", "after", "activities.billing.gateway:Gateway.subscribe", "paying"),
        Point("event.uncommitted", "api", "after", "models.repositories.billing:Billing.store", "paying"),
        Point("event.committed", "api", "before", "api.routers.webhooks:pass_on", "paying"),
        Point("event.told", "api", "after", "api.routers.webhooks:pass_on", "paying"),
        Point("look.fetched", "core", "after", "activities.billing.fetching:Fetcher.facts", "paying"),
        Point("look.granted", "core", "after", "models.repositories.allowances:Allowances.begin_period", "paying"),
        Point("look.uncommitted", "core", "after", f"{LOOKS}._apply", "paying"),
        Point("look.committed", "core", "after", f"{LOOKS}.compare", "paying"),
        Point("change.done", "core", "after", "activities.billing.gateway:Gateway.change_price", "paying"),
        Point("purchase.given", "core", "after", f"{BUYS}._give", "paying"),
        Point("purchase.taken", "core", "after", f"{BUYS}._take_back", "paying"),
    )
}


def of_process(process: str) -> tuple[str, ...]:
    """Names of the points that a process passes for a job."""
    return tuple(name for name, point in POINTS.items() if point.process == process and point.story not in OTHERS)
