"""What a text engine is asked and what it answers, whoever it is: a provider, a network of ours, or a grammar."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

Tell = Callable[[str], None]
"""Gets the text piece by piece, as it is written; ``ToolContext.tell`` shows the pieces to who waits for the job."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation, as the OpenAI protocol has it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Request:
    """What is to be written. ``most_tokens`` bounds the answer; ``temperature`` 0..2; ``json`` asks for one object.

    ``grammar``, in Lark's notation, bounds the words of a network of ours; providers are told none.
    """

    messages: tuple[Message, ...]
    most_tokens: int = 1000
    temperature: float = 0.7
    seed: int | None = None
    json: bool = False
    grammar: str = ""


@dataclass(frozen=True)
class Written:
    """A text, who wrote it, and what it took. Tokens are the engine's own; 0 where it counts none."""

    text: str
    engine: str
    prompt_tokens: int = 0
    tokens: int = 0
    milliseconds: int = 0

    @property
    def usage(self) -> dict[str, int]:
        """For ``ToolResult.data["usage"]``."""
        return {"prompt_tokens": self.prompt_tokens, "tokens": self.tokens, "milliseconds": self.milliseconds}


class Writer(Protocol):
    """Writes texts. ``label`` names it to users."""

    label: str

    def write(self, request: Request, tell: Tell) -> Written:
        """The whole text, told piece by piece meanwhile; raises ``ProviderFailed`` where a provider gives none."""
        ...
