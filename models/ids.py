"""Identifiers: opaque prefixed strings with a UUIDv7 inside, so that they sort by time of birth.

Format: ``<prefix>_<32 hexadecimal digits>``, RFC 9562 section 5.7. Nobody may take an id apart to learn anything.
"""

import uuid_utils

PREFIXES = {
    "user": "usr", "account": "acc", "session": "ses", "api_key": "key", "token": "tok", "file": "file",
    "job": "job", "quote": "quo", "transfer": "tra", "entry": "ent", "grant": "gra", "hold": "hol",
    "event": "evt", "mail": "mail", "request": "req", "audit": "aud",
    "text_template": "tpl", "comparison": "cmp",
    "subscription": "sub", "purchase": "pay",
    "pipeline": "pipe", "run": "run", "batch": "bat", "automation": "auto", "firing": "fir",
}  # fmt: skip


def new_id(kind: str) -> str:
    """Return a fresh id of ``kind``, a key of ``PREFIXES``; raises ``KeyError`` for an unknown kind."""
    return f"{PREFIXES[kind]}_{uuid_utils.uuid7().hex}"
