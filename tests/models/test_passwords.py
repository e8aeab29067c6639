"""Passwords are kept as argon2id and only a few are hashed at once."""

import asyncio

from models.passwords import UNUSABLE, Passwords


async def test_right_and_wrong():
    passwords = Passwords(2)
    kept = await passwords.hash("correct horse")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(kept, "correct horse")
    assert not await passwords.verify(kept, "Correct horse")
    assert not passwords.outdated(kept)


async def test_nobody_and_the_deleted_have_no_password():
    passwords = Passwords(2)
    assert not await passwords.verify(None, "nobody's password")
    assert not await passwords.verify(UNUSABLE, UNUSABLE)


async def test_at_most_so_many_at_once(monkeypatch):
    passwords, running, most = Passwords(2), 0, 0
    real = passwords._hasher.hash

    def counted(password: str) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return real(password)
        finally:
            running -= 1

    monkeypatch.setattr(passwords, "_hasher", type("Counted", (), {"hash": staticmethod(counted)})())
    await asyncio.gather(*(passwords.hash("x") for _ in range(12)))
    assert most == 2
