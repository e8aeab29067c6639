"""The stand-in's memory: one SQLite file, so that a restart keeps what was paid."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .forms import Refused

Object = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, number);
CREATE TABLE IF NOT EXISTS answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, number INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Objects by id and kind, answers by idempotency key, events that are still to be delivered."""

    def __init__(self, path: Path | str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error that keeps what was written before it is all, too."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except Refused as refused:
            self._db.execute("COMMIT" if refused.keeps else "ROLLBACK")
            raise
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, made: Object) -> Object:
        """Write an object, new or changed."""
        body = json.dumps(made)
        known = self._db.execute("UPDATE objects SET body = ? WHERE id = ?", (body, made["id"]))
        if known.rowcount == 0:
            self._db.execute(
                "INSERT INTO objects VALUES (?, ?, ?, ?)", (made["id"], made["object"], self.count("number"), body)
            )
        return made

    def get(self, object_id: str, kind: str | None = None) -> Object | None:
        """An object by id; None if there is none of this kind."""
        row = self._db.execute("SELECT kind, body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return None if row is None or kind not in (None, row[0]) else json.loads(row[1])

    def all(self, kind: str) -> list[Object]:
        """Every object of a kind, the newest first."""
        rows = self._db.execute("SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", (kind,))
        return [json.loads(row[0]) for row in rows]

    def count(self, name: str) -> int:
        """A number that grows with each call."""
        value = int(self.fact(name) or 0) + 1
        self.remember(name, str(value))
        return value

    def fact(self, name: str) -> str | None:
        """What was remembered under a name."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def remember(self, name: str, value: str) -> None:
        """Keep a fact, or replace it."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def answer(self, key: str) -> tuple[str, int, Object] | None:
        """Request, status and body that were answered under an idempotency key."""
        row = self._db.execute("SELECT request, status, body FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else (row[0], row[1], json.loads(row[2]))

    def keep_answer(self, key: str, request: str, status: int, body: Object) -> None:
        """What every repeat of this key is answered."""
        self._db.execute("INSERT INTO answers VALUES (?, ?, ?, ?)", (key, request, status, json.dumps(body)))

    def queue(self, event_id: str) -> None:
        """An event that is to be delivered."""
        self._db.execute("INSERT INTO deliveries (event, number) VALUES (?, ?)", (event_id, self.count("delivery")))

    def queued(self) -> list[tuple[str, int]]:
        """Events that nobody has taken yet, the oldest first, and how often they were tried."""
        return list(self._db.execute("SELECT event, tries FROM deliveries ORDER BY number"))

    def tried(self, event_id: str, taken: bool) -> None:
        """Forget a delivery that was taken; count one that was not."""
        if taken:
            self._db.execute("DELETE FROM deliveries WHERE event = ?", (event_id,))
        else:
            self._db.execute("UPDATE deliveries SET tries = tries + 1 WHERE event = ?", (event_id,))

    def close(self) -> None:
        """Give the file back."""
        self._db.close()
