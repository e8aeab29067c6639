"""What an editor does with a saved pipeline: draw, hear of mistakes, meet others' changes, publish, go back."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from tests.api.conftest import Person, SignUp, client_of
from tests.api.routers.test_pipelines import GOOD

UNFINISHED: dict[str, Any] = {"nodes": GOOD["nodes"], "edges": GOOD["edges"][:1]}


async def create(person: Person, **body: Any) -> dict[str, Any]:
    answer = await person.http.post("/api/pipelines", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_pipeline_is_saved_as_it_was_drawn(person: Person) -> None:
    made = await create(person, name=" 证件照 ", description="cut out", graph=GOOD, note="first")
    assert made["id"].startswith("pipe_") and made["name"] == "证件照"
    assert (made["version"], made["published_version"], made["valid"], made["errors"]) == (1, None, True, [])
    seen = (await person.http.get(f"/api/pipelines/{made['id']}")).json()
    assert seen == made and seen["graph"] == GOOD and seen["note"] == "first"


@pytest.mark.parametrize(("language", "name"), [("zh", "未命名流程"), ("en", "Untitled pipeline")])
async def test_one_may_begin_with_nothing(person: Person, language: str, name: str) -> None:
    await person.http.patch("/api/users/me", json={"language": language})
    made = await create(person)
    assert (made["name"], made["graph"], made["valid"]) == (name, {"nodes": [], "edges": []}, True)


async def test_an_unfinished_drawing_is_saved_and_its_mistakes_told_but_not_published(person: Person) -> None:
    await person.http.patch("/api/users/me", json={"language": "en"})
    made = await create(person, name="draft", graph=UNFINISHED)
    assert not made["valid"]
    assert [(each["code"], each["node"]) for each in made["errors"]] == [("missing_input", "out")]
    path = f"/api/pipelines/{made['id']}"
    refused = await person.http.post(f"{path}/publish", headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_graph")
    assert refused.json()["errors"] == [
        {"path": "graph.nodes.2.inputs.value", "message": "nothing is given for this input"}
    ]
    mended = await person.http.put(path, json={"graph": GOOD, "base_version": 1})
    assert mended.json()["valid"]
    published = await person.http.post(f"{path}/publish")
    assert (published.status_code, published.json()["published_version"], published.json()["version"]) == (200, 2, 2)


async def test_an_editor_changes_a_drawing_by_operations(person: Person) -> None:
    made = await create(person, name="cards", graph=GOOD)
    path = f"/api/pipelines/{made['id']}/graph"
    operations = [
        {"op": "update_node", "id": "cut", "changes": {"parameters": {"quality": "fast"}}},
        {"op": "move_node", "id": "in", "position": {"x": 5, "y": 5}},
    ]
    answer = await person.http.patch(path, json={"base_version": 1, "operations": operations})
    assert answer.status_code == 200, answer.text
    drawn = answer.json()
    assert drawn["version"] == 2 and drawn["graph"]["nodes"][1]["parameters"] == {"quality": "fast"}
    assert drawn["graph"]["nodes"][0]["position"] == {"x": 5, "y": 5}
    wrong = {"base_version": 2, "operations": [operations[1], {"op": "remove_node", "id": "nobody"}]}
    refused = await person.http.patch(path, json=wrong)
    assert refused.status_code == 422 and refused.json()["errors"][0]["path"] == "operations.1.id"
    unknown = await person.http.patch(path, json={"base_version": 2, "operations": [{"op": "explode"}]})
    assert unknown.status_code == 422 and unknown.json()["errors"][0]["path"].startswith("operations.0")


@pytest.mark.parametrize("verb", ["put", "patch"])
async def test_who_is_behind_gets_409_with_the_latest(person: Person, verb: str) -> None:
    made = await create(person, name="cards", graph=UNFINISHED)
    path = f"/api/pipelines/{made['id']}"
    await person.http.put(path, json={"graph": GOOD, "base_version": 1})
    remove = {"base_version": 1, "operations": [{"op": "remove_node", "id": "cut"}]}
    if verb == "put":
        late = await person.http.put(path, json={"graph": UNFINISHED, "base_version": 1})
    else:
        late = await person.http.patch(f"{path}/graph", json=remove)
    problem = late.json()
    assert (late.status_code, problem["code"]) == (409, "version_conflict")
    assert problem["latest"] == {"version": 2, "graph": GOOD}
    merged = await person.http.patch(f"{path}/graph", json={**remove, "base_version": problem["latest"]["version"]})
    assert merged.status_code == 200 and merged.json()["version"] == 3


async def test_versions_are_listed_looked_at_and_restored(person: Person) -> None:
    made = await create(person, name="cards", graph=GOOD, note="good")
    path = f"/api/pipelines/{made['id']}"
    await person.http.post(f"{path}/publish")
    await person.http.put(path, json={"graph": UNFINISHED, "note": "broken"})
    await person.http.put(path, json={"graph": {"nodes": [], "edges": []}})
    first = (await person.http.get(f"{path}/versions?limit=2")).json()
    rest = (await person.http.get(f"{path}/versions?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["version"] for each in first["data"] + rest["data"]] == [3, 2, 1] and rest["next_cursor"] is None
    assert rest["data"][0]["published"] and rest["data"][0]["note"] == "good"
    old = (await person.http.get(f"{path}/versions/2")).json()
    assert (old["graph"], old["valid"], old["note"], old["published"]) == (UNFINISHED, False, "broken", False)
    assert (await person.http.get(f"{path}/versions/9")).status_code == 404
    back = (await person.http.post(f"{path}/restore", json={"version": 1})).json()
    assert (back["version"], back["graph"], back["published_version"]) == (4, GOOD, 1)
    assert "1" in back["note"]
    assert (await person.http.post(f"{path}/publish", json={"version": 2})).status_code == 422


async def test_what_is_exported_can_be_imported(person: Person) -> None:
    made = await create(person, name="封面/海报", description="for shops", graph=GOOD)
    answer = await person.http.get(f"/api/pipelines/{made['id']}/export")
    assert answer.headers["content-type"] == "application/json"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment") and disposition.endswith(".pipeline.json")
    file = json.loads(answer.text)
    assert (file["format"], file["format_version"], file["graph"]) == ("workshop.pipeline", 1, GOOD)
    again = await person.http.post("/api/pipelines/import", json=file)
    assert again.status_code == 201
    same = ("name", "description", "graph", "valid")
    assert [again.json()[key] for key in same] == [made[key] for key in same] and again.json()["id"] != made["id"]
    for change, path in (({"format": "n8n"}, "format"), ({"format_version": 2}, "format_version")):
        refused = await person.http.post(
            "/api/pipelines/import", json={**file, **change}, headers={"Accept-Language": "zh"}
        )
        assert refused.status_code == 422
        (error,) = refused.json()["errors"]
        assert error["path"] == path and "无法读取" in error["message"] and "workshop.pipeline 1" in error["message"]


async def test_a_copy_is_a_pipeline_of_its_own(person: Person) -> None:
    await person.http.patch("/api/users/me", json={"language": "en"})
    made = await create(person, name="n" * 100, graph=GOOD)
    copied = await person.http.post(f"/api/pipelines/{made['id']}/duplicate")
    assert copied.status_code == 201 and copied.json()["name"] == "n" * 93 + " (copy)"
    assert (copied.json()["graph"], copied.json()["version"]) == (GOOD, 1)
    named = await person.http.post(f"/api/pipelines/{made['id']}/duplicate", json={"name": "other"})
    assert named.json()["name"] == "other"


async def test_a_deleted_pipeline_is_nowhere(person: Person) -> None:
    kept, gone = await create(person, name="kept"), await create(person, name="gone")
    assert (await person.http.delete(f"/api/pipelines/{gone['id']}")).status_code == 204
    listed = (await person.http.get("/api/pipelines")).json()["data"]
    assert [each["id"] for each in listed] == [kept["id"]] and "graph" not in listed[0]
    for path in ("", "/versions", "/export"):
        assert (await person.http.get(f"/api/pipelines/{gone['id']}{path}")).status_code == 404


async def test_the_same_key_makes_one_pipeline(person: Person) -> None:
    made = await create(person, name="one", graph=GOOD)
    file = (await person.http.get(f"/api/pipelines/{made['id']}/export")).json()
    calls = (("", {"name": "two"}), ("/import", file), (f"/{made['id']}/duplicate", {}))
    for number, (path, body) in enumerate(calls):
        headers = {"Idempotency-Key": f"key-{number}"}
        answers = [await person.http.post(f"/api/pipelines{path}", json=body, headers=headers) for _ in range(2)]
        assert [each.status_code for each in answers] == [201, 201] and answers[0].json() == answers[1].json()
        assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert len((await person.http.get("/api/pipelines")).json()["data"]) == 4


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"description": "x" * 2001}, "description"),
        ({"colour": "red"}, "colour"),
        ({"graph": {"nodes": [{"id": "a b", "type": "tool"}]}}, "graph.nodes.0.id"),
        ({"graph": {"nodes": [{"id": "a", "type": "tool", "note": "x" * 2_200_000}]}}, "graph"),
    ],
)
async def test_what_is_no_pipeline_is_refused_by_field(person: Person, body: dict[str, Any], path: str) -> None:
    answer = await person.http.post("/api/pipelines", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["path"] == path


async def test_keys_that_may_only_read_change_nothing(app: FastAPI, person: Person) -> None:
    made = await create(person, name="mine", graph=GOOD)
    key = await person.http.post("/api/users/me/api-keys", json={"name": "k", "scopes": ["jobs:read"]})
    async with client_of(app, headers={"Authorization": f"Bearer {key.json()['key']}"}) as reader:
        path = f"/api/pipelines/{made['id']}"
        assert (await reader.get(path)).status_code == 200
        for answer in (
            await reader.post(f"{path}/publish"),
            await reader.post(f"{path}/duplicate"),
            await reader.put(path, json={}),
            await reader.delete(path),
        ):
            assert answer.status_code == 403


async def test_one_may_begin_with_a_template(person: Person) -> None:
    await person.http.patch("/api/users/me", json={"language": "en"})
    listed = (await person.http.get("/api/pipelines/templates")).json()["data"]
    assert len(listed) >= 24 and "graph" not in listed[0] and all(each["available"] for each in listed)
    videos = (await person.http.get("/api/pipelines/templates?category=video&q=watermark")).json()["data"]
    assert videos and {each["category"] for each in videos} == {"video"} and len(videos) < len(listed)
    seen = (await person.http.get(f"/api/pipelines/templates/{videos[0]['id']}")).json()
    assert seen["graph"]["nodes"] and seen["title"] == videos[0]["title"]
    made = await create(person, template_id=seen["id"])
    assert (made["name"], made["description"], made["graph"]) == (seen["title"], seen["description"], seen["graph"])
    assert made["valid"]
    own = await create(person, template_id=seen["id"], name="mine", description="")
    assert (own["name"], own["description"]) == ("mine", "")
    for body, status in (({"template_id": "nothing"}, 404), ({"template_id": seen["id"], "graph": GOOD}, 422)):
        assert (await person.http.post("/api/pipelines", json=body)).status_code == status
    assert (await person.http.get("/api/pipelines/templates/nothing")).status_code == 404
    assert (await person.http.get("/api/pipelines/templates?category=music")).status_code == 422


async def test_a_pipeline_within_another_is_judged_with_it(person: Person, sign_up: SignUp) -> None:
    inner = await create(person, name="inner", graph=GOOD)
    nodes = [
        GOOD["nodes"][0],
        {"id": "sub", "type": "pipeline", "parameters": {"pipeline_id": inner["id"]}},
        GOOD["nodes"][2],
    ]
    edges = [
        {"from": "in", "to": "sub", "to_port": "photo"},
        {"from": "sub", "from_port": "result", "to": "out"},
    ]
    drawn = {"nodes": nodes, "edges": edges}
    outer = await create(person, name="outer", graph=drawn)
    assert outer["valid"], outer["errors"]
    assert (await person.http.post("/api/pipelines/validate", json={"graph": drawn})).json()["valid"]
    assert (await person.http.post(f"/api/pipelines/{outer['id']}/publish")).status_code == 200
    stranger = await create(await sign_up(), name="theirs", graph=drawn)
    assert [(each["code"], each["path"]) for each in stranger["errors"]] == [
        ("unknown_pipeline", "nodes.1.parameters.pipeline_id")
    ]
    await person.http.delete(f"/api/pipelines/{inner['id']}")
    refused = await person.http.post(f"/api/pipelines/{outer['id']}/publish")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_graph")
