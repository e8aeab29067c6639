"""Recordings of known words for the tests of what listens: said by Kokoro, each once in a session."""

import wave
from functools import cache
from pathlib import Path

import numpy as np

from activities.media.transcripts import SOUND_RATE
from activities.speaking.voices import RATE
from tests.activities.media.clips import ffmpeg
from tests.activities.tools.context import engines

SAID = {
    "今天天气很好，我们决定去公园散步。": (
        "zf-xiaoxiao",
        "ʨi→ntʰjɛ→n tʰjɛ→nʨʰi↘ xə↓n xau↓, wo↓mən ʨɥe↗ti↘ŋ ʨʰy↘ kʊ→ŋɥɛ↗n sa↘npu↘.",
    ),
    "你最近过得怎么样？": ("zf-xiaoxiao", "ni↓ ʦwei↘ʨi↘n kwo↘tɤ ʦə↓nmɤja↘ŋ?"),
    "Welcome to our creative studio.": ("af-heart", "wˈɛlkəm tə ˌWəɹ kɹiˈAɾɪv stˈudiˌO."),
}
TODAY, ASKED, WELCOME = SAID


@cache
def sentence(text: str) -> np.ndarray:
    """float32, RATE samples a second."""
    voice, phonemes = SAID[text]
    sound: np.ndarray = engines().get("speech").say(phonemes, voice)
    return sound


def heard(text: str) -> np.ndarray:
    """As an engine that listens gets it, half a second of silence before and after."""
    said = sentence(text)
    at = np.arange(0, len(said), RATE / SOUND_RATE)
    return np.pad(np.interp(at, np.arange(len(said)), said).astype(np.float32), SOUND_RATE // 2)


def recording(path: Path, *texts: str, silence: float = 1.5) -> Path:
    """The sentences one after another as WAV, ``silence`` seconds before and after each."""
    pause = np.zeros(round(silence * RATE), np.float32)
    sound = np.concatenate([pause, *(piece for text in texts for piece in (sentence(text), pause))])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


def film(path: Path, *texts: str, silence: float = 1.5, size: str = "320x180", late: float = 0.0) -> Path:
    """A video in which they are said; ``late``: its clock begins so many seconds after nought."""
    sound = recording(path.with_suffix(".wav"), *texts, silence=silence)
    picture = [
        "-f",
        "lavfi",
        "-i",
        f"testsrc2=s={size}:r=25",
        "-i",
        str(sound),
        "-shortest",
        "-output_ts_offset",
        str(late),
    ]
    ffmpeg(*picture, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", path)
    return path
