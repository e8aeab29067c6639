"""Opaque secrets given to users and the hashes that we keep of them: SHA-256, since they are random and long."""

import hashlib
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
SESSION_PREFIX = "wks_"
API_KEY_PREFIX = "wk_live_"
BODY_LENGTH, CHECKSUM_LENGTH = 32, 6


def hashed(secret: str) -> str:
    """What is stored of a secret of ours."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_session_token() -> str:
    """256 random bits."""
    return SESSION_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    """A one-time token of 256 random bits."""
    return secrets.token_urlsafe(32)


def new_api_key() -> str:
    """``wk_live_``, 32 random base62 digits, six of their CRC-32: a typo or a scanner's find is told apart offline."""
    body = "".join(secrets.choice(BASE62) for _ in range(BODY_LENGTH))
    return API_KEY_PREFIX + body + checksum(body)


def is_api_key(text: str) -> bool:
    """Whether ``text`` has the form and the checksum of an API key."""
    body = text.removeprefix(API_KEY_PREFIX)
    if body == text or len(body) != BODY_LENGTH + CHECKSUM_LENGTH:
        return False
    return checksum(body[:BODY_LENGTH]) == body[BODY_LENGTH:]


def checksum(body: str) -> str:
    """CRC-32 of ``body`` in six base62 digits, most significant first."""
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(BASE62))
        digits = BASE62[digit] + digits
    return digits
