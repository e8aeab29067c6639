"""How Alembic reaches the database: the URL comes from ``configuration`` or, on the command line, from the settings."""

from alembic import context
from sqlalchemy import create_engine, text

from models.settings import get_settings
from models.tables import Table

MIGRATION_LOCK = 7_301_001


def _url() -> str:
    given = context.config.attributes.get("database_url")
    return str(given or get_settings().database_url.get_secret_value()).replace(
        "postgresql://", "postgresql+psycopg://", 1
    )


def _run() -> None:
    engine = create_engine(_url())
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Table.metadata, compare_type=True)
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            context.run_migrations()
    engine.dispose()


_run()
