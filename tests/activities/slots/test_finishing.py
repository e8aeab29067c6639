"""What leaves a slot: what was generated says so, and what came labeled stays labeled."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from activities.inference.checkpoints import CheckpointFiles
from activities.media import labels
from activities.media.images import read_image, write_image
from activities.media.labels import Label
from activities.slots.finishing import PREVIEW_BYTES
from activities.slots.protocol import SlotAnswer, SlotConfig, SlotTask, TaskFile
from activities.slots.slot import Slot
from models.errors import CheckpointUnusable
from tests.activities.inference.tiny_checkpoint import save_checkpoint

ELSEWHERE = Label(producer="another house", produce_id="77")


@pytest.fixture
async def slot(tmp_path: Path) -> AsyncIterator[Slot]:
    config = SlotConfig(
        threads=1,
        device="cpu",
        engine_cache=1,
        weights=str(tmp_path),
        extra_tools=["tests.sample_tools"],
        producer="云创",
    )
    made = Slot(config, 1 << 40, dict(os.environ))
    yield made
    await made.kill()


async def run(slot: Slot, scratch: Path, image: Path | None = None, **parameters: object) -> SlotAnswer:
    async def ignore(answer: SlotAnswer) -> None:
        assert answer.kind == "progress"

    files = [TaskFile(port="image", path=str(image), name="photo.png", mime_type="image/png", sha256="0" * 64)]
    task = SlotTask(
        tool_id="sample-picture",
        stage="run",
        parameters=parameters,
        files=files if image else [],
        texts={},
        scratch=str(scratch),
        language="zh",
        engines=[],
        job_id="018f-job",
    )
    return await slot.run(task, ignore)


def photograph(path: Path, label: Label | None) -> Path:
    write_image(path, data.coffee(), "png")
    if label is not None:
        labels.add(path, label)
    return path


async def test_what_is_generated_says_so_in_the_file_and_in_the_picture(slot: Slot, tmp_path: Path) -> None:
    answer = await run(slot, tmp_path, generated=True)

    path = Path(answer.outputs[0].path)
    assert labels.read(path) == Label("1", "云创", "018f-job-1")
    assert answer.outputs[0].metadata["aigc"]["ContentProducer"] == "云创"
    changed = np.argwhere((read_image(path).pixels != data.astronaut()).any(2))
    assert len(changed) > 500 and changed[:, 0].min() > 400


async def test_what_is_edited_gets_none(slot: Slot, tmp_path: Path) -> None:
    answer = await run(slot, tmp_path, photograph(tmp_path / "in.png", None))
    path = Path(answer.outputs[0].path)
    assert labels.read(path) is None and "aigc" not in answer.outputs[0].metadata
    np.testing.assert_array_equal(read_image(path).pixels, data.coffee())


async def test_a_label_outlives_an_edit(slot: Slot, tmp_path: Path) -> None:
    answer = await run(slot, tmp_path, photograph(tmp_path / "in.png", ELSEWHERE))
    path = Path(answer.outputs[0].path)
    assert labels.read(path) == ELSEWHERE
    np.testing.assert_array_equal(read_image(path).pixels, data.coffee())


async def test_the_same_job_again_gives_the_same_bytes(slot: Slot, tmp_path: Path) -> None:
    made = []
    for attempt in "ab":
        (tmp_path / attempt).mkdir()
        answer = await run(slot, tmp_path / attempt, generated=True)
        made.append(Path(answer.outputs[0].path).read_bytes())
    assert made[0] == made[1]


async def test_a_checkpoint_paints_in_a_slot_and_its_picture_is_labeled(slot: Slot, tmp_path: Path) -> None:
    told: list[SlotAnswer] = []

    async def listen(answer: SlotAnswer) -> None:
        told.append(answer)

    files = CheckpointFiles(name="house", folder=save_checkpoint(tmp_path / "tiny"), steps=2)
    task = SlotTask(
        tool_id="sketch-to-image",
        stage="run",
        parameters={},
        files=[],
        texts={"text": "a cat"},
        scratch=str(tmp_path),
        language="en",
        engines=["lines"],
        job_id="018f-job",
        painter=files,
    )
    answer = await slot.run(task, listen)
    assert answer.engine == "house" and [each.step for each in told].count("paint") >= 3
    (preview,) = [base64.b64decode(each.preview) for each in told if each.preview]
    path = tmp_path / "seen.jpg"
    path.write_bytes(preview)
    assert len(preview) <= PREVIEW_BYTES and max(read_image(path).pixels.shape) <= 256
    assert labels.read(path) == Label("1", "云创", "018f-job")
    assert labels.read(Path(answer.outputs[0].path)) == Label("1", "云创", "018f-job-1")
    with pytest.raises(CheckpointUnusable):
        await slot.run(task.model_copy(update={"painter": files.model_copy(update={"folder": tmp_path})}), listen)
