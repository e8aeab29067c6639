"""The rows of a backup: every table by COPY, read in one snapshot, written in one transaction.

Not by pg_dump: that program must be as new as the server, which may be yours; and transaction ids that events carry
mean nothing in another cluster, so that they must be given anew. What an UNLOGGED table holds is not kept.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from sqlalchemy import Table as SqlTable

from models.tables import Table

CONNECT_SECONDS = 5
BLOCK = 1 << 20
STORED = """
SELECT account_id, sha256 FROM blobs WHERE status = 'stored'
ORDER BY account_id COLLATE "C", sha256 COLLATE "C"
"""
"""In the order in which the store lists the keys."""

OF_THIS_CLUSTER = {("events", "xid")}
"""Columns that the restoring database fills in itself."""

Connection = psycopg.Connection[tuple[Any, ...]]


def tables() -> list[SqlTable]:
    """What is kept, referenced tables first."""
    return [table for table in Table.metadata.sorted_tables if "UNLOGGED" not in table._prefixes]


@contextmanager
def snapshot(url: str) -> Iterator[Connection]:
    """A connection that sees one moment, and may take its time."""
    with _connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


@contextmanager
def replacement(url: str) -> Iterator[Connection]:
    """A transaction that begins by emptying every table; committed at the end of the block."""
    with _connect(url) as connection:
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in Table.metadata.sorted_tables)
        connection.execute(sql.SQL("TRUNCATE {}").format(names))
        yield connection


def write_table(connection: Connection, table: SqlTable, path: Path) -> dict[str, Any]:
    """Write a table's rows to ``path`` in COPY's text format; returns its ``columns`` and number of ``rows``."""
    columns = [each.name for each in table.columns if (table.name, each.name) not in OF_THIS_CLUSTER]
    order = sql.SQL(", ").join(sql.Identifier(each.name) for each in table.primary_key.columns)
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _names(columns), sql.Identifier(table.name), order
    )
    with connection.cursor() as cursor, path.open("wb") as target:
        with cursor.copy(query) as copy:
            for block in copy:
                target.write(block)
        return {"columns": columns, "rows": cursor.rowcount}


def read_table(connection: Connection, name: str, columns: list[str], source: IO[bytes]) -> int:
    """Append rows that ``write_table`` wrote; returns how many. Generated numbers go on behind the highest."""
    table = sql.Identifier(name)
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, _names(columns))) as copy:
            while block := source.read(BLOCK):
                copy.write(block)
        rows = cursor.rowcount
    for column in Table.metadata.tables[name].columns:
        if column.identity is not None:
            highest = sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false) FROM {}")
            named = (sql.Literal(name), sql.Literal(column.name), sql.Identifier(column.name), table)
            connection.execute(highest.format(*named))
    return rows


def revision(connection: Connection) -> str | None:
    """The schema's revision; None for an empty database."""
    found = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    if not found or not found[0]:
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def has_customers(connection: Connection) -> bool:
    """Whether anybody has an account."""
    found = connection.execute("SELECT EXISTS (SELECT 1 FROM accounts WHERE kind = 'customer')").fetchone()
    return bool(found and found[0])


def running_jobs(connection: Connection) -> int:
    """How many jobs a worker is at; asks for one column only, since the schema may be older than the code."""
    found = connection.execute("SELECT count(*) FROM jobs WHERE status = 'running'").fetchone()
    return int(found[0]) if found else 0


def stored_blobs(connection: Connection) -> Iterator[tuple[str, str]]:
    """(account, sha256) of all bytes that the store ought to have, fetched piece by piece."""
    with connection.cursor(name="stored_blobs") as cursor:
        cursor.execute(STORED)
        for row in cursor:
            yield str(row[0]), str(row[1])


def _connect(url: str) -> Connection:
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(plain, connect_timeout=CONNECT_SECONDS, application_name="workshop backup")


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in columns)
