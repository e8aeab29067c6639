"""A pipeline's run as a user sees it: over HTTP, by workers of their own, charged step by step."""

import asyncio
import json
from typing import Any

import httpx
from httpx_sse import aconnect_sse

from models.session import Database
from tests.end_to_end.graphs import echo, given, graph, node, result
from tests.running_platform import User, assert_ledger_is_exact

CHAIN = graph(given("words"), echo("first"), echo("second", seconds=0.01), result("text"),
              edges=["words > first.text", "first.result > second.text", "second.result > text"])  # fmt: skip


async def run(user: User, drawn: dict[str, Any], wait: int = 30, **body: Any) -> dict[str, Any]:
    answer = await user.post("/api/runs", json={"graph": drawn, **body}, headers={"Prefer": f"wait={wait}"})
    assert answer.status_code in (200, 202), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def reaches(user: User, run_id: str, status: str, within: float = 30) -> dict[str, Any]:
    for _ in range(round(within / 0.1)):
        found: dict[str, Any] = (await user.get(f"/api/runs/{run_id}")).json()
        if found["status"] == status:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(found)


def step(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in found["steps"] if each["step"] == name)


async def text_of(user: User, file_id: str) -> str:
    return (await user.get(f"/api/files/{file_id}/content")).text


async def test_a_chain_runs_and_each_tool_is_charged(user: User, database: Database) -> None:
    found = await run(user, CHAIN, inputs={"words": "你好"})
    assert found["status"] == "succeeded", found
    assert found["credits"] == {"budget": 6, "held": 0, "used": 6}
    assert await text_of(user, found["outputs"]["text"]) == "你好"
    assert (await user.credits())["available"] == 994
    await assert_ledger_is_exact(database)


async def test_what_was_done_before_costs_nothing(user: User) -> None:
    await run(user, CHAIN, inputs={"words": "again"})
    found = await run(user, CHAIN, inputs={"words": "again"})
    assert (found["credits"]["used"], step(found, "first")["cached"]) == (0, True)


async def test_branches_are_skipped_and_a_join_takes_what_comes(user: User) -> None:
    drawn = graph(
        given("number", "number"),
        node("big", "condition", expression="value > 10.0"),
        node("yes", "transform", expression="'big'", kind="text"),
        node("no", "transform", expression="'small'", kind="text"),
        node("either", "join"),
        result("word"),
        edges=["number > big", "big.true > yes.value", "big.false > no.value", "yes.result > either.values",
               "no.result > either.values", "either > word"],
    )  # fmt: skip
    found = await run(user, drawn, inputs={"number": 3})
    assert (found["status"], found["outputs"]) == ("succeeded", {"word": "small"}), found
    assert step(found, "yes")["status"] == "skipped"


async def test_a_map_keeps_the_order_and_skips_what_fails(user: User, database: Database) -> None:
    inner = graph(
        given("item", "json"),
        node("words", "transform", expression="value.words", kind="text"),
        node("fail", "transform", expression="value.fail", kind="boolean"),
        echo("say"),
        result("said"),
        edges=["item > words.value", "item > fail.value", "words.result > say.text",
               "fail.result > say.parameters.fail", "say.result > said"],
    )  # fmt: skip
    drawn = graph(
        given("rows", "json", many=True), node("each", "map", inner, on_error="skip"), result("all"), result("bad"),
        edges=["rows > each.items", "each.items > all", "each.errors > bad"],
    )  # fmt: skip
    rows = [{"words": f"row {at}", "fail": at == 2} for at in range(5)]
    found = await run(user, drawn, wait=60, inputs={"rows": rows})
    assert found["status"] == "succeeded", found
    assert [await text_of(user, each) for each in found["outputs"]["all"]] == ["row 0", "row 1", "row 3", "row 4"]
    assert [(each["index"], each["error"]["code"]) for each in found["outputs"]["bad"]] == [(2, "invalid_input")]
    assert found["credits"]["used"] == 12
    await assert_ledger_is_exact(database)


async def test_a_loop_goes_on_with_what_the_round_before_gave(user: User) -> None:
    inner = graph(given("item", "json"), node("more", "transform", expression="value * 2.0"), result("doubled"),
                  edges=["item > more.value", "more.result > doubled"])  # fmt: skip
    drawn = graph(given("number", "json"), node("grow", "loop", inner, until="value >= 100.0"), result("grown"),
                  edges=["number > grow", "grow > grown"])  # fmt: skip
    found = await run(user, drawn, inputs={"number": 3.0})
    assert found["outputs"] == {"grown": 192.0}, found


async def test_a_failed_step_stops_the_run_and_gives_the_rest_back(user: User, database: Database) -> None:
    drawn = graph(given("words"), echo("bad", parameters={"fail": True}), echo("after"), result("text"),
                  edges=["words > bad.text", "bad.result > after.text", "after > text"])  # fmt: skip
    found = await run(user, drawn, inputs={"words": "x"})
    assert (found["status"], found["failed_step"], found["error"]["code"]) == ("failed", "bad", "invalid_input")
    assert (step(found, "after")["status"], found["credits"]["used"]) == ("skipped", 0)
    assert (await user.credits())["available"] == 1000
    await assert_ledger_is_exact(database)


async def test_an_error_may_have_a_way_of_its_own(user: User) -> None:
    drawn = graph(given("words"), echo("bad", parameters={"fail": True}, on_error="branch"), result("text"),
                  node("why", "transform", expression="value.code", kind="text"), result("reason"),
                  edges=["words > bad.text", "bad.result > text",
                         "bad.error > why.value", "why.result > reason"])  # fmt: skip
    found = await run(user, drawn, inputs={"words": "x"})
    assert (found["status"], found["outputs"]) == ("succeeded", {"reason": "invalid_input"}), found


async def test_a_run_waits_for_a_person(user: User) -> None:
    drawn = graph(given("words"), node("ask", "approval", title="Publish?"), echo("publish"), result("text"),
                  edges=["words > ask", "ask.approved > publish.text", "publish > text"])  # fmt: skip
    opened = await run(user, drawn, wait=1, inputs={"words": "x"})
    waiting = await reaches(user, opened["id"], "waiting")
    assert step(waiting, "ask")["waiting"]["title"] == "Publish?"
    answer = await user.post(f"/api/runs/{opened['id']}/steps/ask/approve", json={"approved": True, "note": "ok"})
    assert answer.status_code == 202, answer.text
    ended = await reaches(user, opened["id"], "succeeded")
    assert step(ended, "ask")["decision"]["note"] == "ok"
    again = await user.post(f"/api/runs/{opened['id']}/steps/ask/approve", json={"approved": True})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")


async def test_a_run_asks_before_it_costs_more_than_its_budget(user: User, database: Database) -> None:
    opened = await run(user, CHAIN, wait=1, inputs={"words": "dear"}, budget=4)
    waiting = await reaches(user, opened["id"], "waiting")
    assert (step(waiting, "second")["waiting"]["needed"], waiting["credits"]["used"]) == (3, 3)
    await user.post(f"/api/runs/{opened['id']}/steps/second/approve", json={"approved": True})
    ended = await reaches(user, opened["id"], "succeeded")
    assert ended["credits"] == {"budget": 6, "held": 0, "used": 6}
    await assert_ledger_is_exact(database)


async def test_cancel_ends_what_runs_and_charges_what_is_done(user: User, database: Database) -> None:
    drawn = graph(given("words"), echo("quick"), echo("slow", seconds=100), result("text"),
                  edges=["words > quick.text", "quick.result > slow.text", "slow > text"])  # fmt: skip
    opened = await run(user, drawn, wait=1, inputs={"words": "x"})
    for _ in range(100):
        found = (await user.get(f"/api/runs/{opened['id']}")).json()
        if step(found, "slow")["status"] == "running":
            break
        await asyncio.sleep(0.1)
    assert (await user.post(f"/api/runs/{opened['id']}/cancel")).status_code == 202
    ended = await reaches(user, opened["id"], "canceled")
    assert (ended["credits"]["used"], ended["credits"]["held"]) == (3, 0)
    job = (await user.get(f"/api/jobs/{step(ended, 'slow')['job_id']}")).json()
    assert job["status"] == "canceled"
    await assert_ledger_is_exact(database)


async def test_a_failed_run_is_resumed_and_only_the_difference_is_paid(user: User) -> None:
    drawn = graph(given("words"), echo("first"), echo("second", 0.01, parameters={"fail": True}), result("text"),
                  edges=["words > first.text", "first.result > second.text", "second > text"])  # fmt: skip
    failed = await run(user, drawn, inputs={"words": "x"})
    change = {"from_step": "second", "parameters": {"fail": False}}
    quote = (await user.post(f"/api/runs/{failed['id']}/resume/quote", json=change)).json()
    assert quote["credits"] == 3
    answer = await user.post(f"/api/runs/{failed['id']}/resume", json=change, headers={"Prefer": "wait=30"})
    ended = answer.json()
    assert (ended["status"], ended["credits"]["used"], step(ended, "first")["reused"]) == ("succeeded", 3, True), ended
    compared = (await user.get(f"/api/runs/{failed['id']}/compare", params={"with": ended["id"]})).json()
    assert "second.parameters.fail" in [each["path"] for each in compared["differences"]]


async def test_what_is_resumed_keeps_the_drawings_that_it_began_with(user: User) -> None:
    created = (await user.post("/api/pipelines", json={"name": "inner", "graph": CHAIN})).json()
    drawn = graph(given("title"), node("inner", "pipeline", pipeline_id=created["id"]), result("made"),
                  edges=["title > inner.words", "inner.text > made"])  # fmt: skip
    first = await run(user, drawn, inputs={"title": "as it was"})
    assert first["status"] == "succeeded", first
    edit = {"op": "update_node", "id": "first", "changes": {"parameters": {"fail": True}}}
    await user.patch(f"/api/pipelines/{created['id']}/graph", json={"base_version": 1, "operations": [edit]})
    again = await user.post(
        f"/api/runs/{first['id']}/resume", json={"from_step": "inner"}, headers={"Prefer": "wait=30"}
    )
    assert again.json()["status"] == "succeeded", again.text


async def test_events_tell_each_step_once_and_in_order(user: User) -> None:
    opened = await run(user, CHAIN, wait=1, inputs={"words": "events"})
    async with aconnect_sse(user, "GET", f"/api/runs/{opened['id']}/events") as source:
        told = [(each.id, each.event, json.loads(each.data)) async for each in source.aiter_sse()]
    assert [each[0] for each in told] == [str(at) for at in range(1, len(told) + 1)]
    kinds = [(event, data.get("step")) for _, event, data in told]
    assert kinds[0][0] == "run.queued" and kinds[-1][0] == "run.succeeded"
    assert kinds.index(("step.succeeded", "first")) < kinds.index(("step.running", "second"))


async def test_two_equal_steps_that_run_at_once_are_made_once(user: User) -> None:
    drawn = graph(given("words"), echo("one", seconds=1), echo("two", seconds=1), result("a"), result("b"),
                  edges=["words > one.text", "words > two.text", "one.result > a", "two.result > b"])  # fmt: skip
    found = await run(user, drawn, inputs={"words": "same"})
    assert (found["status"], found["credits"]["used"]) == ("succeeded", 3), found
    assert found["outputs"]["a"] == found["outputs"]["b"]


async def test_what_is_wrong_is_told_before_anything_is_held(user: User) -> None:
    drawn = graph(given("words"), echo("first"), edges=[])
    answer = await user.post("/api/runs", json={"graph": drawn, "inputs": {"words": 3, "more": 1}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_graph")
    assert answer.json()["errors"][0]["path"] == "graph.nodes.1.inputs.text"
    wrong = await user.post("/api/runs", json={"graph": CHAIN, "inputs": {"words": 3, "more": 1}})
    assert sorted(each["path"] for each in wrong.json()["errors"]) == ["inputs.more", "inputs.words"]
    assert (await user.credits())["available"] == 1000


async def test_a_saved_pipeline_runs_as_published_and_within_another(user: User) -> None:
    created = (await user.post("/api/pipelines", json={"name": "chain", "graph": CHAIN})).json()
    await user.post(f"/api/pipelines/{created['id']}/publish", json={})
    edit = {"op": "update_node", "id": "first", "changes": {"parameters": {"fail": True}}}
    await user.patch(f"/api/pipelines/{created['id']}/graph", json={"base_version": 1, "operations": [edit]})
    quoted = (await user.post(f"/api/pipelines/{created['id']}/quote", json={})).json()
    assert (quoted["credits"], [line["step"] for line in quoted["breakdown"]]) == (6, ["first", "second"])
    answer = await user.post(
        f"/api/pipelines/{created['id']}/runs", json={"inputs": {"words": "saved"}}, headers={"Prefer": "wait=30"}
    )
    assert (answer.json()["status"], answer.json()["pipeline_version"]) == ("succeeded", 1), answer.text
    outer = graph(given("title"), node("inner", "pipeline", pipeline_id=created["id"]), result("made"),
                  edges=["title > inner.words", "inner.text > made"])  # fmt: skip
    found = await run(user, outer, inputs={"title": "within"})
    assert found["status"] == "succeeded", found
    assert await text_of(user, found["outputs"]["made"]) == "within"


async def test_a_step_calls_an_address_and_goes_on_with_its_answer(user: User, api_url: str) -> None:
    drawn = graph(
        node("ask", "http", url=f"{api_url}/api/health"),
        node("lost", "http", url=f"{api_url}/api/nowhere") | {"on_error": "branch"},
        node("why", "transform", expression="value.params.reason", kind="text"), result("answer"), result("reason"),
        edges=["ask.body > answer", "lost.error > why.value", "why.result > reason"],
    )  # fmt: skip
    found = await run(user, drawn)
    assert found["status"] == "succeeded", found
    assert (found["outputs"]["answer"]["status"], found["outputs"]["reason"]) == ("ok", "HTTP 404")


async def test_a_poor_account_is_told_so(user: User) -> None:
    rich = {"id": "dear", "type": "tool", "tool": "sample-noop", "parameters": {"credits": 1000}}
    drawn = graph(rich, {**rich, "id": "dearer"}, edges=[])
    answer: httpx.Response = await user.post("/api/runs", json={"graph": drawn})
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
