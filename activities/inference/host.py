"""The process that holds the engines of a card for all slots of a worker, and batches what they ask across jobs.

``python -m activities.inference.host SOCKET``; a line of JSON on its standard input configures it.
"""

import asyncio
import json
import os
import sys
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .batching import Batcher
from .cache import EngineCache
from .devices import pick
from .host_config import READY, HostConfig
from .registry import discover_engines
from .weights import Weights
from .wire import pack, size, unpack

if TYPE_CHECKING:
    import numpy as np

PLAIN = (str, int, float, bool)


class Host:
    """Serves slots until its process ends."""

    def __init__(self, config: HostConfig) -> None:
        device = pick(config.device)
        self._cache = EngineCache(Weights(Path(config.weights)), device, config.threads, config.engine_cache)
        self._engines = discover_engines()
        self._batcher = Batcher(self._run, config.max_batch, config.max_delay)

    async def serve(self, path: str) -> None:
        """Listen on ``path`` and say so on standard output."""
        async with await asyncio.start_unix_server(self._converse, path) as server:
            sys.stdout.write(READY)
            sys.stdout.flush()
            os.dup2(2, 1)  # nobody reads on: what libraries print belongs to the log
            await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One slot. When it dies, what it asked for is dropped and the others notice nothing."""
        try:
            while line := await reader.readline():
                head = json.loads(line)
                content = await reader.readexactly(size(head))
                writer.write(await self._answer(head, content))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _answer(self, head: dict[str, Any], content: bytes) -> bytes:
        try:
            if head["op"] == "describe":
                return pack({"facts": await self._facts(head["engine"])})
            return pack({}, await self._batcher.submit(head["engine"], unpack(head, content)))
        except Exception as error:  # noqa: BLE001 - told to the slot, whose job it is; the host serves the others
            return pack({"error": f"{type(error).__name__}: {error}"[:300]})

    async def _facts(self, name: str) -> dict[str, Any]:
        """The plain public attributes of an engine, which is loaded for it."""
        engine = await asyncio.get_running_loop().run_in_executor(self._batcher.thread, self._cache.get, name)
        return {
            key: getattr(engine, key)
            for key in dir(engine)
            if not key.startswith("_") and isinstance(getattr(engine, key), PLAIN)
        } | {"batches": list(self._batcher.batches)}

    def _run(self, name: Hashable, stack: "np.ndarray") -> "np.ndarray":
        """In the batcher's thread. A batch that the card cannot hold is done one by one."""
        import numpy as np

        engine = self._cache.get(str(name))
        method = getattr(engine, f"{self._engines[str(name)].batches}_batch")
        try:
            result: np.ndarray = method(stack)
        except MemoryError:
            return np.concatenate([method(stack[at : at + 1]) for at in range(len(stack))])
        return result


def main() -> None:
    """Until the worker dies or ends us."""
    from activities.slots.isolation import confine

    config = HostConfig.model_validate_json(sys.stdin.readline())
    confine(0)
    asyncio.run(Host(config).serve(sys.argv[1]))


if __name__ == "__main__":
    main()
