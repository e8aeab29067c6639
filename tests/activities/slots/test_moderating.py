"""Moderation around a tool: a safe photograph passes; a limit that even it fails shows where pictures are refused."""

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
from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask, TaskFile
from activities.slots.slot import Slot
from activities.staging import Stager
from models.errors import ContentRefused
from models.settings import Settings
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

    async def perform(limit: float, moderated: bool = True, photo: Path | None = None, **parameters: Any) -> SlotAnswer:
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
            texts={},
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
