"""Carries the request's id from a workflow's memo to its activities, so that one id finds every log line of a job."""

from collections.abc import Mapping
from typing import Any

import structlog
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

MEMO = HEADER = "request_id"


class RequestIds(Interceptor):
    """Hands the memo on as a header, and binds it with the workflow's id to what the activity logs."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Binding(next)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Handing


class _Binding(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        info, given = activity.info(), input.headers.get(HEADER)
        request_id = activity.payload_converter().from_payload(given) if given else None
        structlog.contextvars.bind_contextvars(workflow_id=info.workflow_id, request_id=request_id)
        return await self.next.execute_activity(input)


class _Handing(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self.next.init(_HandingOut(outbound))


class _HandingOut(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> "workflow.ActivityHandle[Any]":
        input.headers = _with_request_id(input.headers)
        return self.next.start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> "workflow.ActivityHandle[Any]":
        input.headers = _with_request_id(input.headers)
        return self.next.start_local_activity(input)


def _with_request_id(headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
    known = workflow.info().raw_memo.get(MEMO)
    return {**headers, HEADER: known} if known is not None else headers
