"""Names of the task queues: one a pool, so that a worker polls what it can run."""

CORE = "core"


def pool_queue(pool: str) -> str:
    """The task queue of a tool's pool (``media``, ``inference``, ``training``)."""
    return f"tools-{pool}"
