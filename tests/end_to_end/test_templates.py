"""Every template runs on real inputs, as somebody would try it who has just opened the editor."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import skimage

from models.graphs.templates import Template, templates
from tests.activities.media.clips import ffmpeg, rabbit
from tests.running_platform import User

PHOTOS = [Path(skimage.__file__).parent / "data" / name for name in ("coffee.png", "chelsea.png", "astronaut.png")]
SPOKEN = "大家好，今天介绍一款保温杯。内胆是不锈钢，可以保温十二个小时。欢迎到店里看一看。"
ARTICLE = (
    "城市里的树不只是风景。夏天，一条有树的街比没有树的街凉三到五度，老人愿意出门，孩子愿意在外面玩。"
    "研究发现，看得见树的病房里，病人平均早一天出院。树叶还能挡住灰尘，让靠近马路的房间更安静。"
    "可是种下去只是开始：头三年最需要浇水和扶正，很多树就死在没人管的第二个夏天。"
    "所以一座城市要的不是种得多，而是活得久。\n\n"
    "去年，滨河区请居民认养门口的小树，每棵树挂一张卡片，写着认养人的名字和上次浇水的日期。"
    "一年以后，认养的树活了九成，没有认养的只活了六成。区里今年准备再放出两千棵。"
)
VALUES: dict[str, Any] = {
    "link": "https://example.com/shop",
    "brief": "便携保温杯，304不锈钢内胆，保温12小时，适合上班族，活动价99元",
    "color": "#00b140",
    "wish": "sharper",
    "name": "滨河",
}
QUICK = frozenset({"three-quote-cards", "catalog-with-repeats", "frame-dataset"})
"""In every run of the tests; the others are long."""

ALL = [
    pytest.param(each, id=each.id, marks=() if each.id in QUICK else pytest.mark.long) for each in templates().values()
]


async def speech(user: User, folder: Path) -> Path:
    """Somebody who says something."""
    job = (await user.execute("text-to-speech", {"text": SPOKEN}, {"Prefer": "wait=60"})).json()
    assert job["status"] == "succeeded", job
    path = folder / "speech.wav"
    path.write_bytes((await user.get(job["outputs"][0]["url"])).content)
    return path


async def value_for(user: User, name: str, kind: str, folder: Path) -> Any:
    """A real input of this kind; what the name asks for, where it does."""
    if kind == "image":
        return await user.upload(PHOTOS[2] if name == "portrait" else PHOTOS[0])
    if kind == "text":
        return VALUES.get(name, ARTICLE if name in {"article", "words"} else "好好生活")
    if kind == "document":
        path = folder / "article.txt"
        path.write_text(ARTICLE)
        return await user.upload(path)
    if kind == "audio":
        return await user.upload(await speech(user, folder))
    if kind == "video":
        return await user.upload(await talking(user, folder))
    return {"number": 6, "boolean": True}[kind]


async def talking(user: User, folder: Path) -> Path:
    """The rabbit, who speaks."""
    picture, sound, path = rabbit(folder / "rabbit.mp4", 4.0), await speech(user, folder), folder / "talking.mp4"
    ffmpeg("-i", picture, "-i", sound, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", "-shortest", path)
    return path


async def inputs_of(user: User, template: Template, folder: Path) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for node in template.graph.nodes:
        if node.type != "input":
            continue
        name, kind = node.parameters["name"], node.parameters.get("kind", "image")
        if node.parameters.get("many"):
            one = [await user.upload(path) for path in PHOTOS] if kind == "image" else None
            inputs[name] = one or [await value_for(user, name, kind, folder)] * 2
        else:
            inputs[name] = await value_for(user, name, kind, folder)
    return inputs


@pytest.mark.parametrize("template", ALL)
@pytest.mark.timeout(900)
async def test_a_template_runs(user: User, checkpoint: Path, template: Template, tmp_path: Path) -> None:
    created = (await user.post("/api/pipelines", json={"template_id": template.id})).json()
    inputs = await inputs_of(user, template, tmp_path)
    path = f"/api/pipelines/{created['id']}"
    quoted = (await user.post(f"{path}/quote", json={"inputs": inputs})).json()
    opened = await user.post(f"{path}/runs", json={"inputs": inputs})
    assert opened.status_code == 202, opened.text
    run = opened.json()
    while run["completed_at"] is None:
        await asyncio.sleep(0.3)
        run = (await user.get(f"/api/runs/{run['id']}")).json()
        steps = (await user.get(f"/api/runs/{run['id']}/steps")).json()["data"] if run["status"] == "waiting" else []
        for step in steps:  # those within maps too
            if step["status"] == "waiting":
                assert step["waiting"]["kind"] == "approval", (step, quoted)
                await user.post(f"/api/runs/{run['id']}/steps/{step['step']}/approve", json={"approved": True})
    assert run["status"] == "succeeded", (run["failed_step"], run["error"])
    assert run["outputs"] and 0 < run["credits"]["used"] <= quoted["credits"], (run["credits"], quoted)
    for value in run["outputs"].values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each.startswith("file_"):
                assert (await user.get(f"/api/files/{each}")).json()["file_size"] > 10
