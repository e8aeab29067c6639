"""Writes down what is said in a recording: as a text with paragraphs, and as subtitles with times."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

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

SECONDS_PER_CREDIT = 60
PIECE = 120.0
"""Seconds of a chunk; it ends in a pause."""


class Params(ToolParams):
    """Parameters of speech-to-text."""

    language: Literal["auto", "zh", "en", "ja", "ko", "fr", "de", "es", "it", "pt", "ru"] = Field(
        "auto", description="What is spoken; auto: told from the sound."
    )


def _price(measures: Measures, params: Params) -> Price:
    measure = next(each for given in measures.values() for each in given)
    return Price(((f"{measure.duration:.0f} s", 1 + int(measure.duration / SECONDS_PER_CREDIT)),))


def _recording(inputs: Inputs) -> InputFile:
    return inputs.optional("audio") or inputs.one("video")


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """Pieces that end in pauses, with the language; none where nobody speaks."""
    from activities.media import sounds

    path = _recording(inputs).path
    context.progress(0.0, "decode")
    spoken, seconds, _ = sounds.length(path)
    if not spoken:
        return []
    sound = sounds.decoded(
        path,
        context.scratch,
        context.threads,
        watch=lambda done: context.progress(0.5 * min(1.0, done / max(seconds, 0.1)), "decode"),
    )
    whisper = context.engine("whisper")
    language = sounds.language(sound, whisper, lambda share: context.progress(0.5 + 0.2 * share, "listen"))
    if language is None:
        return []
    given = language if params.language == "auto" else params.language
    context.progress(0.7, "cut")
    edges = sounds.cuts(sound, whisper, PIECE, lambda share: context.progress(0.7 + 0.3 * share, "cut"))
    return [
        {"start": start, "end": end, "language": given}
        for start, end in zip([0.0, *edges], [*edges, None], strict=True)
    ]


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """The sentences of a piece, as JSON."""
    from activities.media import sounds
    from activities.media.punctuation import sentences

    context.progress(0.0, "listen")
    heard = sounds.passages(
        _recording(inputs).path,
        context.scratch,
        context.threads,
        context.engine("whisper"),
        piece,
        lambda share: context.progress(share, "listen"),
    )
    path = context.scratch / "sentences.json"
    said = [sentence.wire() for sentence in sentences(heard, piece["language"])]
    path.write_text(json.dumps({"language": piece["language"], "sentences": said}), encoding="utf-8")
    return path


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """The text in paragraphs, and the subtitles."""
    from activities.media.subtitles import cues, srt
    from activities.media.transcripts import Passage, paragraphs

    context.progress(0.0, "join")
    told = [json.loads(piece.read_text(encoding="utf-8")) for piece in pieces]
    said = [Passage.of(wire) for each in told for wire in each["sentences"]]
    language = told[0]["language"] if said else None
    written = {
        "txt": ("text/plain", "\n\n".join(paragraphs(said, language or "")) + "\n"),
        "srt": ("application/x-subrip", srt(cues(said, language or ""))),
    }
    outputs = []
    for name, (mime_type, text) in written.items():
        path = context.scratch / f"speech.{name}"
        path.write_text(text, encoding="utf-8")
        outputs.append(Output(name, path, mime_type))
    segments = [{"start": each.start, "end": each.end, "text": each.text} for each in said]
    data = {"found": len(said), "language": language, "segments": segments}
    return ToolResult(outputs, "Whisper base", data, None if said else 1)


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="speech-to-text",
    version="1.0.0",
    category="text",
    pool=Pool.inference,
    title=Text("语音转文字", "Speech to text"),
    description=Text(
        "把录音或视频里说的话写成带标点的文字稿和字幕文件,自动识别语言。",
        "Writes down what is said in a recording or video, as a text and as subtitles; tells the language by itself.",
    ),
    params=Params,
    inputs=(
        Port("video", (Kind.video,), Text("视频", "Video"), required=False),
        Port("audio", (Kind.audio,), Text("录音", "Recording"), required=False),
    ),
    outputs=(
        Port("txt", (Kind.document,), Text("文字稿", "Text")),
        Port("srt", (Kind.document,), Text("字幕文件", "Subtitles")),
    ),
    one_of=("video", "audio"),
    price=_price,
    engines=lambda params: ("whisper",),
    timeout=1800,
    examples=({"language": "zh"}, {"language": "en"}),
)
