"""Engines that live in the host beside the card, as a slot sees them: one copy of the weights, batches across jobs."""

import socket
from typing import TYPE_CHECKING, Any

from models.errors import ToolFailed

from .wire import pack, receive

if TYPE_CHECKING:
    import numpy as np


class SharedEngine:
    """Has the host engine's plain attributes (label, scale, ...), and its batched method, answered from over there."""

    def __init__(self, line: "SharedEngines", name: str, method: str, facts: dict[str, Any]) -> None:
        for attribute, value in facts.items():
            setattr(self, attribute, value)
        self.bytes = 0  # of this process: the weights lie in the host
        setattr(self, method, lambda array: line.call(name, array))


class SharedEngines:
    """A slot's line to the host; opened when first needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def get(self, name: str, method: str) -> SharedEngine:
        """The engine ``name``, whose ``method`` takes one array and returns one; raises ``ToolFailed``."""
        facts, _ = self._ask({"op": "describe", "engine": name}, None)
        return SharedEngine(self, name, method, facts["facts"])

    def call(self, name: str, array: "np.ndarray") -> "np.ndarray":
        """The method's result for ``array``; raises ``ToolFailed`` where the host died or the engine raised."""
        _, result = self._ask({"op": "call", "engine": name}, array)
        assert result is not None
        return result

    def _ask(self, head: dict[str, Any], array: "np.ndarray | None") -> "tuple[dict[str, Any], np.ndarray | None]":
        try:
            line = self._connected()
            line.sendall(pack(head, array))
            with line.makefile("rb") as reader:
                answer, result = receive(reader.readline, reader.read)
        except OSError as error:
            self._socket = None
            raise ToolFailed(reason=f"the host of the engines: {error}") from error
        if "error" in answer:
            raise ToolFailed(reason=answer["error"])
        return answer, result

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(self._path)
        return self._socket
