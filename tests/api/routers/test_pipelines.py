"""What an editor draws with, over the real catalogue, and what it is told of a drawing."""

from typing import Any

import pytest

from tests.api.conftest import Person, SignUp


@pytest.fixture
async def person(sign_up: SignUp) -> Person:
    return await sign_up()


GOOD: dict[str, Any] = {
    "nodes": [
        {"id": "in", "type": "input", "parameters": {"name": "photo"}, "position": {"x": 0, "y": 0}},
        {"id": "cut", "type": "tool", "tool": "ai-background-removal", "parameters": {"quality": "best"}},
        {"id": "out", "type": "output", "parameters": {"name": "result"}},
    ],
    "edges": [{"from": "in", "to": "cut"}, {"from": "cut", "from_port": "image", "to": "out"}],
}


async def test_every_tool_and_every_flow_node_can_be_drawn(person: Person) -> None:
    nodes = (await person.http.get("/api/pipelines/nodes", headers={"Accept-Language": "en"})).json()["data"]
    tools = {node["tool"] for node in nodes if node["type"] == "tool"}
    listed = {tool["id"] for tool in (await person.http.get("/api/tools")).json()["data"]}
    assert tools == listed
    assert {"input", "output", "condition", "map", "approval"} <= {node["type"] for node in nodes}
    cut = next(node for node in nodes if node["tool"] == "ai-background-removal")
    assert [port["name"] for port in cut["inputs"] if port["required"]] == ["image"]
    assert "parameters.quality" in {port["name"] for port in cut["inputs"]}
    assert all(node["title"] and node["color"].startswith("#") and node["parameters"] for node in nodes)


async def test_a_good_graph_is_valid(person: Person) -> None:
    answer = await person.http.post("/api/pipelines/validate", json={"graph": GOOD})
    assert (answer.status_code, answer.json()) == (200, {"valid": True, "errors": []})


@pytest.mark.parametrize(("language", "words"), [("en", "there is no tool"), ("zh", "没有工具")])
async def test_a_bad_graph_is_200_with_each_mistake_at_its_place(person: Person, language: str, words: str) -> None:
    bad = {"nodes": [{"id": "x", "type": "tool", "tool": "nothing"}], "edges": []}
    await person.http.patch("/api/users/me", json={"language": language})
    headers = {"Accept-Language": language}
    answer = await person.http.post("/api/pipelines/validate", json={"graph": bad}, headers=headers)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert (error["code"], error["node"], error["path"]) == ("unknown_tool", "x", "nodes.0.tool")
    assert words in error["message"]


async def test_a_parameter_that_the_tool_would_refuse_is_named(person: Person) -> None:
    bad = {
        **GOOD,
        "nodes": [GOOD["nodes"][0], {**GOOD["nodes"][1], "parameters": {"quality": "superb"}}, GOOD["nodes"][2]],
    }
    answer = (await person.http.post("/api/pipelines/validate", json={"graph": bad})).json()
    assert [error["path"] for error in answer["errors"]] == ["nodes.1.parameters.quality"]


async def test_what_is_no_graph_is_422(person: Person) -> None:
    answer = await person.http.post("/api/pipelines/validate", json={"graph": {"nodes": [{"id": "a b"}]}})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
