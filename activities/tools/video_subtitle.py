"""Makes subtitles of what is said in a video: as SRT and WebVTT, and drawn into it if wanted; the sound is copied."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

from .base import (
    Chunking,
    InputFile,
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
    from activities.media.transcripts import Passage

SECONDS_PER_CREDIT = 60
PIECE = 60.0
"""Seconds of a chunk; it ends in a pause, so that no sentence is torn."""


class Params(ToolParams):
    """Parameters of video-subtitle."""

    language: Literal["auto", "zh", "en", "ja", "ko", "fr", "de", "es", "it", "pt", "ru"] = Field(
        "auto", description="What is spoken; auto: told from the sound."
    )
    translate_to: Literal["none", "zh", "en", "ja", "ko", "fr", "de", "es", "it", "pt", "ru"] = Field(
        "none", description="Language of the subtitles; beside en it wants a text provider."
    )
    burn: bool = Field(False, description="Also draw them into the video.")
    style: Literal["classic", "box", "yellow", "bold", "cinema"] = Field("classic", description="How they look there.")
    size: Literal["medium", "small", "large"] = Field("medium", description="Of the letters there.")
    position: Literal["bottom", "top"] = Field("bottom", description="Where they stand there.")


def _price(measures: Measures, params: Params) -> Price:
    measure = measures["video"][0]
    minutes = 1 + int(measure.duration / SECONDS_PER_CREDIT)
    lines = [(f"{measure.duration:.0f} s", minutes)]
    if params.burn:
        lines.append(("drawn into the video", minutes * (2 if max(measure.width, measure.height) > 1920 else 1)))
    if params.translate_to != "none":
        lines.append(("translated", minutes))
    return Price(tuple(lines))


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Pieces that end in pauses, with the language, and the pictures' spans; none where nobody speaks."""
    from activities.media import sounds
    from activities.media.burning import divided
    from activities.media.footage import survey

    path = inputs.one("video").path
    context.progress(0.0, "decode")
    footage = survey(path)
    spoken, seconds, begin = sounds.length(path)
    if not spoken:
        return []
    sound = sounds.decoded(
        path,
        context.scratch,
        context.threads,
        watch=lambda done: context.progress(0.5 * min(1.0, done / max(seconds, 0.1)), "decode"),
    )
    whisper = context.engine("whisper")
    found = sounds.language(sound, whisper, lambda share: context.progress(0.5 + 0.2 * share, "listen"))
    if found is None:
        return []
    language = found if params.language == "auto" else params.language
    _require_translator(context, params, language)
    context.progress(0.7, "cut")
    cuts = sounds.cuts(sound, whisper, PIECE, lambda share: context.progress(0.7 + 0.3 * share, "cut"))
    pieces = divided(footage, cuts, begin)
    ends = [start for start, _ in pieces[1:]] + [None]
    return [
        {"start": start, "end": end, "span": span, "begin": begin, "language": language}
        for (start, span), end in zip(pieces, ends, strict=True)
    ]


def _require_translator(context: ToolContext, params: Params, language: str) -> None:
    if context.writer is None and params.translate_to not in ("none", "en", language):
        zh = "翻译成英语以外的语言需要文本服务,本平台尚未设置;请选 none 或 en"
        en = "translating into other languages than English wants a text provider, and none is set; choose none or en"
        raise InvalidInput(errors=[wrong("parameters.translate_to", zh, en)])


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """The cues of a piece as JSON, or its pictures with the cues on them and the JSON in the file."""
    from activities.media.burning import Manner, burn
    from activities.media.footage import survey
    from activities.media.subtitles import cues, within

    share = 0.4 if params.burn else 1.0
    said, language = _said(context, inputs, params, piece, share)
    made = within(cues(said, language), piece["start"], piece["end"])
    facts = piece | {"cues": [cue.wire() for cue in made], "written": language}
    if not params.burn:
        path = context.scratch / "cues.json"
        path.write_text(json.dumps(facts), encoding="utf-8")
        return path
    path = context.scratch / "chunk.nut"
    burn(
        survey(inputs.one("video").path),
        piece["span"],
        made,
        Manner(params.style, params.size, params.position, language),
        context.engine("fonts"),
        piece["begin"],
        path,
        context.threads,
        lambda done: context.progress(share + (1 - share) * done, "draw"),
        facts,
    )
    return path


def _said(
    context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any], share: float
) -> "tuple[list[Passage], str]":
    """The sentences of a piece and their language: translated by the provider if there is one, else by Whisper."""
    from activities.media import sounds
    from activities.media.punctuation import sentences
    from activities.writing.translating import translate

    spoken: str = piece["language"]
    wanted = spoken if params.translate_to == "none" else params.translate_to
    writer = context.writer if wanted != spoken else None
    by_ear = wanted != spoken and writer is None
    part = share if writer is None else 0.6 * share
    heard = sounds.passages(
        inputs.one("video").path,
        context.scratch,
        context.threads,
        context.engine("whisper"),
        piece,
        lambda done: context.progress(part * done, "listen"),
        english=by_ear,
    )
    said = sentences(heard, wanted if by_ear else spoken)
    if writer is not None and said:
        report = lambda done: context.progress(part + (share - part) * done, "translate")  # noqa: E731
        lines = translate([sentence.text for sentence in said], wanted, writer, report)
        said = [sentence.retold(line) for sentence, line in zip(said, lines, strict=True) if line]
    return said, wanted


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The subtitles of all pieces, and the video whole again; as it was where nobody speaks."""
    from activities.media.burning import carried
    from activities.media.subtitles import Cue, srt, vtt

    context.progress(0.0, "join")
    told = [carried(path) if params.burn else json.loads(path.read_text(encoding="utf-8")) for path in pieces]
    made = [Cue.of(wire) for each in told for wire in each["cues"]]
    language, written = (told[0]["language"], told[0]["written"]) if made else (None, None)
    outputs = []
    for name, mime_type, text in (("srt", "application/x-subrip", srt(made)), ("vtt", "text/vtt", vtt(made))):
        path = context.scratch / f"subtitles.{name}"
        path.write_text(text, encoding="utf-8")
        outputs.append(Output(name, path, mime_type, generated=language != written))
    if params.burn:
        spans = [each["span"] for each in told] if made else []
        outputs.append(_video(context, inputs.one("video"), spans, pieces))
    data = {"found": len(made), "language": language, "written": written, "cues": [cue.wire() for cue in made]}
    return ToolResult(outputs, _engine(context, params), data, None if made else 1)


def _video(context: ToolContext, video: InputFile, spans: list[dict[str, Any]], pieces: list[Path]) -> Output:
    """Of all pieces; the one that was given where nothing was drawn."""
    from activities.media.footage import survey
    from activities.media.joining import join as joined

    if not spans:
        path = context.scratch / f"video{video.path.suffix}"
        shutil.copyfile(video.path, path)
        return Output("video", path, video.mime_type)
    path = context.scratch / "video.mp4"
    frames = joined(survey(video.path), spans, pieces, path, context.threads)
    return Output("video", path, "video/mp4", {"frames": frames})


def _engine(context: ToolContext, params: Params) -> str:
    names = ["Whisper base"]
    if params.translate_to != "none" and context.writer is not None:
        names.append(context.writer.label)
    if params.burn:
        names.append("FFmpeg, x264")
    return ", ".join(names)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="video-subtitle",
    version="1.0.0",
    category="video",
    pool=Pool.inference,
    title=Text("智能字幕", "Video subtitles"),
    description=Text(
        "听写视频里的话,生成 SRT、VTT 字幕,可翻译,可按五种样式压制进画面,声音原样保留。",
        "Makes SRT and WebVTT subtitles of what is said in a video; translates them, or draws them in, in five styles.",
    ),
    params=Params,
    inputs=(Port("video", (Kind.video,), Text("视频", "Video")),),
    outputs=(
        Port("srt", (Kind.document,), Text("SRT 字幕", "Subtitles as SRT")),
        Port("vtt", (Kind.document,), Text("VTT 字幕", "Subtitles as WebVTT")),
        Port("video", (Kind.video,), Text("带字幕的视频", "Video with subtitles"), required=False),
    ),
    price=_price,
    engines=lambda params: ("whisper", "fonts") if params.burn else ("whisper",),
    timeout=1800,
    examples=({"burn": True, "style": "yellow"}, {"translate_to": "en"}),
)
