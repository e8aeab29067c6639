"""Passwords as argon2id hashes (RFC 9106, 19 MiB and two passes: OWASP's floor), a bounded number at a time."""

import asyncio

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19 * 1024
PASSES = 2
SHORTEST, LONGEST = 8, 256
"""Characters of a password."""

UNUSABLE = "!"
"""A hash that no password has."""


class Passwords:
    """Hashes and verifies in threads; at most ``concurrency`` at once, so that logins cannot take all cores."""

    def __init__(self, concurrency: int) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1, type=Type.ID)
        self._turns = asyncio.Semaphore(concurrency)
        self._nobodys = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """The encoded hash, with its own salt and parameters inside."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether ``password`` is right; takes equally long for None, which is the hash of an unknown user."""
        async with self._turns:
            return await asyncio.to_thread(self._verify, password_hash, password)

    def outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
