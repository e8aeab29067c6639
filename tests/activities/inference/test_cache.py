"""Engines stay warm until they hold too much memory."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from activities.inference import registry
from activities.inference.cache import EngineCache
from activities.inference.devices import Device, pick
from activities.inference.registry import engine
from activities.inference.weights import Weights

CPU = Device("cpu", "CPU", 1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineCache:
    """Room for 100 bytes, and three engines of 40."""
    registry.discover_engines()  # their modules declare once, at import, and not into what follows
    monkeypatch.setattr(registry, "_declared", {})
    for name in "abc":
        engine(name=name, weights=())(lambda files, device, threads: SimpleNamespace(bytes=40, threads=threads))
    return EngineCache(Weights(tmp_path, {}), CPU, 3, 100)


def test_an_engine_is_loaded_once(cache: EngineCache) -> None:
    assert cache.get("a") is cache.get("a")
    assert cache.get("a").threads == 3


def test_the_one_unused_for_longest_goes(cache: EngineCache) -> None:
    for name in "abac":
        cache.get(name)
    assert (cache.names, cache.bytes) == (["a", "c"], 80)


def test_one_larger_than_everything_still_works(cache: EngineCache) -> None:
    engine(name="huge", weights=())(lambda files, device, threads: SimpleNamespace(bytes=500))
    cache.get("a")
    assert cache.get("huge").bytes == 500
    assert cache.names == ["huge"]


def test_two_engines_cannot_share_a_name(cache: EngineCache) -> None:
    with pytest.raises(ValueError, match="a"):
        engine(name="a", weights=())(lambda files, device, threads: None)
    assert cache.get("a").bytes == 40


def test_declaring_engines_loads_nothing_heavy() -> None:
    code = (
        "import sys; from activities.inference.registry import discover_engines; assert discover_engines(); "
        "print(sorted({'torch', 'onnxruntime', 'cv2', 'numpy', 'PIL'} & sys.modules.keys()))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_processor_is_always_there() -> None:
    assert pick("cpu").kind == "cpu"
    assert pick("auto").memory > 1 << 30
