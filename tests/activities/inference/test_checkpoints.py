"""Checkpoints come from a folder, a zip of the manifest or a hub's cache, and never with a program in them."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from huggingface_hub import constants

from activities.inference.checkpoints import Checkpoints
from activities.inference.manifest import PathSource, WeightFile
from activities.inference.weights import Weights
from models.errors import CheckpointUnusable, WeightsUnavailable
from models.settings import Adapter, Checkpoint, Settings
from tests.activities.inference.hub_stand_in import COMMIT, running

FILES = {"model_index.json": "{}", "unet/config.json": "{}", "unet/diffusion_pytorch_model.safetensors": "x"}


def folder_of(home: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return home


def listed(archive: Path) -> WeightFile:
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    source = PathSource(kind="path", path=archive)
    return WeightFile(source=source, sha256=found, size=archive.stat().st_size, license="MIT", origin="test")


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as pack:
        for name, text in files.items():
            pack.writestr(name, text)
    return path


def checkpoints(home: Path, source: str, manifest: dict[str, WeightFile] | None = None, **more: object) -> Checkpoints:
    chosen = Checkpoint.model_validate({"name": "house", "source": source, **more})
    return Checkpoints([chosen], Weights(home / "weights", manifest or {}))


def test_a_folder_is_taken_as_it_is_with_its_owners_habits(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mine", FILES)
    guide = folder_of(tmp_path / "guide", {"config.json": "{}"})
    adapter = folder_of(tmp_path / "lora", {"a.safetensors": "x"})
    adapters = [Adapter(source=str(adapter), weight=0.7)]
    made = checkpoints(tmp_path, str(folder), controlnet=str(guide), adapters=adapters, steps=9).fetch()
    assert (made.folder, made.controlnet, made.steps) == (folder, guide, 9)
    assert made.adapters == [(adapter / "a.safetensors", 0.7)]


def test_a_zip_of_the_manifest_is_unpacked_once(tmp_path: Path) -> None:
    manifest = {"house-v1": listed(zipped(tmp_path / "house.zip", FILES))}
    made = checkpoints(tmp_path, "house-v1", manifest).fetch()
    again = checkpoints(tmp_path, "house-v1", manifest).fetch()
    assert made == again
    assert {str(path.relative_to(made.folder)) for path in made.folder.rglob("*") if path.is_file()} == set(FILES)


@pytest.mark.parametrize("name", ["unet/model.py", "unet/model.bin", "../away.json", "/away.json", "a/b/c.json"])
def test_programs_and_ways_out_are_refused(tmp_path: Path, name: str) -> None:
    manifest = {"bad": listed(zipped(tmp_path / "bad.zip", {**FILES, name: "x"}))}
    with pytest.raises(CheckpointUnusable):
        checkpoints(tmp_path, "bad", manifest).fetch()
    assert not list(tmp_path.rglob("away.json")) and not list((tmp_path / "weights").glob("*/model_index.json"))


@pytest.mark.parametrize("source", ["no-such-name", "/no/such/folder", "./nothing"])
def test_what_is_not_there_is_named(tmp_path: Path, source: str) -> None:
    with pytest.raises(CheckpointUnusable, match=source.strip("./")):
        checkpoints(tmp_path, source).fetch()


def test_a_folder_without_a_pipeline_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnusable, match=r"model_index\.json"):
        checkpoints(tmp_path, str(folder_of(tmp_path / "mine", {"x.json": "{}"}))).fetch()


def test_a_hub_is_asked_for_what_diffusers_reads_and_for_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ["v1-5.safetensors", "v1-5.ckpt", "unet/diffusion_pytorch_model.bin", "pipeline.py", "vae/model.onnx"]
    files = [*FILES, "tokenizer/merges.txt", "unet/diffusion_pytorch_model.fp16.safetensors", *others]
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with running("some/house", {name: name.encode() for name in files}) as hub:
        folder = checkpoints(tmp_path, "some/house", endpoint=hub.url).fetch().folder
        assert checkpoints(tmp_path, f"some/house@{COMMIT}", endpoint=hub.url).fetch().folder == folder
        assert set(hub.fetched) == {*FILES, "tokenizer/merges.txt"}
        with pytest.raises(WeightsUnavailable, match="no/such"):
            checkpoints(tmp_path, "no/such", endpoint=hub.url).fetch()
    assert (folder / "unet/config.json").read_text() == "unet/config.json"


def test_a_hub_is_asked_for_its_cache_alone_when_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    home = tmp_path / "weights" / "hub" / "models--some--house"
    folder = folder_of(home / "snapshots" / COMMIT, FILES)
    folder_of(home / "refs", {"main": COMMIT})
    assert checkpoints(tmp_path, "some/house").fetch().folder == folder
    assert checkpoints(tmp_path, f"some/house@{COMMIT}").fetch().folder == folder
    with pytest.raises(WeightsUnavailable, match="other/house"):
        checkpoints(tmp_path, "other/house").fetch()


def test_the_setting_is_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECKPOINTS", '[{"name": "house", "source": "some/house", "adapters": [{"source": "a/b"}]}]')
    assert Settings().checkpoints == [Checkpoint(name="house", source="some/house", adapters=[Adapter(source="a/b")])]
    assert not Checkpoints([], Weights(Path("x"), {}))
