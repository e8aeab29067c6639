"""The engine that speaks: Kokoro turns phonemes into sound, in the manner of a voice.

It reads phonemes, not words; ``activities.speaking`` writes them. A voice is a style for each length of a sentence.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from activities.speaking.voices import PHONEMES, RATE, VOICES

from ..devices import Device
from ..onnx_sessions import open_session
from ..registry import engine

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

BYTES = 250_000_000
STYLE = 256
QUIET, RIM = 0.003, 0.03
"""What is silence before and after a sentence, and seconds of it that are left."""


class Speech:
    """``say`` is deterministic."""

    label = "Kokoro v1.0"
    bytes = BYTES

    def __init__(self, session: "InferenceSession", numbers: dict[str, int], styles: "dict[str, np.ndarray]") -> None:
        self._session = session
        self._numbers = numbers
        self._styles = styles

    def knows(self, phonemes: str) -> bool:
        """Whether the network has heard each of them."""
        return all(each in self._numbers for each in phonemes)

    def say(self, phonemes: str, voice: str, speed: float = 1.0) -> "np.ndarray":
        """float32 -1..1, RATE samples a second, without silence around it; what is no phoneme is left out.

        ``ValueError`` for more than PHONEMES of them, ``KeyError`` for an unknown voice.
        """
        import numpy as np

        numbers = [self._numbers[each] for each in phonemes if each in self._numbers]
        if len(numbers) > PHONEMES:
            raise ValueError(f"{len(numbers)} phonemes; {PHONEMES} at most")
        if not numbers:
            return np.zeros(0, np.float32)
        wanted = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": self._styles[voice][len(numbers) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        sound = np.asarray(self._session.run(None, wanted)[0], np.float32).ravel()
        loud = np.flatnonzero(np.abs(sound) > QUIET)
        rim = round(RIM * RATE)
        return sound[max(0, loud[0] - rim) : loud[-1] + rim] if len(loud) else sound[:0]


@engine(name="speech", weights=("kokoro", "kokoro-vocabulary", *(f"kokoro-{voice}" for voice in VOICES)))
def load_speech(files: dict[str, Path], device: Device, threads: int) -> Any:
    import numpy as np

    numbers = json.loads(files["kokoro-vocabulary"].read_text(encoding="utf-8"))["vocab"]
    styles = {voice: np.fromfile(files[f"kokoro-{voice}"], np.float32).reshape(-1, STYLE) for voice in VOICES}
    return Speech(open_session(files["kokoro"], device, threads), numbers, styles)
