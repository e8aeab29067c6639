"""How a slot and the host of shared engines talk over a Unix socket: a line of JSON, then the bytes of an array."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST_BYTES = 1 << 30
"""Of one array; a tile has less than a thousandth of it."""


def pack(head: dict[str, Any], array: "np.ndarray | None" = None) -> bytes:
    """``head`` and an array (any shape and dtype, C order) as one message."""
    import numpy as np

    if array is None:
        return json.dumps(head).encode() + b"\n"
    solid = np.ascontiguousarray(array)
    facts = {**head, "shape": solid.shape, "dtype": str(solid.dtype), "bytes": solid.nbytes}
    return json.dumps(facts).encode() + b"\n" + solid.tobytes()


def size(head: dict[str, Any]) -> int:
    """Bytes that follow the line; ``ValueError`` for more than an array may have."""
    announced = int(head.get("bytes", 0))
    if not 0 <= announced <= MOST_BYTES:
        raise ValueError(f"an array of {announced} bytes")
    return announced


def unpack(head: dict[str, Any], content: bytes) -> "np.ndarray":
    """The array of a message."""
    import numpy as np

    return np.frombuffer(content, head["dtype"]).reshape(head["shape"])


def receive(line: Callable[[], bytes], exactly: Callable[[int], bytes]) -> "tuple[dict[str, Any], np.ndarray | None]":
    """One message, read by blocking calls; ``ConnectionError`` when the other end is gone."""
    first = line()
    if not first.endswith(b"\n"):
        raise ConnectionError("the host of the engines is gone")
    head: dict[str, Any] = json.loads(first)
    length = size(head)
    if not length:
        return head, None
    content = exactly(length)
    if len(content) < length:
        raise ConnectionError("the host of the engines is gone")
    return head, unpack(head, content)
