"""Alembic's home. ``upgrade`` is what the embedded stack, ``workshop upgrade`` and the tests call."""

from pathlib import Path

from alembic import command
from alembic.config import Config

FOLDER = Path(__file__).parent


def configuration(database_url: str) -> Config:
    """Alembic's configuration for a database, without a file of its own; ``postgresql+psycopg://`` URLs."""
    config = Config(FOLDER / "alembic.ini")
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str) -> None:
    """Bring the schema to the newest revision; does nothing if it is there. One runner at a time (advisory lock)."""
    command.upgrade(configuration(database_url), "head")
