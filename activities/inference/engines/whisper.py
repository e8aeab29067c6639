"""The engine that writes down speech: Whisper finds the words, Silero's detector keeps it from hearing any in noise.

The weights were converted by others and lie in the cache; nothing here asks a hub. What it writes in Chinese it writes
in traditional characters as often as not; we hand on simplified ones.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.media.transcripts import SOUND_RATE, STEP, Passage, Word

from ..devices import Device
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

BYTES = 300_000_000
"""Measured: memory between two recordings."""
BEAM = 5
TEMPERATURES = [0.0, 0.4]
"""The second where the first goes around in circles."""
MOST_TOKENS = 240
"""Of half a minute: fast speech has 200; who goes around in circles is stopped there."""
SPEAKING: dict[str, Any] = {"min_silence_duration_ms": 500, "speech_pad_ms": 200, "min_speech_duration_ms": 150}
"""What is speech to the detector: shorter silences belong to it, and a rim around it."""
WINDOW = 30.0
"""Seconds that Whisper hears at once."""
WINDOWS = 3
"""Of which the language is told."""
LEAST_SURE, LEAST_SURE_IN_NOISE, NOISE = -1.05, -0.7, 0.5
"""Mean log-chance of a passage's tokens below which the words are made up; and where a pause is as likely as that."""
CIRCLES = 2.4
"""How much smaller the text becomes by compression where the network went around in circles (its authors' figure)."""


class Whisper:
    """A ``Listener``. Equal sound gives equal words: what is drawn at random is drawn from the same seed."""

    label = "Whisper base"
    bytes = BYTES

    def __init__(self, network: "WhisperModel") -> None:
        self._network = network

    def chances(self, sound: "np.ndarray") -> "np.ndarray":
        import numpy as np
        from faster_whisper.vad import get_vad_model

        size = round(STEP * SOUND_RATE)
        whole = np.pad(sound, (0, -len(sound) % size))
        found: np.ndarray = np.asarray(get_vad_model()(whole)).reshape(-1)
        return found

    def language(self, sound: "np.ndarray") -> str | None:
        speech = self._speech(sound)
        if not len(speech):
            return None
        size = round(WINDOW * SOUND_RATE)
        count = max(1, min(WINDOWS, len(speech) // size))
        votes: Counter[str] = Counter()
        for number in range(count):
            at = number * (len(speech) - size) // max(1, count - 1) if count > 1 else 0
            name, chance, _ = self._network.detect_language(speech[at : at + size])
            votes[name] += round(1000 * chance)
        return votes.most_common(1)[0][0]

    def passages(self, sound: "np.ndarray", language: str, *, english: bool = False) -> Iterator[Passage]:
        import ctranslate2

        if not len(self._speech(sound)):
            return
        ctranslate2.set_random_seed(0)
        heard, _ = self._network.transcribe(
            sound,
            language=language,
            task="translate" if english else "transcribe",
            beam_size=BEAM,
            temperature=TEMPERATURES,
            best_of=2,
            max_new_tokens=MOST_TOKENS,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=True,
            vad_parameters=SPEAKING,
        )
        for each in heard:
            words = [Word(word.word, float(word.start), float(word.end)) for word in each.words or ()]
            if language == "zh" and not english:
                words = _simplified(words)
            text = "".join(word.text for word in words).strip()
            if text and _is_speech(each):
                yield Passage(text, words[0].start, words[-1].end, tuple(words))

    def _speech(self, sound: "np.ndarray") -> "np.ndarray":
        """The speech alone, its pieces side by side."""
        import numpy as np
        from faster_whisper.vad import VadOptions, get_speech_timestamps

        if not len(sound):
            return sound
        found = get_speech_timestamps(sound, VadOptions(**SPEAKING))
        return np.concatenate([sound[:0], *(sound[each["start"] : each["end"]] for each in found)])


def _is_speech(heard: "Segment") -> bool:
    sure = LEAST_SURE_IN_NOISE if heard.no_speech_prob > NOISE else LEAST_SURE
    return bool(heard.avg_logprob >= sure and heard.compression_ratio <= CIRCLES)


@lru_cache(1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("tw2s")


def _simplified(words: list[Word]) -> list[Word]:
    """In simplified characters, one for one; the whole is converted at once, since neighbors tell which is meant."""
    simple, at, found = str(_converter().convert("".join(word.text for word in words))), 0, []
    for word in words:
        found.append(replace(word, text=simple[at : at + len(word.text)]))
        at += len(word.text)
    return found


@engine(
    name="whisper",
    weights=("whisper-base", "whisper-base-config", "whisper-base-tokenizer", "whisper-base-vocabulary"),
)
def load_whisper(files: dict[str, Path], device: Device, threads: int) -> Any:
    """Handed over as bytes, since it looks for its files by names that the cache does not give them."""
    from faster_whisper import WhisperModel

    parts = {name: files[f"whisper-base-{name}"].read_bytes() for name in ("config", "tokenizer", "vocabulary")}
    contents = {"model.bin": files["whisper-base"].read_bytes()} | {f"{name}.json": parts[name] for name in parts}
    network = WhisperModel(
        "whisper-base",
        device=device.kind,
        compute_type="int8" if device.kind == "cpu" else "int8_float16",
        cpu_threads=threads,
        local_files_only=True,
        files=contents,
    )
    return Whisper(network)
