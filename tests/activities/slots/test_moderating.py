"""Moderation around a tool: a safe photograph passes; a limit that even it fails shows where pictures are refused.
Videos are looked at in a few places, words are read on their way in, out, and to a text provider and back."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.inference.checkpoints import Checkpoints
from activities.slots.moderating import Moderator
from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask, TaskFile
from activities.slots.slot import Slot
from activities.staging import Stager
from activities.tools.base import Output
from activities.writing.engine import Message, Request, Tell, Written
from models.errors import ContentRefused
from models.settings import Settings
from tests.activities.media.clips import ffmpeg, rabbit
from tests.activities.tools.context import REPOSITORY, engines, weights

Run = Callable[..., Awaitable[SlotAnswer]]


def score(pixels: Any) -> float:
    return float(engines().get("moderation").score(pixels))


@pytest.mark.parametrize("photo", [data.astronaut, data.coffee, data.chelsea, lambda: load_sample_image("flower.jpg")])
def test_safe_photographs_score_low_again_and_again(photo: Callable[[], Any]) -> None:
    first = score(photo())
    assert 0 < first < 0.2
    assert score(photo()) == first


def test_bare_skin_scores_higher_than_clothes() -> None:
    """A crop of nothing but skin is what the network looks for: no limit, but a direction."""
    face = Image.fromarray(data.astronaut()[110:180, 190:250]).resize((512, 512), Image.Resampling.BICUBIC)
    assert score(data.astronaut()) < score(np.asarray(face))


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    """Runs sample-picture under a limit, in a slot with the real network."""
    weights().ensure("open-nsfw")
    slots: list[Slot] = []

    async def ignore(answer: SlotAnswer) -> None:
        assert answer.kind == "progress"

    async def perform(
        limit: float,
        moderated: bool = True,
        photo: Path | None = None,
        texts: dict[str, str] | None = None,
        **parameters: Any,
    ) -> SlotAnswer:
        config = SlotConfig(
            threads=1,
            device="cpu",
            engine_cache=1 << 30,
            weights=str(REPOSITORY / Settings().weights_folder),
            extra_tools=["tests.sample_tools"],
            refuse_from=limit,
        )
        slots.append(Slot(config, 1 << 40, dict(os.environ)))
        file = TaskFile(port="image", path=str(photo), name="度假.png", mime_type="image/png", sha256="0" * 64)
        task = SlotTask(
            tool_id="sample-picture",
            stage="run",
            parameters=parameters,
            files=[file] if photo else [],
            texts=texts or {},
            scratch=str(tmp_path),
            language="zh",
            engines=[],
            moderated=moderated,
        )
        return await slots[-1].run(task, ignore)

    yield perform
    for slot in slots:
        await slot.kill()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "in.png"
    Image.fromarray(data.coffee()).save(path)
    return path


async def test_a_safe_picture_passes(run: Run, photo: Path) -> None:
    assert (await run(0.8, photo=photo)).outputs


async def test_what_is_brought_is_refused_by_its_name_before_any_work(run: Run, photo: Path, tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as raised:
        await run(1e-6, photo=photo)
    assert (raised.value.code, raised.value.status, raised.value.retryable) == ("content_refused", 422, False)
    assert "度假.png" in raised.value.detail("zh")
    assert not (tmp_path / "picture.png").exists()


async def test_what_is_made_is_refused_by_its_port(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ContentRefused, match="image"):
        await run(1e-6, generated=True)
    assert (tmp_path / "picture.png").exists()


async def test_nobody_looks_unless_it_is_wanted(run: Run, photo: Path) -> None:
    assert (await run(1e-6, moderated=False, photo=photo)).outputs


async def test_the_setting_says_which_calls_are_looked_at() -> None:
    def stager(setting: str) -> Stager:
        nothing: Any = None
        return Stager(nothing, nothing, nothing, weights(), Checkpoints([], weights()), setting)

    looked = {
        setting: [await stager(setting).moderation(painting) for painting in (False, True)]
        for setting in ("off", "generated", "all")
    }
    assert looked == {"off": [False, False], "generated": [False, True], "all": [True, True]}
    assert (Settings().moderation, Settings().moderation_threshold) == ("generated", 0.8)


class Reddish:
    """An engine that takes red for what is not wanted, and counts what it is shown."""

    def __init__(self) -> None:
        self.seen = 0

    def get(self, name: str) -> "Reddish":
        assert name == "moderation"
        return self

    def score(self, rgb: np.ndarray) -> float:
        self.seen += 1
        red, green, blue = (float(rgb[:, :, each].mean()) for each in range(3))
        return float(red > 180 and max(green, blue) < 60)


def moderator(engine: Reddish | None = None, setting: Any = "all", words: list[str] | None = None) -> Moderator:
    config = SlotConfig(
        threads=1, device="cpu", engine_cache=1, weights="", refuse_from=0.8, moderation=setting,
        refused_words=words or [],
    )  # fmt: skip
    return Moderator(engine or Reddish(), config)


def task(files: dict[Path, str] | None = None, texts: dict[str, str] | None = None, **parameters: Any) -> SlotTask:
    return SlotTask(
        tool_id="any", stage="run", parameters=parameters, texts=texts or {}, scratch="", language="zh", engines=[],
        moderated=True, files=[
            TaskFile(port="video", path=str(path), name=path.name, mime_type=kind, sha256="0" * 64)
            for path, kind in (files or {}).items()
        ],
    )  # fmt: skip


RED_IN_THE_MIDDLE = "drawbox=color=red:t=fill:enable='between(t,0.8,1.6)'"


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "webm"])
@pytest.mark.parametrize("every", [2, 500])
def test_a_video_is_looked_at_in_a_few_places_all_over(tmp_path: Path, suffix: str, every: int) -> None:
    codec = ["-c:v", "libvpx", "-deadline", "realtime"] if suffix == "webm" else ["-c:v", "libx264"]
    safe = rabbit(tmp_path / f"safe.{suffix}", 2.4, *codec, "-g", str(every), size="160:90")
    bad = rabbit(tmp_path / f"度假.{suffix}", 2.4, *codec, "-g", str(every), size="160:90", filters=RED_IN_THE_MIDDLE)
    engine = Reddish()
    moderator(engine).inputs(task({safe: f"video/{suffix}"}))
    assert 8 <= engine.seen <= 16
    with pytest.raises(ContentRefused, match="度假"):
        moderator().inputs(task({bad: f"video/{suffix}"}))
    with pytest.raises(ContentRefused, match="result"):
        moderator().outputs(task(), [Output("result", bad, f"video/{suffix}")])


def test_a_picture_that_moves_is_looked_at_all_over(tmp_path: Path) -> None:
    clip = rabbit(tmp_path / "clip.mp4", 2.4, size="160:90", filters=RED_IN_THE_MIDDLE)
    for name in ("moving.gif", "moving.webp"):
        ffmpeg("-i", clip, "-r", "10", tmp_path / name)
        with pytest.raises(ContentRefused, match=name):
            moderator().inputs(task({tmp_path / name: f"image/{name[-4:].strip('.')}"}))


def test_what_is_broken_or_has_no_pictures_is_for_the_tool_to_judge(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"\0" * 4000)
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    moderator().inputs(task({tmp_path / "x.mp4": "video/mp4", tmp_path / "x.pdf": "application/pdf"}))


def test_words_of_inputs_parameters_and_documents_are_read(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text("从前有座山。\n山里下载色情视频。", encoding="gb18030")
    (tmp_path / "safe.txt").write_text("从前有座山。", encoding="utf-8")
    moderator().inputs(
        task({tmp_path / "safe.txt": "text/plain"}, {"text": "一只红色的猫"}, title=["a cat", {"b": "dog"}])
    )
    for refused, name in (
        (task({tmp_path / "story.txt": "text/plain"}), "story.txt"),
        (task(texts={"text": "色 情 片"}), "text"),
        (task(items=[{"line": "a cat"}, {"line": "Ｐ0ＲＮ"}]), "items"),
    ):
        with pytest.raises(ContentRefused, match=name):
            moderator().inputs(refused)
    with pytest.raises(ContentRefused, match="story"):
        moderator().outputs(task(), [Output("story", tmp_path / "story.txt", "text/plain")])
    moderator().inputs(task(texts={"text": "色情"}).model_copy(update={"moderated": False}))


class Telling:
    label = "house"

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces
        self.asked = 0

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked += 1
        for piece in self.pieces:
            tell(piece)
        return Written("".join(self.pieces), "house")


def test_a_text_provider_is_asked_and_heard_by_the_same_words() -> None:
    told: list[str] = []
    ask = Request((Message("system", "不写色情"), Message("user", "写一段关于猫的话")))
    writer = Telling(["猫在", "晒太阳。"])
    assert moderator(setting="generated").listening(writer).write(ask, told.append).text == "猫在晒太阳。"
    with pytest.raises(ContentRefused, match="house"):
        moderator(setting="generated").listening(Telling(["快来下载色", "情视频", "吧"])).write(ask, told.append)
    assert told == ["猫在", "晒太阳。", "快来下载色"]
    with pytest.raises(ContentRefused, match="text"):
        moderator(words=["太阳能"]).listening(writer).write(Request((Message("user", "写太 阳 能"),)), told.append)
    assert writer.asked == 1
    assert moderator(setting="off").listening(writer) is writer


async def test_refused_words_end_the_job_in_the_slot(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ContentRefused) as raised:
        await run(0.99, texts={"text": "色 情"})
    assert raised.value.params == {"file": "text", "category": "sexual"}
    assert not (tmp_path / "picture.png").exists()
