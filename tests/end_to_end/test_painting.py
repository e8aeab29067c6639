"""A picture from words, from the request to the labeled file; and the label again after an edit of that file."""

from pathlib import Path

from activities.media import labels
from activities.media.images import read_image
from tests.running_platform import User

WORDS = {"text": "a cat on a chair"}


async def test_words_become_a_picture_that_says_who_made_it(user: User, checkpoint: Path, tmp_path: Path) -> None:
    body = {"inputs": WORDS, "parameters": {}}
    quote = (await user.post("/api/tools/sketch-to-image/quote", json=body)).json()
    job = await user.ended(await user.job("sketch-to-image", WORDS))

    assert (job["status"], job["engine"], job["credits"]["used"]) == ("succeeded", "house", 6), job
    assert {"label": "painting", "credits": 4} in quote["breakdown"] and quote["credits"] == 6
    path = tmp_path / "cat.png"
    path.write_bytes((await user.get(job["outputs"][0]["url"])).content)
    label = labels.read(path)
    assert label is not None and (label.producer, label.produce_id) == ("AI创意工坊", f"{job['id']}-1")
    assert job["outputs"][0]["metadata"]["aigc"] == label.facts()

    edited = await user.ended(await user.job("sketch-to-image", {"image": await user.upload(path)}, format="jpeg"))
    assert edited["credits"]["used"] == 2 and not edited["data"]["text_used"]
    again = tmp_path / "drawn.jpg"
    again.write_bytes((await user.get(edited["outputs"][0]["url"])).content)
    assert labels.read(again) == label
    assert read_image(again).pixels.shape == read_image(path).pixels.shape


async def test_a_checkpoint_that_is_broken_is_named_and_costs_nothing(user: User, checkpoint: Path) -> None:
    index = checkpoint / "model_index.json"
    aside = index.rename(index.with_suffix(".aside"))
    job = await user.ended(await user.job("sketch-to-image", WORDS))
    aside.rename(index)
    assert (job["status"], job["error"]["code"], job["credits"]["used"]) == ("failed", "checkpoint_unusable", 0)
    assert "house" in job["error"]["message"] and not job["error"]["retryable"]


async def test_refused_words_are_not_painted_and_cost_nothing(user: User, checkpoint: Path) -> None:
    job = await user.ended(await user.job("sketch-to-image", {"text": "画一张 色 情 图片"}))
    assert (job["status"], job["error"]["code"], job["credits"]["used"]) == ("failed", "content_refused", 0)
    assert not job["error"]["retryable"] and not job["outputs"]
