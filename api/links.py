"""Links that open one file for whoever has them, until they expire or the file is deleted."""

import hashlib
import hmac
import time

from models.errors import NotFound, Unavailable
from models.settings import Settings


def signed(settings: Settings, file_id: str, expires: int) -> str:
    """A link to a file's content; ``expires`` in seconds of the Unix epoch."""
    signature = _signature(settings, file_id, expires)
    return f"{settings.url}/api/files/{file_id}/content?expires={expires}&signature={signature}"


def check(settings: Settings, file_id: str, expires: int, signature: str) -> None:
    """Raise ``NotFound`` unless the signature is ours and its time has not passed."""
    genuine = hmac.compare_digest(_signature(settings, file_id, expires).encode(), signature.encode())
    if not genuine or expires < time.time():
        raise NotFound(what="file")


def _signature(settings: Settings, file_id: str, expires: int) -> str:
    key = settings.secret_key.get_secret_value()
    if not key:
        raise Unavailable(part="SECRET_KEY")
    return hmac.new(key.encode(), f"file\n{file_id}\n{expires}".encode(), hashlib.sha256).hexdigest()
