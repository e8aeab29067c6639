"""The inpainting network of the settings: found, brought to the tools that fill, and looked at by the doctor."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from activities.inference.checkpoints import Checkpoints
from activities.inference.inpainting import InpaintingFile, fetch_network
from activities.inference.manifest import PathSource, WeightFile
from activities.inference.weights import Weights
from activities.slots.child import SlotContext
from activities.slots.protocol import SlotTask
from activities.staging import Stager
from models.errors import CheckpointUnusable
from models.settings import Inpainting, Settings
from tests.activities.inference.tiny_inpainting import lama_onnx, migan_onnx
from tests.activities.tools.context import engines, find
from workers.embedded.diagnosis import Finding, _inpainting


def setting(source: Path | str, kind: str = "lama") -> Inpainting:
    return Inpainting.model_validate({"name": "house", "source": str(source), "kind": kind})


def doctor(home: Path, source: Path | str, kind: str = "lama") -> list[Finding]:
    return list(_inpainting(Settings(weights_cache=home, device="cpu", inpainting=setting(source, kind))))


def test_the_setting_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().inpainting is None
    monkeypatch.setenv("INPAINTING", '{"name": "house", "source": "/models/lama.onnx", "kind": "lama"}')
    assert Settings().inpainting == setting("/models/lama.onnx")


def test_a_file_of_the_manifest_is_fetched_by_its_name(tmp_path: Path) -> None:
    file = migan_onnx(tmp_path / "migan.onnx")
    entry = WeightFile(
        source=PathSource(kind="path", path=file),
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
        size=file.stat().st_size,
        license="MIT",
        origin="test",
    )
    found = fetch_network(setting("mi-gan", "migan"), Weights(tmp_path / "weights", {"mi-gan": entry}))
    assert found.path.read_bytes() == file.read_bytes() and found.path.parent == tmp_path / "weights"
    with pytest.raises(CheckpointUnusable, match=r"house.*no file"):
        fetch_network(setting("gone.onnx"), Weights(tmp_path / "weights", {}))


async def test_it_reaches_the_tools_that_fill_and_no_others(tmp_path: Path) -> None:
    nothing: Any = None
    weights = Weights(tmp_path / "weights", {})
    file = lama_onnx(tmp_path / "lama.onnx")
    stager = Stager(nothing, nothing, nothing, weights, Checkpoints([], weights), "off", setting(file))
    brought = {each: await stager.filler(find(each)) for each in ("remove-people", "remove-watermark", "image-enhance")}
    given = InpaintingFile(name="house", path=file, kind="lama")
    assert brought == {"remove-people": given, "remove-watermark": given, "image-enhance": None}
    task = SlotTask(
        tool_id="remove-people", stage="run", parameters={}, files=[], texts={}, scratch=str(tmp_path),
        language="zh", engines=[], filler=given,
    )  # fmt: skip
    context = SlotContext(nothing, engines(), SlotTask.model_validate_json(task.model_dump_json()), 1, nothing)
    assert context.filler is not None and context.filler.label == "house"
    assert SlotContext(nothing, engines(), task.model_copy(update={"filler": None}), 1, nothing).filler is None


def test_the_doctor_tries_it(tmp_path: Path) -> None:
    file = lama_onnx(tmp_path / "lama.onnx")
    assert [each.state for each in doctor(tmp_path, file)] == ["ok"]
    for source, kind, word in (
        (file, "migan", "its kind wants"),
        (tmp_path / "gone.onnx", "lama", "there is no file"),
        (Path(__file__), "lama", "must end in"),
    ):
        (finding,) = doctor(tmp_path, source, kind)
        assert finding.state == "problem" and word in finding.found and "INPAINTING" in finding.advice
    assert not list(_inpainting(Settings()))
