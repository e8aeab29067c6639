"""For commands that run on the server's own machine: the settings that lead to the stack that runs there."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from models.session import Database
from models.settings import Settings, get_settings
from workers.embedded.keys import Keys
from workers.embedded.ports import LOOPBACK
from workers.embedded.postgres import Postgres

from .output import Code, Problem, Screen


def local_settings(screen: Screen) -> Settings:
    """The settings, with the addresses of the embedded parts where none is named; ``Problem`` if it never ran."""
    settings = get_settings()
    home = settings.workshop_home.absolute()
    given = settings.model_fields_set
    told: dict[str, str] = {}
    if "database_url" not in given:
        told["database_url"] = Postgres(home, _port(home, "postgres", screen), Keys(home / "secrets.json")).url
    if settings.s3_endpoint is None:
        keys = Keys(home / "secrets.json")
        told["s3_endpoint"] = f"http://{LOOPBACK}:{_port(home, 's3', screen)}"
        told |= {"s3_access_key": keys.get("s3_access")[:20], "s3_secret_key": keys.get("s3_secret")}
    return Settings.model_validate({**settings.model_dump(exclude_unset=True), **told})


@asynccontextmanager
async def local_database(screen: Screen) -> AsyncIterator[Database]:
    """The database of this machine's platform, closed at the end."""
    database = Database(local_settings(screen))
    try:
        yield database
    finally:
        await database.close()


def _port(home: Path, name: str, screen: Screen) -> int:
    """The port that the stack's last start took for a part; reading it must not claim it."""
    ports = json.loads((home / "ports.json").read_text()) if (home / "ports.json").exists() else {}
    if name not in ports or not (home / "secrets.json").exists():
        detail = screen.words(
            f"{home} 中没有运行过的平台:请先运行 workshop up,或设置 DATABASE_URL 和 S3_ENDPOINT。",
            f"No platform has run in {home}: start `workshop up`, or set DATABASE_URL and S3_ENDPOINT.",
        )
        raise Problem({"code": "no_platform", "detail": detail}, Code.unreachable)
    return int(ports[name])
