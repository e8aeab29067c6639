"""How often models are used, counted once a minute at most: the count goes over the jobs of 30 days."""

import asyncio
import time

from models.repositories.model_use import ModelUse
from models.session import Database

FRESH = 60.0
"""Seconds for which a count is taken again."""


class Uses:
    """The uses of each model in the last 30 days, over all accounts. Many who ask at once wait for one count."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counting = asyncio.Lock()
        self._counted: dict[str, int] = {}
        self._until = 0.0

    async def get(self) -> dict[str, int]:
        """By the model's id; raises ``Unavailable`` while PostgreSQL is down and the last count is not fresh."""
        async with self._counting:
            if time.monotonic() >= self._until:
                async with self._database.transaction() as session:
                    self._counted = await ModelUse(session).uses()
                self._until = time.monotonic() + FRESH
            return self._counted
