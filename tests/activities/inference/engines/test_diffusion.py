"""One engine runs any pipeline of diffusers: here one of random weights, which paints noise, but by all the rules."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from activities.inference.devices import Device, pick
from activities.inference.diffusion.loading import WORKING_MEMORY, place
from activities.inference.diffusion.previews import MOST, SIDE, preview
from activities.inference.engines.diffusion import Diffusion, load_diffusion
from activities.painting.scene import Scene
from models.errors import CheckpointUnusable
from tests.activities.inference.tiny_checkpoint import save_adapter, save_checkpoint, save_controlnet

GREY = np.full((80, 112, 3), 120, np.uint8)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoints")
    save_checkpoint(folder / "tiny")
    save_controlnet(folder / "lines")
    save_adapter(folder / "adapter")
    return folder


@pytest.fixture(scope="module")
def engine(home: Path) -> Diffusion:
    made: Diffusion = load_diffusion({"checkpoint": home / "tiny"}, pick("cpu"), 1)
    return made


@pytest.fixture(scope="module")
def guided(home: Path) -> Diffusion:
    made: Diffusion = load_diffusion({"checkpoint": home / "tiny", "controlnet": home / "lines"}, pick("cpu"), 1)
    return made


def paint(engine: Diffusion, scheduler: str = "", **wishes: Any) -> np.ndarray:
    scene = Scene(**{"prompt": "a red cat", "width": 64, "height": 64, "steps": 2, "guidance": 5.0} | wishes)
    return engine.paint(scene, lambda share: None, scheduler)


def test_the_same_scene_gives_the_same_pixels(engine: Diffusion) -> None:
    first = paint(engine, seed=3)
    assert first.dtype == np.uint8 and first.shape == (64, 64, 3) and first.std() > 10
    np.testing.assert_array_equal(paint(engine, seed=3), first)


@pytest.mark.parametrize(
    "wish", [{"seed": 4}, {"prompt": "a blue dog"}, {"negative": "red"}, {"steps": 3}, {"guidance": 9.0}]
)
def test_every_wish_counts(engine: Diffusion, wish: dict[str, Any]) -> None:
    assert (paint(engine, **wish) != paint(engine)).any()


def test_a_scheduler_is_chosen_by_name_and_leaves_no_trace(engine: Diffusion) -> None:
    before = paint(engine)
    assert (paint(engine, "EulerAncestralDiscreteScheduler", steps=4) != paint(engine, steps=4)).any()
    np.testing.assert_array_equal(paint(engine), before)
    with pytest.raises(CheckpointUnusable, match="scheduler"):
        paint(engine, "StableDiffusionPipeline")


@pytest.mark.parametrize(("width", "height"), [(101, 67), (300, 80), (640, 480)])
def test_any_size_is_painted_where_the_network_is_at_home(engine: Diffusion, width: int, height: int) -> None:
    assert paint(engine, width=width, height=height).shape == (height, width, 3)


def test_a_picture_is_where_it_begins(engine: Diffusion) -> None:
    same: dict[str, Any] = {"width": 112, "height": 80, "steps": 4}
    kept, changed = (paint(engine, image=GREY, strength=strength, **same) for strength in (0.3, 0.9))
    other = paint(engine, image=255 - GREY // 2, strength=0.3, **same)
    assert (kept != changed).any() and (kept != other).any()


@pytest.mark.parametrize("which", ["engine", "guided"])
def test_outside_the_mask_nothing_changes(request: pytest.FixtureRequest, which: str) -> None:
    mask = np.zeros(GREY.shape[:2], np.uint8)
    mask[20:50, 30:70] = 255
    painted = paint(
        request.getfixturevalue(which), width=112, height=80, image=GREY, mask=mask, strength=1.0, guide=GREY
    )
    np.testing.assert_array_equal(painted[mask == 0], GREY[mask == 0])
    assert (painted[mask > 0] != 120).mean() > 0.9


def test_a_guide_is_followed_where_there_is_a_controlnet(engine: Diffusion, guided: Diffusion) -> None:
    lines = np.zeros((64, 64, 3), np.uint8)
    lines[20:40] = 255
    assert (engine.guided, guided.guided) == (False, True)
    drawn = paint(guided, guide=lines)
    assert (drawn != paint(guided, guide=255 - lines)).any()
    assert (paint(guided, guide=lines, image=lines) != paint(guided, guide=255 - lines, image=lines)).any()
    np.testing.assert_array_equal(paint(guided), paint(engine))
    np.testing.assert_array_equal(paint(engine, guide=lines), paint(engine))


def test_an_adapter_counts_by_its_weight_and_comes_off(engine: Diffusion, home: Path) -> None:
    file, plain = home / "adapter" / "pytorch_lora_weights.safetensors", paint(engine)
    changes = []
    for weight in (0.5, 1.0):
        engine.adapt([(file, weight)])
        changes.append(np.abs(paint(engine).astype(int) - plain).mean())
    engine.adapt([])
    np.testing.assert_array_equal(paint(engine), plain)
    assert 0 < changes[0] < changes[1]


def test_cancel_ends_it_between_two_steps(engine: Diffusion) -> None:
    class Canceled(Exception):
        pass

    told: list[float] = []

    def tell(share: float) -> None:
        told.append(share)
        if len(told) == 2:
            raise Canceled

    calls: list[int] = []
    hook = engine._base.unet.register_forward_hook(lambda *given: calls.append(1))
    with pytest.raises(Canceled):
        engine.paint(Scene("a cat", 64, 64, steps=5, guidance=5.0), tell)
    hook.remove()
    assert told == [0.2, 0.4] and len(calls) == 2
    assert paint(engine).shape == (64, 64, 3)


def test_previews_come_nearer_to_the_picture(engine: Diffusion) -> None:
    seen: list[np.ndarray] = []
    scene = Scene("a cat", 64, 64, steps=12, guidance=5.0)
    made = engine.paint(scene, lambda share: None, show=seen.append)
    assert len(seen) == MOST and all(each.shape == (64, 64, 3) and each.dtype == np.uint8 for each in seen)
    far = [np.abs(each.astype(float) - made).mean() for each in seen]
    assert far[-1] < far[0] and far == sorted(far, reverse=True), far
    np.testing.assert_array_equal(engine.paint(scene, lambda share: None), made)


def test_a_preview_of_a_large_picture_is_small(engine: Diffusion) -> None:
    seen = preview(engine._base, torch.randn(1, 4, 300, 600))
    assert seen is not None and seen.shape == (SIDE // 2, SIDE, 3)
    assert preview(engine._base, torch.randn(1, 16, 300)) is None


def broken(home: Path, folder: Path, how: str) -> Path:
    shutil.copytree(home / "tiny", folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    match how:
        case "cut off":
            weights.write_bytes(weights.read_bytes()[:5000])
        case "missing":
            weights.unlink()
        case "a pickle":
            weights.unlink()
            torch.save({"anything": torch.zeros(1)}, weights.with_suffix(".bin"))
        case "no index":
            (folder / "model_index.json").write_text("{")
        case "another network":
            config = folder / "unet" / "config.json"
            config.write_text(config.read_text().replace('"cross_attention_dim": 32', '"cross_attention_dim": 48'))
        case "another task":
            index = folder / "model_index.json"
            index.write_text(index.read_text().replace("StableDiffusionPipeline", "NoSuchPipeline"))
    return folder


@pytest.mark.parametrize("how", ["cut off", "missing", "a pickle", "no index", "another network", "another task"])
def test_a_broken_checkpoint_is_named(home: Path, tmp_path: Path, how: str) -> None:
    with pytest.raises(CheckpointUnusable) as raised:
        load_diffusion({"checkpoint": broken(home, tmp_path / "bad", how)}, pick("cpu"), 1)
    assert (raised.value.code, raised.value.status) == ("checkpoint_unusable", 503)
    assert "bad" in raised.value.detail("zh") and not raised.value.retryable


def test_networks_that_do_not_fit_each_other_are_named_when_they_paint(tmp_path: Path) -> None:
    engine = load_diffusion({"checkpoint": save_checkpoint(tmp_path / "odd", listens_to=48)}, pick("cpu"), 1)
    with pytest.raises(CheckpointUnusable, match="odd"):
        paint(engine)


def test_an_adapter_of_another_family_is_named(engine: Diffusion, tmp_path: Path) -> None:
    (tmp_path / "x.safetensors").write_bytes(b"no tensors")
    before = paint(engine)
    with pytest.raises(CheckpointUnusable):
        engine.adapt([(tmp_path / "x.safetensors", 1.0)])
    np.testing.assert_array_equal(paint(engine), before)


@pytest.mark.parametrize(
    ("memory", "way"), [(9, "to"), (5, "enable_model_cpu_offload"), (3, "enable_sequential_cpu_offload")]
)
def test_a_card_holds_what_it_can(memory: int, way: str) -> None:
    """Two networks of 2 GiB each, on cards of 9, 5 and 3 GiB."""
    gibibyte = 1 << 30
    with torch.device("meta"):
        networks = {name: torch.nn.Linear(1 << 14, 1 << 15, bias=False) for name in "ab"}
    called: list[str] = []
    names = ("to", "enable_model_cpu_offload", "enable_sequential_cpu_offload")
    methods = {name: lambda *given, name=name: called.append(name) for name in names}
    place(SimpleNamespace(components=networks, **methods), Device("cuda", "a card", memory * gibibyte))
    assert called == [way] and 2 * gibibyte == WORKING_MEMORY
