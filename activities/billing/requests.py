"""What requests to the provider have in common."""

from typing import Any


def once(key: str) -> Any:
    """Options of a write: the provider answers a repeat under the same key as it did before."""
    return {"idempotency_key": key}


def ways_back(url: str) -> dict[str, str]:
    """Where a checkout leads, paid or not."""
    mark = "&" if "?" in url else "?"
    return {"success_url": f"{url}{mark}paid=1", "cancel_url": f"{url}{mark}paid=0"}
