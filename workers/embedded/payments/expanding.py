"""Expansion, as Stripe has it: ids become the objects that they name, and what is left out unless it is asked for."""

from collections.abc import Callable
from typing import Any

from .forms import Refused
from .objects import Object
from .store import Store
from .taxes import standing_of

DEEPEST = 4
Included = dict[tuple[str, str], Callable[[Store, Object], Any]]


def _payments(store: Store, invoice: Object) -> Object:
    found = [each for each in store.all("invoice_payment") if each["invoice"] == invoice["id"]]
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/invoice_payments"}


INCLUDED: Included = {("invoice", "payments"): _payments, ("customer", "tax"): standing_of}
"""Fields, by kind and name, that an object has only where somebody asks for them."""


def expanded(store: Store, body: Object, wanted: Any) -> Object:
    """A copy of ``body`` with what ``expand[]`` names; raises ``Refused``."""
    if wanted in (None, ""):
        return body
    if not isinstance(wanted, list):
        raise Refused("Invalid array", param="expand")
    for each in wanted:
        path = str(each).split(".")
        if len(path) > DEEPEST:
            raise Refused(f"You cannot expand more than {DEEPEST} levels of a property. ({each})", param="expand")
        body = _at(store, body, path, str(each))
    return body


def _at(store: Store, found: Any, path: list[str], asked: str) -> Any:
    if isinstance(found, list):
        return [_at(store, each, path, asked) for each in found]
    if found is None:
        return None
    known = store.get(found) if isinstance(found, str) else found
    if not isinstance(known, dict):
        raise _refused(asked)
    if not path:
        return known
    include = INCLUDED.get((str(known.get("object")), path[0]))
    if include is None and path[0] not in known:
        raise _refused(asked)
    inner = include(store, known) if include is not None and path[0] not in known else known[path[0]]
    return {**known, path[0]: _at(store, inner, path[1:], asked)}


def _refused(asked: str) -> Refused:
    return Refused(f"This property cannot be expanded ({asked}).", param="expand")
