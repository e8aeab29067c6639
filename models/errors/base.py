"""The errors that users meet: each a class with a stable code, an HTTP status and words in zh and en.

Nothing here knows HTTP or Temporal; the API renders these as problem+json and the Temporal interceptor carries
them across the wire by ``code``. A message says what happened and what to do next; never branch on its text.
"""

from typing import Any, ClassVar


def wrong(path: str, zh: str, en: str) -> dict[str, str]:
    """One of a ``DomainError``'s ``errors``: what is wrong with the field at ``path``, in both languages."""
    return {"path": path, "message": en, "message_zh": zh}


class DomainError(Exception):
    """A failure with a name. ``params`` fill the message; ``errors`` list what is wrong with fields (see ``wrong``)."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    title: ClassVar[dict[str, str]] = {"zh": "内部错误", "en": "Internal error"}
    message: ClassVar[dict[str, str]] = {
        "zh": "服务器出错了,请稍后再试。",
        "en": "Something broke on our side. Please try again later.",
    }
    registry: ClassVar[dict[str, type["DomainError"]]] = {}

    def __init__(
        self, *, errors: list[dict[str, str]] | None = None, retry_after: float | None = None, **params: Any
    ) -> None:
        self.params = params
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(self.detail("en"))

    def __init_subclass__(cls) -> None:
        known = DomainError.registry.setdefault(cls.code, cls)
        if not issubclass(cls, known):  # a special case of an error may have its code
            raise ValueError(f"two errors share the code {cls.code}")

    def detail(self, language: str) -> str:
        """The message in ``language`` ("zh" or "en"), its parameters filled in."""
        return self.message.get(language, self.message["en"]).format_map(_Lenient(self.params))

    def problems(self, language: str) -> list[dict[str, str]] | None:
        """``errors`` as ``path`` and ``message`` in ``language``, or in English where there are no other words."""
        if self.errors is None:
            return None
        key = f"message_{language}"
        return [{"path": each["path"], "message": each.get(key, each["message"])} for each in self.errors]

    def members(self) -> dict[str, Any]:
        """What the answer carries beside the usual: further members of the problem (RFC 9457, section 3.2)."""
        return {}

    def wire(self) -> dict[str, Any]:
        """What crosses Temporal and is stored on a failed job: everything needed to say it again in any language."""
        return {"code": self.code, "params": self.params, "errors": self.errors}

    @staticmethod
    def from_wire(wire: dict[str, Any]) -> "DomainError":
        """Rebuild from ``wire()``; an unknown code (an older or newer worker) becomes ``InternalError``."""
        kind = DomainError.registry.get(str(wire.get("code")), InternalError)
        return kind(errors=wire.get("errors"), **(wire.get("params") or {}))


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


class InternalError(DomainError):
    code = "internal"
    retryable = True
