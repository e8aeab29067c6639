"""Finds pictures that repeat each other in a heap of image files and zips: same bytes, same photograph, or same look.

Time grows as n log n: vectors nominate a few neighbors of each picture, and only those pairs are looked at closely.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import (
    Inputs,
    Kind,
    Measures,
    Output,
    Pool,
    Port,
    Price,
    Text,
    ToolContext,
    ToolParams,
    ToolResult,
    tool,
)

if TYPE_CHECKING:
    from activities.media.collections import Skipped
    from activities.media.duplicates import Group, Heap

MOST_IMAGES = 10_000
IMAGES_PER_CREDIT = 50
THRESHOLDS = {"exact": 1.0, "near": 0.7, "similar": 0.85}


class Params(ToolParams):
    """Parameters of image-deduplication."""

    mode: Literal["exact", "near", "similar"] = Field(
        "exact",
        description="exact: the same bytes; near: the same photograph re-encoded, resized, cropped, mirrored, turned a "
        "little or brightened; similar: pictures that look alike, too.",
    )
    threshold: float | None = Field(
        None, ge=0.5, le=1, description="How alike, 0.5 to 1; empty: 0.7 for near, 0.85 for similar."
    )
    keep: Literal["best", "first"] = Field("best", description="Which of a group to keep: most pixels, or first given.")


def _price(measures: Measures, params: Params) -> Price:
    count = sum(max(1, measure.entries) for measure in measures["images"])
    return Price(((f"{count} images", -(-count // IMAGES_PER_CREDIT)),))


def _check(measures: Measures, params: Params) -> None:
    if all(measure.kind is Kind.image for measure in measures["images"]):
        _refuse_too_many(len(measures["images"]))


def _engines(params: Params) -> tuple[str, ...]:
    return () if params.mode == "exact" else ("embedding",)


@tool(
    id="image-deduplication",
    version="1.0.0",
    category="image",
    pool=Pool.inference,
    title=Text("图片查重", "Image deduplication"),
    description=Text(
        "在一批图片或压缩包中找出重复、近似重复和相似的图片,给出报告和对照图。",
        "Finds identical, near-identical and similar pictures among files and zips, with a report and a contact sheet.",
    ),
    params=Params,
    inputs=(Port("images", (Kind.image, Kind.archive), Text("图片或压缩包", "Images or zips"), many=True),),
    outputs=(
        Port("report", (Kind.document,), Text("查重报告", "Report")),
        Port("contact_sheet", (Kind.image,), Text("对照图", "Contact sheet"), required=False),
    ),
    price=_price,
    check=_check,
    engines=_engines,
    timeout=3600,
    examples=({"mode": "near"},),
)
def run(context: ToolContext, inputs: Inputs, params: Params) -> ToolResult:
    """Group the pictures of ``images``; ``InvalidInput`` if none can be read or there are too many."""
    from activities.media.collections import Skipped, walk
    from activities.media.duplicates import Heap

    engine = None if params.mode == "exact" else context.engine("embedding")
    heap = Heap(params.mode, params.threshold or THRESHOLDS[params.mode], engine)
    skipped = []
    for found in walk((file.path, file.name) for file in inputs.all("images")):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        _refuse_too_many(len(heap.pictures) + 1)
        heap.add(found)
        read = len(heap.pictures)
        context.progress(0.8 * read / (read + 100), "read", f"{read} images")
    if not heap.pictures:
        reasons = ", ".join(sorted({each.reason for each in skipped}))
        raise InvalidInput(
            errors=[wrong("inputs.images", f"没有可读的图片:{reasons}", f"no readable image: {reasons}")]
        )
    groups = heap.groups(params.keep, lambda done: context.progress(0.8 + 0.18 * done, "compare"))
    return _result(context, params, heap, groups, skipped)


def _result(
    context: ToolContext, params: Params, heap: "Heap", groups: "list[Group]", skipped: "list[Skipped]"
) -> ToolResult:
    repeated = sum(len(group.repeats) for group in groups)
    data = {
        "found": repeated,
        "groups": len(groups),
        "images": len(heap.pictures),
        "skipped": len(skipped),
        "singles": len(heap.pictures) - repeated - len(groups),
    }
    engine = f"{heap.engine.label} + SIFT" if heap.engine else "sha256"
    report = data | {
        "mode": params.mode,
        "threshold": params.threshold or THRESHOLDS[params.mode],
        "engine": engine,
        "groups": [_described(group) for group in groups],
        "skipped": [asdict(entry) for entry in skipped],
    }
    path = context.scratch / "report.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    outputs = [Output("report", path, "application/json", data)]
    if groups:
        outputs.append(_sheet(context, groups))
    return ToolResult(outputs, engine, data)


def _described(group: "Group") -> dict[str, Any]:
    kept = group.kept
    return {
        "keep": {
            "name": kept.name,
            "index": kept.index,
            "sha256": kept.sha256,
            "size": kept.size,
            "width": kept.width,
            "height": kept.height,
        },
        "duplicates": [
            {
                "name": repeat.picture.name,
                "index": repeat.picture.index,
                "sha256": repeat.picture.sha256,
                "similarity": repeat.similarity,
                "reason": repeat.reason,
            }
            for repeat in group.repeats
        ],
    }


def _sheet(context: ToolContext, groups: "list[Group]") -> Output:
    from activities.media.contact_sheet import draw

    sheet = draw([[group.kept.thumbnail, *(repeat.picture.thumbnail for repeat in group.repeats)] for group in groups])
    path = context.scratch / "contact_sheet.jpg"
    sheet.save(path, quality=88)
    return Output("contact_sheet", path, "image/jpeg", {"width": sheet.width, "height": sheet.height})


def _refuse_too_many(count: int) -> None:
    if count > MOST_IMAGES:
        zh, en = f"图片不少于 {count} 张;最多 {MOST_IMAGES} 张", f"{count} images or more; at most {MOST_IMAGES}"
        raise InvalidInput(errors=[wrong("inputs.images", zh, en)])
