"""The fifth truth: every recorded history replays against today's workflows, and every workflow has one."""

from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from temporal.plugin import workshop_plugin
from workers.run import WORKFLOWS

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def read(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))


def recorded_type(file: Path) -> str:
    return read(file).events[0].workflow_execution_started_event_attributes.workflow_type.name


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    await Replayer(workflows=WORKFLOWS, plugins=[workshop_plugin()]).replay_workflow(read(file))


def test_every_workflow_has_a_recorded_history() -> None:
    """Run ``python -m tests.replay.record`` after adding one to its list."""
    names = {workflow._Definition.must_from_class(each).name for each in WORKFLOWS}
    assert names == {recorded_type(file) for file in HISTORIES}
