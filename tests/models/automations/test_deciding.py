"""Which events are meant, and whether a firing runs: the reasons, their order, and what expressions may see."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.automations.deciding import MOST_DEPTH, Facts, filled, refusal
from models.automations.hooks import check, sign
from models.automations.matching import Happened, matches, rearms, seen
from models.errors import ExpressionFailed, InvalidSignature, StaleSignature
from models.payloads.automations import TRIGGERS, Trigger

NOW = datetime(2027, 1, 1, tzinfo=UTC)
FILE = {"file_id": "file_1", "name": "Photo.JPG", "kind": "image", "mime_type": "image/jpeg", "size": 500}


def trigger(**parts: Any) -> Trigger:
    return TRIGGERS.validate_python(parts)


def happened(kind: str, data: dict[str, Any] | None = None, **more: Any) -> Happened:
    return Happened(1, kind, NOW, data or {}, **more)


@pytest.mark.parametrize(
    ("parts", "meant"),
    [
        ({}, True),
        ({"kinds": ["image"]}, True),
        ({"kinds": ["video"]}, False),
        ({"names": ["*.png", "*.jpg"]}, True),
        ({"names": ["*.png"]}, False),
        ({"mime_types": ["image/*"]}, True),
        ({"min_size": 501}, False),
        ({"max_size": 499}, False),
        ({"max_size": 500, "min_size": 500}, True),
    ],
)
def test_an_upload_fits_every_part_of_the_filter(parts: dict[str, Any], meant: bool) -> None:
    assert matches(trigger(type="file", **parts), happened("file.uploaded", FILE)) == meant


@pytest.mark.parametrize(
    ("parts", "event", "meant"),
    [
        ({"type": "job"}, happened("job.failed", tool_id="a"), True),
        ({"type": "job"}, happened("job.running", tool_id="a"), False),
        ({"type": "job", "tool_id": "b"}, happened("job.failed", tool_id="a"), False),
        ({"type": "job", "statuses": ["succeeded"]}, happened("job.failed"), False),
        ({"type": "run", "pipeline_id": "p"}, happened("run.succeeded", pipeline_id="p"), True),
        ({"type": "run", "pipeline_id": "p"}, happened("run.succeeded"), False),
        ({"type": "run"}, happened("job.succeeded"), False),
        ({"type": "credits", "below": 10}, happened("credits.changed", {"available": 9}), True),
        ({"type": "credits", "below": 10}, happened("credits.changed", {"available": 10}), False),
        ({"type": "hook"}, happened("file.uploaded", FILE), False),
    ],
)
def test_an_event_is_meant_by_its_kind(parts: dict[str, Any], event: Happened, meant: bool) -> None:
    assert matches(trigger(**parts), event) == meant
    assert rearms(trigger(**parts), event) == (event.type == "credits.changed" and not meant)


def test_large_outputs_are_left_out_of_what_is_seen() -> None:
    assert seen(happened("run.succeeded", outputs={"x": "y"}, run_id="run_1"))["outputs"] == {"x": "y"}
    assert "outputs" not in seen(happened("run.succeeded", outputs={"x": "y" * 20_000}))


@given(st.sampled_from(["active", "paused"]), st.sampled_from(["file", "manual", "backfill"]), st.booleans(),
       st.booleans(), st.lists(st.sampled_from(["auto_1", "auto_2"]), max_size=6), st.integers(0, 3))  # fmt: skip
def test_an_automation_never_follows_itself_and_chains_end(
    state: str, why: str, repeated: bool, overlaps: bool, ancestry: list[str], busy: int
) -> None:
    facts = Facts("auto_1", state, why, ancestry, repeated, overlaps, None, {}, busy, 2, keyed=True)
    runs = refusal(facts) is None
    assert runs == (
        (state == "active" or why != "file")
        and not repeated
        and not overlaps
        and "auto_1" not in ancestry
        and len(ancestry) < MOST_DEPTH
        and busy < 2
    )


def test_a_condition_must_be_true_and_no_less() -> None:
    for condition, reason in (("event.n > 1", None), ("event.n > 2", "condition"), ("event.n", "condition")):
        assert refusal(Facts("a", "active", "file", condition=condition, event={"n": 2})) == reason
    with pytest.raises(ExpressionFailed):
        refusal(Facts("a", "active", "file", condition="event.missing > 1", event={}))


def test_inputs_are_computed_where_they_say_so() -> None:
    values = {"plain": {"expression": 3}, "text": "x", "made": {"expression": "event.name + '!'"}}
    assert filled(values, {"name": "a"}) == {"plain": {"expression": 3}, "text": "x", "made": "a!"}


@given(st.binary(max_size=50), st.integers(-400, 400), st.booleans())
def test_a_signature_counts_for_its_body_and_its_time(body: bytes, late: int, changed: bool) -> None:
    signature = sign("whs_1", 1_000_000 + late, body)
    sent = body + b"x" if changed else body
    if changed:
        with pytest.raises(InvalidSignature):
            check("whs_1", signature, sent, 1_000_000, 300)
    elif abs(late) > 300:
        with pytest.raises(StaleSignature):
            check("whs_1", signature, sent, 1_000_000, 300)
    else:
        check("whs_1", signature, sent, 1_000_000, 300)


@pytest.mark.parametrize(
    "parts",
    [{"type": "schedule"}, {"type": "schedule", "cron": "* * * * *", "every": 60}, {"type": "schedule", "every": 9},
     {"type": "schedule", "every": 60, "offset": 60}, {"type": "credits"}, {"type": "moon"}],
)  # fmt: skip
def test_a_trigger_that_makes_no_sense_is_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        trigger(**parts)
