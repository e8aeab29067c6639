"""One input through several models: jobs side by side, each paid by itself; what models did is counted and rated."""

from models.session import Database
from tests.running_platform import User, assert_ledger_is_exact

LOOKS = [
    "handwriting/page-zhi-mang-xing-plain",
    "handwriting/page-zhi-mang-xing-lined",
    "handwriting/page-zhi-mang-xing-grid",
]
CALL = {"tool_id": "handwriting", "inputs": {"text": "人生没有白走的路"}, "models": LOOKS}


async def test_models_are_compared_counted_and_rated(user: User, database: Database) -> None:
    before = (await user.get(f"/api/models/{LOOKS[1]}")).json()
    refused = await user.put(f"/api/models/{LOOKS[1]}/rating", json={"stars": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")

    answer = await user.post("/api/models/compare", json=CALL, headers={"Prefer": "wait=60", "Idempotency-Key": "once"})
    comparison = answer.json()
    assert (answer.status_code, comparison["status"]) == (200, "ended"), answer.text
    jobs = comparison["jobs"]
    assert [(job["model"], job["status"]) for job in jobs] == [(look, "succeeded") for look in LOOKS]
    assert all(job["processing_time_ms"] > 0 and job["inputs"] == CALL["inputs"] for job in jobs)
    made = [(await user.get(f"/api/files/{job['outputs'][0]['file_id']}")).json()["sha256"] for job in jobs]
    assert len(set(made)) == 3
    used = sum(job["credits"]["used"] for job in jobs)
    assert comparison["credits"] == {"held": 0, "used": used} and (await user.credits())["balance"] == 1000 - used
    again = await user.post("/api/models/compare", json=CALL, headers={"Idempotency-Key": "once"})
    assert again.json()["id"] == comparison["id"]
    assert (await user.get(f"/api/comparisons/{comparison['id']}")).json() == comparison
    assert [each["id"] for each in (await user.get("/api/comparisons")).json()["data"]] == [comparison["id"]]

    for stars in (2, 5):
        rated = await user.put(f"/api/models/{LOOKS[1]}/rating", json={"stars": stars})
        assert rated.json() == {"model": LOOKS[1], "stars": stars}
    after = (await user.get(f"/api/models/{LOOKS[1]}")).json()
    assert after["uses"] == before["uses"] + 1 and after["measured"]["jobs"] == before["measured"]["jobs"] + 1
    assert after["measured"]["success_rate"] > 0 and after["measured"]["seconds_median"] > 0
    assert after["rating"]["count"] == before["rating"]["count"] + 1
    best = (await user.get("/api/models", params={"sort": "rating", "limit": 1})).json()["data"]
    assert best[0]["rating"]["average"] >= after["rating"]["average"] > 0
    most = (await user.get("/api/models", params={"sort": "use", "limit": 200})).json()["data"]
    uses = [each["uses"] for each in most]
    assert len(uses) == 200 and uses == sorted(uses, reverse=True)
    assert (await user.delete(f"/api/models/{LOOKS[1]}/rating")).status_code == 204
    assert (await user.get(f"/api/models/{LOOKS[1]}")).json()["rating"] == before["rating"]
    retried = (await user.post(f"/api/jobs/{jobs[0]['id']}/retry")).json()
    assert retried["model"] == LOOKS[0]
    await user.ended(retried["id"])
    listed = (await user.get("/api/users/me/jobs", params={"model": LOOKS[0]})).json()["data"]
    assert {each["id"] for each in listed} == {jobs[0]["id"], retried["id"]}
    await assert_ledger_is_exact(database)


async def test_a_comparison_opens_all_of_its_jobs_or_none(user: User, database: Database) -> None:
    wrong = [
        ({**CALL, "models": [LOOKS[0], LOOKS[0]]}, 422, "invalid_input"),
        ({**CALL, "models": [LOOKS[0]]}, 422, "invalid_input"),
        ({**CALL, "models": [LOOKS[0], "handwriting/none"]}, 404, "not_found"),
        ({**CALL, "models": [LOOKS[0], "text-to-speech/zf-xiaoxiao"]}, 422, "invalid_input"),
        ({**CALL, "tool_id": "nothing"}, 404, "not_found"),
    ]
    for body, status, code in wrong:
        answer = await user.post("/api/models/compare", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    await user.ended(await user.job("sample-noop", credits=998))
    answer = await user.post("/api/models/compare", json=CALL)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert (await user.get("/api/comparisons")).json()["data"] == []
    assert (await user.credits())["held"] == 0
    await assert_ledger_is_exact(database)
