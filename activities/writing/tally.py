"""Counts what a job's calls of a text provider took together, and who answered them."""

from .engine import Request, Tell, Writer, Written


class Tally:
    """Hands requests on to a ``Writer``. ``usage`` is for ``ToolResult.data``; ``engine`` names all who wrote."""

    def __init__(self, writer: Writer | None) -> None:
        self._writer = writer
        self._engines: dict[str, None] = {}
        self.usage = {"prompt_tokens": 0, "tokens": 0, "milliseconds": 0}

    @property
    def engine(self) -> str:
        return ", ".join(self._engines)

    def write(self, request: Request, tell: Tell) -> Written:
        """As ``Writer.write``; only where there is one."""
        assert self._writer is not None
        written = self._writer.write(request, tell)
        self._engines[written.engine] = None
        self.usage = {name: self.usage[name] + took for name, took in written.usage.items()}
        return written


def untold(piece: str) -> None:
    """Gets the pieces of a text that is not the result yet."""
