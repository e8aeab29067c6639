"""Passwords of the embedded parts: made once at random, kept in a file that only its owner may read."""

import json
import os
import secrets
import threading
from pathlib import Path


class Keys:
    """Secrets by name in a 0600 file; a name that is new gets a random value."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._writing = threading.Lock()
        self._known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}

    def get(self, name: str) -> str:
        """64 hex digits, the same at every start."""
        with self._writing:
            if name not in self._known:
                self._known[name] = secrets.token_hex(32)
                write_private(self._file, json.dumps(self._known, indent=1))
            return self._known[name]


def write_private(file: Path, text: str) -> None:
    """Write a file that is 0600 from its first byte; a crash leaves the old or the new one."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


def private_folder(folder: Path) -> Path:
    """The folder, made if missing, open to its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
