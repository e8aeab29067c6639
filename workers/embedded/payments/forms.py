"""Stripe's requests: forms whose names hold brackets, ``items[0][price]=…``; and the errors that answer them."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PIECE = re.compile(r"\[([^\[\]]*)\]")


class Refused(Exception):
    """An error as Stripe words it. ``keeps``: what was written before it is kept, as the attempt of a declined card."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        keeps: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.keeps = keeps
        error = {"type": kind, "message": message, "code": code or None, "param": param or None}
        self.body: dict[str, dict[str, Any]] = {"error": error}


def read(encoded: str) -> dict[str, Any]:
    """A form, or a query, as nested objects; lists are those whose keys are numbers, or empty."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        head = name.partition("[")[0]
        path = [head, *PIECE.findall(name[len(head) :])]
        place: dict[str, Any] = tree
        for key, following in zip(path, [*path[1:], None], strict=True):
            key = str(len(place)) if key == "" else key
            if following is None:
                place[key] = value
            else:
                place = place.setdefault(key, {})
                if not isinstance(place, dict):
                    raise Refused(f"Invalid parameter: {name}", param=name)
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def known(params: dict[str, Any], names: frozenset[str]) -> None:
    """Raise ``Refused`` for a parameter that the stand-in does not know: better than to ignore it in silence.

    ``names``: dotted, without the numbers of lists (``items.price``); ``metadata.*`` for whatever lies in it.
    """
    for path in _leaves(params):
        if not _fits(".".join(each for each in path if not each.isdigit()), names):
            name = path[0] + "".join(f"[{each}]" for each in path[1:])
            raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield path
        return
    for key, each in inner:
        yield from _leaves(each, (*path, str(key)))


def _fits(path: str, names: frozenset[str]) -> bool:
    """Itself, below a ``*``, or a whole that is emptied (``pause_collection=``)."""
    below = any(each.endswith(".*") and f"{path}.".startswith(each[:-1]) for each in names)
    return path in names or below or any(each.startswith(f"{path}.") for each in names)


def wanted(params: dict[str, Any], name: str) -> str:
    """A parameter that must be there; raises ``Refused``."""
    value = params.get(name)
    if value in (None, ""):
        raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not isinstance(value, str):
        raise Refused(f"Invalid string: {name}", param=name)
    return value


def hash_of(params: dict[str, Any], name: str) -> dict[str, Any]:
    """A nested hash, empty where there is none; raises ``Refused`` for anything else."""
    value = params.get(name) or {}
    if not isinstance(value, dict):
        raise Refused("Invalid hash", param=name)
    return value


def is_web(url: str) -> bool:
    """Whether it is an address to which a browser may be sent."""
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).netloc)


def address(params: dict[str, Any], name: str, required: bool = False) -> str | None:
    """An address to which a browser is sent; raises ``Refused`` for one that is not of the web."""
    value = wanted(params, name) if required else params.get(name)
    if value is not None and not is_web(str(value)):
        raise Refused("Not a valid URL", code="url_invalid", param=name)
    return value


def number(params: dict[str, Any], name: str, default: int | None = None) -> int:
    """A whole number; raises ``Refused``."""
    value = wanted(params, name) if default is None else params.get(name, default)
    try:
        return int(str(value))
    except ValueError:
        raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name) from None


def truth(value: Any) -> bool:
    """``true`` or ``false`` as forms write it."""
    return str(value).lower() == "true"
