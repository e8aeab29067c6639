"""Texts that were written, and briefs that are kept: by people of their own accounts."""

from tests.api.conftest import SignUp

BRIEF = "产品：{{product}} 卖点：{{points}} 活动价{{price}}元，{{product}}"


async def test_a_brief_is_kept_changed_found_and_forgotten(sign_up: SignUp) -> None:
    me, stranger = (await sign_up()).http, (await sign_up()).http
    body = {"name": "新品", "tool_id": "text-generation", "text": BRIEF, "parameters": {"style": "promo"}}
    kept = (await me.post("/api/texts/templates", json=body)).json()
    assert kept["blanks"] == ["product", "points", "price"]
    changed = await me.patch(f"/api/texts/templates/{kept['id']}", json={"name": "上新"})
    assert (changed.json()["name"], changed.json()["parameters"]) == ("上新", {"style": "promo"})
    assert [each["id"] for each in (await me.get("/api/texts/templates", params={"q": "卖点"})).json()["data"]] == [
        kept["id"]
    ]
    assert not (await stranger.get("/api/texts/templates")).json()["data"]
    assert (await me.delete(f"/api/texts/templates/{kept['id']}")).status_code == 204
    assert (await me.get(f"/api/texts/templates/{kept['id']}")).status_code == 404


async def test_a_brief_that_could_not_be_used_is_refused(sign_up: SignUp) -> None:
    me = (await sign_up()).http
    body = {"name": "x", "tool_id": "text-generation", "text": BRIEF}
    wrong = await me.post("/api/texts/templates", json=body | {"parameters": {"style": "nobody"}})
    assert (wrong.status_code, wrong.json()["errors"][0]["path"]) == (422, "parameters.style")
    picture = await me.post("/api/texts/templates", json=body | {"tool_id": "remove-people"})
    assert (picture.status_code, picture.json()["errors"][0]["path"]) == (422, "tool_id")
    kept = (await me.post("/api/texts/templates", json=body)).json()
    fields = {"fields": {"product": "杯子", "more": "x"}}
    unfilled = await me.post(f"/api/texts/templates/{kept['id']}/execute", json=fields)
    paths = [each["path"] for each in unfilled.json()["errors"]]
    assert (unfilled.status_code, paths) == (422, ["fields.points", "fields.price", "fields.more"])
