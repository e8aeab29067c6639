"""Weights from the shell."""

import json
from pathlib import Path

from tests.workers.cli.conftest import Workshop


async def test_the_list_tells_size_and_license(workshop: Workshop, tmp_path: Path) -> None:
    ended = await workshop("weights", "list", "--json", WEIGHTS_CACHE=str(tmp_path))
    entry = next(each for each in ended.document["data"] if each["name"] == "u2netp")
    assert (entry["present"], entry["size"] > 1_000_000, bool(entry["license"])) == (False, True, True)


async def test_an_unknown_name_fetches_nothing(workshop: Workshop, tmp_path: Path) -> None:
    ended = await workshop("weights", "pull", "u2netp", "nonsense", "--json", WEIGHTS_CACHE=str(tmp_path))
    assert (ended.code, ended.problem["code"]) == (5, "weights_unavailable")
    assert list(tmp_path.iterdir()) == []


async def test_a_checkpoint_is_fetched_before_a_job_waits_for_it(workshop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    checkpoints = json.dumps([{"name": "house", "source": str(folder)}])
    asked = {"WEIGHTS_CACHE": str(tmp_path / "weights"), "CHECKPOINTS": checkpoints}
    ended = await workshop("weights", "checkpoint", "--json", **asked)
    assert (ended.code, ended.problem["code"]) == (5, "checkpoint_unusable")

    (folder / "model_index.json").write_text("{}")
    ended = await workshop("weights", "checkpoint", "--json", **asked)
    assert ended.document["data"]["folder"] == str(folder)

    ended = await workshop("weights", "checkpoint", "--json", WEIGHTS_CACHE=str(tmp_path / "weights"))
    assert ended.problem["code"] == "usage"
