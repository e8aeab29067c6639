"""The migrations make exactly the tables that the code declares."""

import subprocess
import sys
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory

from models.migrations import configuration
from models.settings import Settings

REPOSITORY = Path(__file__).parents[2]


def test_the_schema_is_what_the_tables_say(settings: Settings) -> None:
    config = configuration(settings.database_url.get_secret_value())
    command.check(config)
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_import_rules_hold() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    answer = subprocess.run([tool], capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:]
