"""What a sweep found."""

from pydantic import BaseModel, ConfigDict


class SweepReport(BaseModel):
    """How many open rows were found in which state."""

    model_config = ConfigDict(frozen=True)

    running: int = 0
    started: int = 0
    canceled: int = 0
    interrupted: int = 0

    def plus(self, what: str) -> "SweepReport":
        """One more of ``what``, a field's name."""
        return self.model_copy(update={what: getattr(self, what) + 1})
