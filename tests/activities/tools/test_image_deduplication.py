"""image-deduplication: planted copies are found, different photographs stay apart, and a heap may hold anything."""

import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

from activities.tools.base import Kind, Measure, ToolResult
from models.errors import InvalidInput
from tests.activities.media.photographs import photographs, plant

from .context import find, run_tool, run_with_context

TOOL = "image-deduplication"
CHINA = Image.fromarray(load_sample_image("china.jpg"))
FLOWER = Image.fromarray(load_sample_image("flower.jpg"))


def _report(result: ToolResult) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.outputs[0].path.read_text(encoding="utf-8"))
    return found


def _indexes(report: dict[str, Any]) -> list[list[int]]:
    return [
        sorted([group["keep"]["index"], *(duplicate["index"] for duplicate in group["duplicates"])])
        for group in report["groups"]
    ]


@pytest.fixture
def heap(tmp_path: Path) -> list[Path]:
    """A photograph, a smaller mirrored copy, the same bytes again, and another photograph."""
    CHINA.save(tmp_path / "china.png")
    ImageOps.mirror(CHINA).resize((400, 267)).save(tmp_path / "mirrored.jpg", quality=80)
    CHINA.save(tmp_path / "again.png")
    FLOWER.save(tmp_path / "flower.jpg")
    return [tmp_path / name for name in ("mirrored.jpg", "china.png", "again.png", "flower.jpg")]


def test_near_finds_copies_and_says_why(heap: list[Path], tmp_path: Path) -> None:
    result, context = run_with_context(TOOL, tmp_path / "out", {"images": list(heap)}, mode="near")
    report = _report(result)
    assert _indexes(report) == [[0, 1, 2]]
    (group,) = report["groups"]
    assert group["keep"]["name"] == "china.png"
    assert [(repeat["name"], repeat["reason"]) for repeat in group["duplicates"]] == [
        ("mirrored.jpg", "mirrored"),
        ("again.png", "identical"),
    ]
    assert result.data == {"found": 2, "groups": 1, "images": 4, "skipped": 0, "singles": 1}
    sheet = Image.open(result.outputs[1].path)
    assert sheet.width > 3 * 160
    assert [step for _, step in context.steps][-1] == "compare"


def test_exact_wants_the_same_bytes_and_no_engine(heap: list[Path], tmp_path: Path) -> None:
    assert find(TOOL).engines(find(TOOL).params()) == ()
    report = _report(run_tool(TOOL, tmp_path / "out", {"images": list(heap)}))
    assert _indexes(report) == [[1, 2]]
    assert report["engine"] == "sha256"


def test_keep_first_keeps_the_first(heap: list[Path], tmp_path: Path) -> None:
    report = _report(run_tool(TOOL, tmp_path / "out", {"images": list(heap)}, mode="near", keep="first"))
    assert report["groups"][0]["keep"]["name"] == "mirrored.jpg"


@pytest.mark.long
def test_similar_joins_what_only_looks_alike(tmp_path: Path) -> None:
    for number, photograph in enumerate(photographs()[:120]):
        photograph.save(tmp_path / f"{number:03d}.png")
    files: list[Path] = sorted(tmp_path.glob("*.png"))
    near = _report(run_tool(TOOL, tmp_path / "near", {"images": list(files)}, mode="near"))
    similar = _report(run_tool(TOOL, tmp_path / "similar", {"images": list(files)}, mode="similar", threshold=0.8))
    assert near["found"] == 0
    assert similar["found"] > 3
    assert {repeat["reason"] for group in similar["groups"] for repeat in group["duplicates"]} == {"similar"}


def test_nothing_repeated_is_success(heap: list[Path], tmp_path: Path) -> None:
    result = run_tool(TOOL, tmp_path / "out", {"images": [heap[0], heap[3]]}, mode="near")
    assert result.data["found"] == 0
    assert [output.name for output in result.outputs] == ["report"]


def test_a_zip_and_files_make_one_heap(heap: list[Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.write(heap[1], "夏天/原图.png")
        archive.writestr("readme.txt", "hello")
    report = _report(run_tool(TOOL, tmp_path / "out", {"images": [tmp_path / "more.zip", heap[2]]}))
    assert _indexes(report) == [[0, 1]]
    assert report["groups"][0]["keep"]["name"] == "more.zip/夏天/原图.png"
    assert report["skipped"] == [{"name": "more.zip/readme.txt", "reason": "not_an_image"}]


def test_the_same_file_twice_is_a_repeat(heap: list[Path], tmp_path: Path) -> None:
    assert _report(run_tool(TOOL, tmp_path / "out", {"images": [heap[3], heap[3]]}))["found"] == 1


def test_a_heap_without_a_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("not a picture")
    with pytest.raises(InvalidInput) as refused:
        run_tool(TOOL, tmp_path / "out", {"images": [tmp_path / "a.txt"]})
    assert "not_an_image" in str(refused.value.errors)


def test_price_counts_images_and_too_many_are_refused() -> None:
    tool = find(TOOL)
    image = Measure(Kind.image, "image/png", 1, 10, 10)
    archive = Measure(Kind.archive, "application/zip", 1, entries=120)
    assert tool.price({"images": [image]}, tool.params()).credits == 1
    assert tool.price({"images": [image, archive]}, tool.params()).credits == 3
    with pytest.raises(InvalidInput):
        tool.check({"images": [image] * 10_001}, tool.params())


@pytest.mark.long
def test_of_a_thousand_pictures_every_planted_group_is_found(tmp_path: Path) -> None:
    _find_planted(tmp_path, 1000)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_of_ten_thousand_pictures_every_planted_group_is_found(tmp_path: Path) -> None:
    _find_planted(tmp_path, 10_000)


def _find_planted(folder: Path, total: int) -> None:
    planted = plant(folder, total, seed=random.Random(total).randrange(1000))
    report = _report(run_tool(TOOL, folder / "out", {"images": list(planted.files)}, mode="near"))
    share, wrong = planted.score(_indexes(report))
    assert wrong == []
    assert share >= 0.99
