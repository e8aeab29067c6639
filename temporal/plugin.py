"""One object for client, worker and replayer: converter, sandbox and error translation can then never differ."""

import dataclasses
from typing import Any

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from models.errors import DomainError

from .errors import to_application_error
from .request_ids import RequestIds
from .tracing import tracing_interceptors

PASSED_THROUGH = (
    "models",
    "temporal",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "opentelemetry",
    "workflows.calls",
    "workflows.graph",
    "workflows.moving",
    "workflows.orders",
)
"""Imported once a process. Whatever else a workflow imports is executed again in the sandbox of every single one."""


class ErrorTranslation(Interceptor):
    """Turns a ``DomainError`` of an activity into an ``ApplicationError`` with its code."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Translating(next)


class _Translating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await self.next.execute_activity(input)
        except DomainError as error:
            raise to_application_error(error) from error


def _sandbox(runner: WorkflowRunner | None) -> WorkflowRunner:
    if not isinstance(runner, SandboxedWorkflowRunner):
        runner = SandboxedWorkflowRunner()
    restrictions = runner.restrictions.with_passthrough_modules(*PASSED_THROUGH)
    return dataclasses.replace(runner, restrictions=restrictions)


def workshop_plugin(traced: bool = False) -> SimplePlugin:
    """A bug in workflow code must stall its task and raise an alarm: only ``DomainError`` fails a workflow.

    ``traced``: spans by OpenTelemetry, whose provider the process has set up.
    """
    return SimplePlugin(
        "workshop",
        data_converter=pydantic_data_converter,
        interceptors=[*tracing_interceptors(traced), RequestIds(), ErrorTranslation()],
        workflow_runner=_sandbox,
        workflow_failure_exception_types=[DomainError],
    )
