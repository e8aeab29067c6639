"""What a user does in a chaos test, and what must come of it whatever dies meanwhile."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.running_platform import User

WELCOME = 1000
GIVE_UP = 60.0
TRY_AGAIN = (409, 429, 500, 502, 503)
"""Answers after which a client with an Idempotency-Key asks again."""

TOOLS: dict[str, tuple[str, dict[str, Any]]] = {
    "echo": ("sample-echo", {"seconds": 0}),
    "slow": ("sample-echo", {"seconds": 1.5}),
    "noop": ("sample-noop", {}),
    "chunks": ("sample-chunks", {"chunks": 6, "seconds": 0.05}),
    "failing": ("sample-echo", {"seconds": 0, "fail": True}),
    "canceled": ("sample-echo", {"seconds": 100}),
}
PRICES = {"sample-echo": 3, "sample-chunks": 3, "sample-noop": 2}


@dataclass
class Story:
    """One user with one job. ``text`` is new, so that its bytes are nobody's yet."""

    user: User
    kind: str
    text: str = field(default_factory=lambda: f"文字 {secrets.token_hex(8)}")
    key: str = field(default_factory=lambda: secrets.token_hex(8))
    job_id: str = ""

    @classmethod
    async def begin(cls, url: str, kind: str) -> "Story":
        """A new user who is about to do ``kind``."""
        return cls(await User.register(url), kind)

    async def submit(self, patience: float | None = None) -> str:
        """POST under one Idempotency-Key until it is accepted; ``patience`` loses the first answer after so long."""
        async with asyncio.timeout(GIVE_UP):
            while True:
                try:
                    answer = await asyncio.wait_for(self._post(), patience)
                except (TimeoutError, httpx.TransportError):
                    patience = None
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code in {200, 202}:
                    self.job_id = str(answer.json()["id"])
                    return self.job_id
                assert answer.status_code in TRY_AGAIN, answer.text
                await asyncio.sleep(0.1)

    async def cancel(self) -> None:
        """Ask for the end until the API has heard it; a connection that broke is not asked again: the row knows."""
        async with asyncio.timeout(GIVE_UP):
            while True:
                try:
                    answer = await self.user.post(f"/api/jobs/{self.job_id}/cancel")
                except httpx.RemoteProtocolError:
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                if answer.status_code == 202:
                    return
                assert answer.status_code in TRY_AGAIN, answer.text
                await asyncio.sleep(0.1)

    async def tell(self) -> None:
        """The whole of it: submit and, for ``canceled``, cancel once it runs."""
        await self.submit()
        if self.kind == "canceled":
            await self.user.reaches(self.job_id, ("running",))
            await self.cancel()

    async def assert_ended_well(self, within: float = 60) -> None:
        """The job ended as if nobody had disturbed it, once, charged once, with the same bytes."""
        job = await self.user.ended(self.job_id, within)
        assert _outcome(job) == self._expected(), (self.kind, job)
        price = PRICES[TOOLS[self.kind][0]] if job["status"] == "succeeded" else 0
        assert job["credits"] == {"held": 0, "used": price}, (self.kind, job)
        assert (await self.user.credits())["available"] == WELCOME - price, self.kind
        mine = (await self.user.get("/api/users/me/jobs")).json()["data"]
        assert [each["id"] for each in mine] == [self.job_id], "one submission is one job"
        if job["outputs"]:
            assert await self._downloaded(job["outputs"][0]["url"]) == self._bytes()

    async def _downloaded(self, url: str) -> str:
        """The output, asked for until the store is back."""
        async with asyncio.timeout(GIVE_UP):
            while True:
                answer = await self.user.get(url)
                if answer.status_code not in TRY_AGAIN:
                    break
                await asyncio.sleep(0.1)
        assert answer.status_code == 200, answer.text
        return answer.text

    def _expected(self) -> tuple[str, str | None]:
        if self.kind == "canceled":
            return "canceled", None
        if self.kind == "failing":
            return "failed", "invalid_input"
        return "succeeded", None

    def _bytes(self) -> str:
        return "abcdef" if self.kind == "chunks" else self.text

    async def _post(self) -> httpx.Response:
        tool, parameters = TOOLS[self.kind]
        inputs = {"text": self.text} if tool == "sample-echo" else {}
        return await self.user.execute(tool, inputs, {"Idempotency-Key": self.key}, **parameters)


def _outcome(job: dict[str, Any]) -> tuple[str, str | None]:
    return job["status"], (job["error"] or {}).get("code")
