"""What the host of shared engines is told when it starts; apart from it, so that a worker need not import engines."""

from pydantic import BaseModel, ConfigDict

from .batching import MAX_BATCH, MAX_DELAY

READY = "ready\n"
"""What a host says on its standard output once it listens."""


class HostConfig(BaseModel):
    """``engine_cache`` in bytes, ``max_delay`` in seconds; ``weights`` is a folder of the worker's machine."""

    model_config = ConfigDict(frozen=True)

    device: str
    threads: int
    engine_cache: int
    weights: str
    max_batch: int = MAX_BATCH
    max_delay: float = MAX_DELAY
