"""The library over HTTP, and calls that name a model."""

import httpx

from tests.api.conftest import Person


async def test_models_are_listed_filtered_and_found(http: httpx.AsyncClient) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await http.get("/api/models", params={"limit": 200, "cursor": cursor})).json()
        seen += [each["id"] for each in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) >= 800
    voices = (await http.get("/api/models", params={"task": "text-to-speech"})).json()["data"]
    assert {each["category"] for each in voices} == {"text"} and len(voices) == 13
    found = (await http.get("/api/models", params={"q": "表情 bounce"})).json()["data"]
    assert found and all("bounce" in each["id"] for each in found)
    assert (await http.get("/api/models", params={"availability": "needs_gpu"})).json()["data"] == []
    one = (await http.get(f"/api/models/{voices[0]['id']}", headers={"Accept-Language": "en"})).json()
    assert one.pop("measured")["jobs"] >= 0
    assert one == {**voices[0], "name": one["name"]} and one["credits_per_use"] >= 1 and one["task"] == "text-to-speech"
    assert (await http.get("/api/models/nobody/knows")).status_code == 404


async def test_a_call_takes_a_model_and_refuses_one_that_contradicts_it(person: Person) -> None:
    path, inputs = "/api/tools/quote-image/quote", {"text": "人生没有白走的路"}
    good = await person.http.post(path, json={"inputs": inputs, "model": "quote-image/paper-mint"})
    assert good.status_code == 200, good.text
    against = {"inputs": inputs, "model": "quote-image/paper-mint", "parameters": {"template": "bold"}}
    bad = await person.http.post(path, json=against)
    assert (bad.status_code, bad.json()["errors"][0]["path"]) == (422, "parameters.template")
    other = await person.http.post(path, json={"inputs": inputs, "model": "style-transfer/mosaic"})
    assert other.status_code in (404, 422)
