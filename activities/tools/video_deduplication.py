"""Finds videos that repeat each other: a re-encode, a part, a crop or a mirror image. It only reports."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from .base import (
    Chunking,
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
    chunked_tool,
)

if TYPE_CHECKING:
    from activities.media.copies import Match
    from activities.media.footage import Footage
    from activities.media.signatures import Signature

CHUNK_SECONDS = 120.0
SECONDS_PER_CREDIT = 300
MOST_VIDEOS = 100


class Params(ToolParams):
    """Parameters of video-deduplication."""

    threshold: float = Field(0.6, ge=0.5, le=1, description="How alike the pictures must be, 0.5 to 1.")
    overlap: float = Field(
        0.5, ge=0.05, le=1, description="How much of the shorter video must be in the other to call it a repeat."
    )


def _price(measures: Measures, params: Params) -> Price:
    seconds = sum(measure.duration for measure in measures["videos"])
    count = len(measures["videos"])
    return Price(((f"{count} videos, {seconds:.0f} s", 1 + int(seconds / SECONDS_PER_CREDIT) + count // 20),))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Stretches of all videos."""
    from activities.media.cutting import spans
    from activities.media.footage import survey

    pieces: list[dict[str, Any]] = []
    videos = inputs.all("videos")
    for number, video in enumerate(videos):
        context.progress(number / len(videos), "look")
        pieces += [{"video": number, "span": span} for span in spans(survey(video.path), CHUNK_SECONDS)]
    return pieces


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """The hashes of a stretch."""
    from activities.media.footage import survey
    from activities.media.signatures import describe

    context.progress(0.0, "hash")
    footage = survey(inputs.all("videos")[piece["video"]].path)
    path = context.scratch / "signature.npz"
    return describe(footage, piece["span"], path, context.threads, lambda share: context.progress(share, "hash"))


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """Compare every pair, group what repeats, and report."""
    context.progress(0.0, "compare")
    films = _films(inputs, pieces)
    matches = _matches(context, films)
    repeats = [(one, other) for one, other, match in matches if _is_repeat(match, params)]
    groups = _groups(films, repeats)
    data = {
        "found": sum(len(group) - 1 for group in groups),
        "groups": len(groups),
        "videos": len(films),
        "shared": len(matches) - len(repeats),
    }
    report = data | {
        "threshold": params.threshold,
        "overlap": params.overlap,
        "groups": [_told(films, group, matches) for group in groups],
        "shared": [_pair(films, each) for each in matches if (each[0], each[1]) not in repeats],
    }
    path = context.scratch / "report.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
    outputs = [Output("report", path, "application/json", data)]
    if groups:
        outputs.append(_sheet(context, films, groups))
    context.progress(1.0, "report")
    return ToolResult(outputs, "pHash sequences", data)


class _Film:
    """One of the videos with what is known of it."""

    def __init__(self, index: int, name: str, path: Path, footage: "Footage", signature: "Signature") -> None:
        self.index = index
        self.name = name
        self.path = path
        self.footage = footage
        self.signature = signature

    @property
    def worth(self) -> tuple[float, int, int, int]:
        """What makes one the better of two: length, pixels, bytes, and that it came first."""
        pixels = self.footage.width * self.footage.height
        return (round(self.footage.duration, 1), pixels, self.path.stat().st_size, -self.index)


def _films(inputs: Inputs, pieces: list[Path]) -> list[_Film]:
    from activities.media.cutting import spans
    from activities.media.footage import survey
    from activities.media.signatures import restored

    left, films = iter(pieces), []
    for index, video in enumerate(inputs.all("videos")):
        footage = survey(video.path)
        signature = restored([next(left) for _ in spans(footage, CHUNK_SECONDS)])
        films.append(_Film(index, video.name, video.path, footage, signature))
    return films


def _matches(context: ToolContext, films: list[_Film]) -> "list[tuple[int, int, Match]]":
    """All pairs that share something."""
    from activities.media.copies import compare

    found = []
    for one in films:
        context.progress(0.9 * one.index / len(films), "compare")
        for other in films[one.index + 1 :]:
            match = compare(one.signature, other.signature)
            if match is not None:
                found.append((one.index, other.index, match))
    return found


def _is_repeat(match: "Match", params: Params) -> bool:
    return match.similarity >= params.threshold and max(match.shares) >= params.overlap


def _groups(films: list[_Film], repeats: list[tuple[int, int]]) -> list[list[_Film]]:
    """Videos that hang together by repeats, the one to keep first."""
    group = list(range(len(films)))
    for one, other in repeats:
        low, high = sorted((group[one], group[other]))
        group = [low if each == high else each for each in group]
    together = [[film for film in films if group[film.index] == each] for each in sorted(set(group))]
    return [sorted(each, key=lambda film: film.worth, reverse=True) for each in together if len(each) > 1]


def _told(films: list[_Film], group: list[_Film], matches: "list[tuple[int, int, Match]]") -> dict[str, Any]:
    members = {film.index for film in group}
    pairs = [_pair(films, each) for each in matches if each[0] in members and each[1] in members]
    return {"keep": _facts(group[0]), "duplicates": [_facts(film) for film in group[1:]], "matches": pairs}


def _facts(film: _Film) -> dict[str, Any]:
    footage = film.footage
    return {
        "index": film.index,
        "name": film.name,
        "seconds": round(footage.duration, 2),
        "width": footage.width,
        "height": footage.height,
        "size": film.path.stat().st_size,
    }


def _pair(films: list[_Film], found: "tuple[int, int, Match]") -> dict[str, Any]:
    one, other, match = films[found[0]], films[found[1]], found[2]
    identical = one.path.stat().st_size == other.path.stat().st_size and _digest(one) == _digest(other)
    return {
        "first": one.index,
        "second": other.index,
        "reason": "identical" if identical else match.change,
        "similarity": 1.0 if identical else match.similarity,
        "first_seconds": [round(each, 2) for each in match.first],
        "second_seconds": [round(each, 2) for each in match.second],
        "first_share": match.shares[0],
        "second_share": match.shares[1],
    }


def _digest(film: _Film) -> str:
    import hashlib

    with film.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sheet(context: ToolContext, films: list[_Film], groups: list[list[_Film]]) -> Output:
    from PIL import Image

    from activities.media.contact_sheet import draw

    sheet = draw([[Image.fromarray(film.signature.picture) for film in group] for group in groups])
    path = context.scratch / "contact_sheet.jpg"
    sheet.save(path, quality=88)
    return Output("contact_sheet", path, "image/jpeg", {"width": sheet.width, "height": sheet.height})


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-deduplication",
    version="1.0.0",
    category="video",
    pool=Pool.media,
    title=Text("视频查重", "Video deduplication"),
    description=Text(
        "找出重复的视频:重新编码、截取、裁剪或镜像的副本,给出时间对应关系和对照图。",
        "Finds repeated videos: re-encoded, trimmed, cropped or mirrored copies, with the times at which they agree.",
    ),
    params=Params,
    inputs=(Port("videos", (Kind.video,), Text("视频", "Videos"), many=True, most=MOST_VIDEOS),),
    outputs=(
        Port("report", (Kind.document,), Text("查重报告", "Report")),
        Port("contact_sheet", (Kind.image,), Text("对照图", "Contact sheet"), required=False),
    ),
    price=_price,
    timeout=3600,
    examples=({"overlap": 0.2},),
)
