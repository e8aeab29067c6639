"""Asks text providers over the network on behalf of slots: the OpenAI protocol, streamed, with failover.

The protocol is that of ``POST /chat/completions`` with ``stream``: events of ``data: {json}`` up to ``data: [DONE]``,
the last of them with ``usage`` where ``stream_options.include_usage`` is understood.
"""

import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any

import httpx
import structlog
from httpx_sse import SSEError, aconnect_sse

from models.errors import ProviderFailed
from models.settings import TextProvider

from .slots.protocol import SlotReply
from .writing.engine import Written

REST = 60.0
"""Seconds for which a provider that failed is asked last."""
CONNECT = 5.0
MOST_ATTEMPT = 300.0
"""Seconds one provider may take for a whole text, however busily it writes."""

log = structlog.get_logger(__name__)


class _Failed(Exception):
    """Why one provider gave no text, in words for an operator."""


class TextProviders:
    """The providers of the settings. One client for all of them; keys never leave this object."""

    def __init__(self, providers: Sequence[TextProvider]) -> None:
        self._providers = list(providers)
        self._failed_at: dict[str, float] = {}
        self._client = httpx.AsyncClient()

    @property
    def label(self) -> str:
        """The first one's name and its network's; empty where there is none."""
        return _label(self._providers[0]) if self._providers else ""

    async def close(self) -> None:
        await self._client.aclose()

    async def serve(self, asked: dict[str, Any]) -> AsyncIterator[SlotReply]:
        """Pieces of the text, then the whole; one error reply when every provider failed.

        The next provider is asked only while nothing was told: what began is not begun again in other words.
        """
        reasons = []
        for provider in self._in_order():
            told = False
            try:
                async for reply in self._ask(provider, asked):
                    told = True
                    yield reply
                return
            except _Failed as failure:
                self._failed_at[provider.name] = time.monotonic()
                reasons.append(f"{provider.name}: {failure}")
                log.warning("a text provider failed", provider=provider.name, reason=str(failure))
                if told:
                    break
        yield SlotReply(kind="error", error=ProviderFailed(reason="; ".join(reasons)[:300]).wire())

    def _in_order(self) -> list[TextProvider]:
        """As in the settings, those that failed lately last."""
        now = time.monotonic()
        return sorted(self._providers, key=lambda each: now - self._failed_at.get(each.name, -REST) < REST)

    async def _ask(self, provider: TextProvider, asked: dict[str, Any]) -> AsyncIterator[SlotReply]:
        began, pieces = time.monotonic(), []
        usage: dict[str, Any] = {}
        try:
            async for event in self._events(provider, asked):
                usage = event.get("usage") or usage
                piece = _piece(event)
                if piece:
                    pieces.append(piece)
                    yield SlotReply(kind="piece", text=piece)
                if time.monotonic() - began > MOST_ATTEMPT:
                    raise _Failed(f"no end within {MOST_ATTEMPT:.0f} s")
        except httpx.TimeoutException as error:
            raise _Failed(f"silent for {provider.timeout:.0f} s") from error
        except (httpx.HTTPError, SSEError) as error:
            raise _Failed(f"{type(error).__name__}: {error}"[:200]) from error
        text = "".join(pieces)
        if not text.strip():
            raise _Failed("an empty text")
        written = Written(
            text=text,
            engine=_label(provider),
            prompt_tokens=int(usage.get("prompt_tokens", 0)),
            tokens=int(usage.get("completion_tokens", 0)),
            milliseconds=round((time.monotonic() - began) * 1000),
        )
        yield SlotReply(kind="written", written=asdict(written))

    async def _events(self, provider: TextProvider, asked: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        key = provider.api_key.get_secret_value()
        async with aconnect_sse(
            self._client,
            "POST",
            f"{provider.base_url.rstrip('/')}/chat/completions",
            json=_body(provider, asked),
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(provider.timeout, connect=CONNECT),
        ) as source:
            if source.response.status_code != httpx.codes.OK:
                answer = (await source.response.aread()).decode(errors="replace")
                raise _Failed(f"HTTP {source.response.status_code} {answer[:150]}")
            async for event in source.aiter_sse():
                if event.data == "[DONE]":
                    return
                yield _parsed(event.data)
        raise _Failed("cut off before its end")


def _label(provider: TextProvider) -> str:
    return f"{provider.name} ({provider.model})"


def _body(provider: TextProvider, asked: dict[str, Any]) -> dict[str, Any]:
    """The body of a ``Request``, which came as JSON."""
    body: dict[str, Any] = {
        "model": provider.model,
        "messages": asked["messages"],
        "max_tokens": asked["most_tokens"],
        "temperature": asked["temperature"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if asked["seed"] is not None:
        body["seed"] = asked["seed"]
    if asked["json"]:
        body["response_format"] = {"type": "json_object"}
    return body


def _parsed(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except ValueError as error:
        raise _Failed(f"no JSON: {data[:80]}") from error
    if not isinstance(event, dict):
        raise _Failed(f"no object: {data[:80]}")
    if "error" in event:
        raise _Failed(f"an error: {event['error']}"[:200])
    return event


def _piece(event: dict[str, Any]) -> str:
    """The text of one event; the last one, with the usage, has no choices."""
    choices = event.get("choices") or []
    delta = choices[0].get("delta") or {} if choices else {}
    return str(delta.get("content") or "")
