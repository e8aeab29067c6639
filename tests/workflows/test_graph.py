"""Scheduling by itself: any graph without cycles, any order of completions, any step that gives nothing."""

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from models.graphs.plan import Link, Plan, Step
from workflows.graph import Schedule

TYPES = ("tool", "tool", "tool", "join", "collect")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to 14 steps; every link goes from an earlier one to a later one, at one of two ports."""
    count = draw(st.integers(1, 14))
    steps, links = [], []
    for at in range(count):
        kind = draw(st.sampled_from(TYPES))
        required = ("a", "b") if kind == "tool" and draw(st.booleans()) else ("a",)
        steps.append(Step(id=f"s{at}", type=kind, required=required))
        for source in draw(st.sets(st.integers(0, at - 1), max_size=3)) if at else ():
            port, to = draw(st.sampled_from(("x", "y"))), draw(st.sampled_from(("a", "b")))
            links.append(Link(source=f"s{source}", port=port, target=f"s{at}", to=to))
    return Plan(steps=tuple(steps), links=tuple(links))


def ports_of(plan: Plan, seed: int) -> dict[str, list[str]]:
    """What each step would give if it ran: nothing, one port or both."""
    dice = random.Random(seed)
    return {step.id: dice.choice([[], ["x"], ["y"], ["x", "y"]]) for step in plan.steps}


def run(plan: Plan, gives: dict[str, list[str]], dice: random.Random, given: dict[str, Any] | None = None) -> list[str]:
    """The steps that ran, in the order in which they ended; ``dice`` chooses who ends next."""
    schedule, running, ended = Schedule(plan, given or {}), [], []
    while True:
        running += [step.id for step in schedule.take_ready()]
        if not running:
            return ended
        name = running.pop(dice.randrange(len(running)))
        ended.append(name)
        schedule.end(name, gives[name])


@settings(max_examples=300, deadline=None)
@given(plans(), st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 2**32))
def test_any_order_runs_the_same_steps_each_once(plan: Plan, seed: int, first: int, second: int) -> None:
    gives = ports_of(plan, seed)
    one, other = run(plan, gives, random.Random(first)), run(plan, gives, random.Random(second))
    assert len(one) == len(set(one))
    assert set(one) == set(other)


@settings(max_examples=300, deadline=None)
@given(plans(), st.integers(0, 2**32), st.integers(0, 2**32), st.integers(0, 14))
def test_a_run_that_goes_on_as_new_does_the_rest_and_nothing_twice(
    plan: Plan, seed: int, order: int, stop: int
) -> None:
    gives = ports_of(plan, seed)
    whole = run(plan, gives, random.Random(order))
    done = whole[:stop]
    rest = run(plan, gives, random.Random(order + 1), given={name: gives[name] for name in done})
    assert set(done) | set(rest) == set(whole)
    assert not set(done) & set(rest)


@settings(max_examples=300, deadline=None)
@given(plans(), st.integers(0, 2**32))
def test_a_step_runs_only_with_what_it_requires(plan: Plan, seed: int) -> None:
    gives = ports_of(plan, seed)
    ended = run(plan, gives, random.Random(seed))
    for step in plan.steps:
        arriving = [link for link in plan.links if link.target == step.id]
        live = {link.to for link in arriving if link.source in ended and link.port in gives[link.source]}
        linked = {link.to for link in arriving}
        if step.type == "join":
            may_run = bool(live) or not arriving
        else:
            may_run = not arriving or (bool(live) and (set(step.required) & linked) <= live)
        assert (step.id in ended) == may_run, step


def test_what_cannot_run_any_more_is_skipped_with_all_behind_it() -> None:
    steps = tuple(Step(id=name, type="tool", required=("a",)) for name in "pqrs")
    links = tuple(Link(source=a, port="x", target=b, to="a") for a, b in ("pq", "qr", "rs"))
    schedule = Schedule(Plan(steps=steps, links=links), {})
    assert [step.id for step in schedule.take_ready()] == ["p"]
    schedule.end("p", [])
    assert (schedule.take_ready(), schedule.skipped) == ([], ["q", "r", "s"])
