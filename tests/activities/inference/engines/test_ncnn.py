"""ncnn's files are read as published, and files that do not fit together are refused."""

from pathlib import Path

import pytest

from activities.inference.engines.ncnn import read_network
from tests.activities.tools.context import weights


def test_layers_come_with_shapes_and_names() -> None:
    layers = read_network(weights().ensure("span-x2-param"), weights().ensure("span-x2-bin"))
    assert layers[0].kind == "MemoryData"
    assert layers[1].weight.shape == (48, 3, 3, 3)
    assert layers[1].bias is not None
    assert layers[-1].weight.shape == (12, 48, 3, 3)
    assert all(abs(layer.weight).max() < 100 for layer in layers)


def test_a_cut_off_file_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.bin"
    cut.write_bytes(weights().ensure("compact-x4-bin").read_bytes()[:-4000])
    with pytest.raises(ValueError, match="buffer"):
        read_network(weights().ensure("compact-x4-param"), cut)


def test_files_of_two_networks_are_refused() -> None:
    with pytest.raises(ValueError):
        read_network(weights().ensure("span-x4-param"), weights().ensure("compact-x4-bin"))
