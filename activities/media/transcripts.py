"""What was said in a recording, and when: words, and sentences of them. Times are seconds of the recording."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

SOUND_RATE = 16_000
"""Samples a second of what a ``Listener`` gets."""


@dataclass(frozen=True)
class Word:
    """A word with the space before it and the marks behind it, or a few characters of Chinese."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Passage:
    """Words that belong together: what an engine heard in one go, or a sentence. ``words`` may be empty."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()

    def moved(self, seconds: float) -> "Passage":
        """The same, so much later."""
        words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in self.words)
        return Passage(self.text, self.start + seconds, self.end + seconds, words)

    def retold(self, text: str) -> "Passage":
        """Other words for the same time."""
        return Passage(text, self.start, self.end)

    def wire(self) -> dict[str, Any]:
        """As JSON; times in milliseconds' precision."""
        return {
            "text": self.text,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "words": [[word.text, round(word.start, 3), round(word.end, 3)] for word in self.words],
        }

    @staticmethod
    def of(wire: dict[str, Any]) -> "Passage":
        return Passage(wire["text"], wire["start"], wire["end"], tuple(Word(*word) for word in wire["words"]))


class Listener(Protocol):
    """An engine that writes down speech. Sound is float32, one channel, SOUND_RATE samples a second."""

    label: str

    def chances(self, sound: "np.ndarray") -> "np.ndarray":
        """How likely somebody speaks, 0..1, every ``STEP`` seconds."""
        ...

    def language(self, sound: "np.ndarray") -> str | None:
        """The language that is spoken most ("zh"), None where nobody speaks."""
        ...

    def passages(self, sound: "np.ndarray", language: str, *, english: bool = False) -> Iterator[Passage]:
        """What is said, passage by passage as it is understood; ``english``: translated."""
        ...


STEP = 0.032
"""Seconds that one of a ``Listener``'s chances stands for."""
PARAGRAPH = 2.0
"""Seconds of silence after which a new paragraph begins."""
MOST_SENTENCES = 8
"""Of a paragraph."""


def paragraphs(sentences: Sequence[Passage], language: str) -> list[str]:
    """The sentences as paragraphs of a text: a new one after a pause, or when one gets long."""
    groups: list[list[Passage]] = []
    for sentence in sentences:
        before = groups[-1] if groups else []
        if before and sentence.start - before[-1].end < PARAGRAPH and len(before) < MOST_SENTENCES:
            before.append(sentence)
        else:
            groups.append([sentence])
    space = "" if language in {"zh", "ja", "yue"} else " "
    return [space.join(sentence.text for sentence in group) for group in groups]
