"""The engine that writes English: SmolLM2, 135 million weights, run by llama.cpp within this process.

It is fluent and knows next to nothing: a grammar may bound what it writes (``activities/writing/small.py``). The server
of llama.cpp that runs it listens for nobody: on a Unix socket whose folder is gone.
"""

import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from activities.writing.engine import Request, Tell, Written
from models.errors import DomainError, ToolFailed, WeightsUnavailable

from ..devices import Device
from ..registry import engine

BYTES = 230_000_000
"""Measured: weights, the context, and what llama.cpp keeps beside them."""
CONTEXT = 2048
"""Tokens of a request and its answer."""
REPEAT_PENALTY = 1.15
"""With less it goes around in circles."""
TOP_P = 0.9
SILENT = -1
THREADS = 1
"""Two wait for each other at every layer: beside other work the same text took 42 s with them, and 2.3 s with one."""

Event = dict[str, Any]


class SmolLM2:
    """A ``Writer``. An equal request gets an equal text, where it names a seed."""

    label = "SmolLM2 135M"
    bytes = BYTES

    def __init__(self, server: Any) -> None:
        self._server = server

    def write(self, request: Request, tell: Tell) -> Written:
        """As ``Writer.write``; raises ``ToolFailed`` where the request does not fit in ``CONTEXT``.

        llama.cpp writes as if there were no grammar where it cannot read one.
        """
        began, pieces = time.monotonic(), []
        last: Event = {}
        raised: list[DomainError | OSError] = []

        def hear(event: Event) -> bool:
            """Told each event; True ends the text. What it raised would be swallowed over there."""
            last.update({name: event[name] for name in ("usage", "error") if name in event})
            piece = _piece(event)
            if piece:
                pieces.append(piece)
                try:
                    tell(piece)
                except (DomainError, OSError) as error:
                    raised.append(error)
            return bool(raised)

        streamed = {"stream": True, "stream_options": {"include_usage": True}}
        self._server.handle_chat_completions(_body(request) | streamed, hear)
        if raised:
            raise raised[0]
        return Written(text="".join(pieces), engine=self.label, **_usage(last, began))


def _body(request: Request) -> Event:
    body: Event = {
        "messages": [asdict(each) for each in request.messages],
        "max_tokens": request.most_tokens,
        "temperature": request.temperature,
        "top_p": TOP_P,
        "repeat_penalty": REPEAT_PENALTY,
        "cache_prompt": False,  # what was read before changes the last digits, and with them the text of a seed
    }
    if request.seed is not None:
        body["seed"] = request.seed
    if request.grammar:
        body["grammar"] = f"%llguidance {{}}\n{request.grammar}"
    if request.json:
        body["response_format"] = {"type": "json_object"}
    return body


def _piece(event: Event) -> str:
    """The text of one event; the last one, with the usage, has no choices."""
    choices = event.get("choices") or []
    return str(choices[0]["delta"].get("content") or "") if choices else ""


def _usage(answer: Event, began: float) -> dict[str, int]:
    """What a text took; ``ToolFailed`` where there is none."""
    if "usage" not in answer:
        raise ToolFailed(reason=f"SmolLM2: {answer.get('error', {}).get('message', 'cut off before its end')}"[:300])
    usage = answer["usage"]
    return {
        "prompt_tokens": int(usage["prompt_tokens"]),
        "tokens": int(usage["completion_tokens"]),
        "milliseconds": round((time.monotonic() - began) * 1000),
    }


@engine(name="smollm2", weights=("smollm2",))
def load_smollm2(files: dict[str, Path], device: Device, threads: int) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise WeightsUnavailable(weights="smollm2", reason=f"xllamacpp: {error}") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(files["smollm2"])
    params.n_ctx, params.n_parallel, params.cache_ram_mib = CONTEXT, 1, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.n_gpu_layers, params.warmup, params.verbosity = 0, False, SILENT
    params.n_threads_http, params.ui, params.endpoint_slots = 1, False, False
    with tempfile.TemporaryDirectory() as folder:
        params.hostnames = [f"{folder}/nobody.sock"]
        try:
            return SmolLM2(xllamacpp.Server(params))
        except RuntimeError as error:
            raise WeightsUnavailable(weights="smollm2", reason=str(error)[:300]) from error
