"""Reads a text aloud, in Chinese, English or both: as WAV and MP3."""

import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from models.errors import InvalidInput, wrong

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
    import numpy as np

MOST_CHARACTERS = 10_000
CHARACTERS_PER_CREDIT = 500
PIECE = 1500
"""Phonemes of a chunk: about a minute and a half."""
MOST_UNKNOWN = 0.2
"""Share of letters that no voice can say, beyond which saying the rest makes no sense."""


class Params(ToolParams):
    """Parameters of text-to-speech."""

    voice: Literal[
        "auto",
        "zf-xiaoxiao",
        "zf-xiaobei",
        "zf-xiaoyi",
        "zm-yunjian",
        "zm-yunxi",
        "zm-yunyang",
        "zm-yunxia",
        "af-heart",
        "af-bella",
        "af-sarah",
        "am-michael",
        "am-fenrir",
        "am-puck",
    ] = Field("auto", description="zf, zm: Chinese woman, man; af, am: American. auto: by the text.")
    speed: float = Field(1.0, ge=0.5, le=2, description="1 is as people talk, 2 twice as fast.")
    format: Literal["both", "mp3", "wav"] = Field("both", description="Which files are made.")


def _price(measures: Measures, params: Params) -> Price:
    characters = measures["text"][0].characters
    return Price(((f"{characters} characters", 1 + characters // CHARACTERS_PER_CREDIT),))


def _check(measures: Measures, params: Params) -> None:
    if measures["text"][0].characters > MOST_CHARACTERS:
        zh, en = f"最多 {MOST_CHARACTERS} 个字符;请分几次", f"at most {MOST_CHARACTERS} characters; cut it into pieces"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])


def plan(context: ToolContext, inputs: Inputs, params: Params) -> list[dict[str, Any]]:
    """What is said, as phonemes and pauses, in pieces of whole sentences; refuses what cannot be said."""
    from activities.speaking.script import script, unspeakable
    from activities.speaking.voices import voice_for

    text = inputs.texts["text"]
    context.progress(0.0, "read")
    unknown = unspeakable(text)
    strange = sum(letter in unknown for letter in text)
    if strange > MOST_UNKNOWN * sum(letter.isalpha() for letter in text):
        zh, en = f"只会中文和英文,不会读:{unknown[:20]}", f"only Chinese and English can be spoken, not: {unknown[:20]}"
        raise InvalidInput(errors=[wrong("inputs.text", zh, en)])
    lines = script(text, lambda share: context.progress(share, "read"))
    if not lines:
        raise InvalidInput(errors=[wrong("inputs.text", "没有可以朗读的文字", "there is nothing to say")])
    voice = voice_for(text) if params.voice == "auto" else params.voice
    pieces: list[dict[str, Any]] = []
    said = PIECE
    for line in lines:
        if said + len(line.phonemes) > PIECE:
            pieces.append({"voice": voice, "lines": []})
            said = 0
        pieces[-1]["lines"].append([line.phonemes, line.pause])
        said += len(line.phonemes)
    return pieces


def chunk(context: ToolContext, inputs: Inputs, params: Params, piece: dict[str, Any]) -> Path:
    """The sentences of a piece with the silence between them."""
    import numpy as np

    from activities.speaking.voices import RATE

    speech, sounds = context.engine("speech"), []
    for number, (phonemes, pause) in enumerate(piece["lines"]):
        context.progress(number / len(piece["lines"]), "speak", f"{number + 1}/{len(piece['lines'])}")
        sounds.append(speech.say(phonemes, piece["voice"], params.speed))
        sounds.append(np.zeros(round(pause / params.speed * RATE), np.float32))
    path = context.scratch / "chunk.wav"
    _write(path, np.concatenate(sounds), RATE)
    return path


def join(context: ToolContext, inputs: Inputs, params: Params, pieces: list[Path]) -> ToolResult:
    """All pieces one after the other, as loud as speech should be."""
    import numpy as np

    from activities.media import ffmpeg
    from activities.media.loudness import leveled
    from activities.speaking.voices import RATE, voice_for

    context.progress(0.0, "join")
    sound = np.concatenate([_read(piece) for piece in pieces])
    context.progress(0.3, "level")
    _write(context.scratch / "speech.wav", leveled(sound, RATE), RATE)
    wav, mp3 = context.scratch / "speech.wav", context.scratch / "speech.mp3"
    outputs = []
    if params.format != "mp3":
        outputs.append(Output("wav", wav, "audio/wav", generated=True))
    if params.format != "wav":
        context.progress(0.6, "encode")
        encoded = {"acodec": "libmp3lame", "audio_bitrate": "96k", "f": "mp3", "fflags": "+bitexact"}
        ffmpeg.run(ffmpeg.output(ffmpeg.source(wav), mp3, context.threads, **encoded), context.threads)
        outputs.append(Output("mp3", mp3, "audio/mpeg", generated=True))
    voice = voice_for(inputs.texts["text"]) if params.voice == "auto" else params.voice
    return ToolResult(outputs, "Kokoro v1.0", {"seconds": round(len(sound) / RATE, 3), "voice": voice})


def _write(path: Path, sound: "np.ndarray", rate: int) -> None:
    import numpy as np

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(sound, -1, 1) * 32767).round().astype("<i2").tobytes())


def _read(path: Path) -> "np.ndarray":
    import numpy as np

    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32767


chunked_tool(
    Chunking(plan=plan, chunk=chunk, join=join),
    id="text-to-speech",
    version="1.0.0",
    category="text",
    pool=Pool.inference,
    title=Text("文字转语音", "Text to speech"),
    description=Text(
        "把文字读成语音,中英文可混排,数字、日期、金额自动读对,十三种音色。",
        "Reads a text aloud, Chinese and English mixed, numbers, dates and money as they are said; thirteen voices.",
    ),
    params=Params,
    inputs=(Port("text", (Kind.text,), Text("文字", "Text")),),
    outputs=(
        Port("wav", (Kind.audio,), Text("WAV 语音", "Speech as WAV"), required=False),
        Port("mp3", (Kind.audio,), Text("MP3 语音", "Speech as MP3"), required=False),
    ),
    price=_price,
    check=_check,
    engines=lambda params: ("speech",),
    timeout=1800,
    examples=({"voice": "zm-yunjian", "speed": 1.1}, {"voice": "af-heart", "format": "mp3"}),
)
