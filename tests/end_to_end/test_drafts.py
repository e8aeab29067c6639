"""From a sentence to a pipeline that can be saved and run."""

from tests.running_platform import User


async def test_a_sentence_becomes_a_draft_that_can_be_saved(user: User) -> None:
    """The provider of the tests answers with prose: the draft is what the search found."""
    asked = {"text": "把一批商品照片变清晰,做成白底主图"}
    answer = await user.post("/api/pipelines/draft", json=asked, headers={"Prefer": "wait=60"})
    draft = answer.json()
    assert (answer.status_code, draft["by"], draft["near"][0]["id"]) == (200, "search", "shop-photo-set"), draft
    assert draft["engine"] == "search (multilingual-e5-small)"
    assert draft["explanation"].startswith("最接近的模板是「商品图成套」")
    assert draft["credits"] == 1
    checked = await user.post("/api/pipelines/validate", json={"graph": draft["graph"]})
    assert checked.json() == {"valid": True, "errors": []}
    saved = await user.post("/api/pipelines", json={"name": "mine", "graph": draft["graph"]})
    assert saved.status_code == 201, saved.text
    assert (await user.get(f"/api/pipelines/draft/{draft['job_id']}")).json() == draft


async def test_a_draft_is_its_owners(user: User, api_url: str) -> None:
    asked = {"text": "Write my signature by hand"}
    headers = {"Prefer": "wait=60", "Accept-Language": "en"}
    draft = (await user.post("/api/pipelines/draft", json=asked, headers=headers)).json()
    assert draft["explanation"].startswith("The nearest tool is Handwriting"), draft
    other = await User.register(api_url)
    assert (await other.get(f"/api/pipelines/draft/{draft['job_id']}")).status_code == 404
    job = await user.job("sample-noop")
    assert (await user.get(f"/api/pipelines/draft/{job}")).status_code == 404
