"""Words in the languages that we speak."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Words(BaseModel):
    """The same in Chinese and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Annotated[str, Field(min_length=2, max_length=200)]
    en: Annotated[str, Field(min_length=2, max_length=300)]

    def of(self, language: str) -> str:
        """In "zh" or "en"."""
        return self.zh if language == "zh" else self.en
