"""What tools wrote of a kept brief, found again."""

from tests.running_platform import User

BRIEF = "产品：{{product}} 卖点：{{points}} 活动价{{price}}元，{{product}}"


async def test_what_was_written_of_a_brief_is_in_the_history(user: User) -> None:
    body = {"name": "x", "tool_id": "text-generation", "text": BRIEF, "parameters": {"length": 50}}
    kept = (await user.post("/api/texts/templates", json=body)).json()
    fields = {"product": "便携保温杯", "points": "保温12小时", "price": "99"}
    job = await user.post(
        f"/api/texts/templates/{kept['id']}/execute",
        json={"fields": fields, "parameters": {"count": 2}},
        headers={"Prefer": "wait=30"},
    )
    assert job.json()["status"] == "succeeded", job.text
    found = (await user.get("/api/texts", params={"q": "保温12小时"})).json()["data"]
    assert [each["job_id"] for each in found] == [job.json()["id"]]
    assert (len(found[0]["texts"]), found[0]["brief"].count("便携保温杯")) == (2, 2)
    assert not (await user.get("/api/texts", params={"q": "没有写过"})).json()["data"]
    assert not (await user.get("/api/texts", params={"tool_id": "article-rewrite"})).json()["data"]
