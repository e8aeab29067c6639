"""From bytes on this machine to a file of an account: what they are by their content, and their place in the store."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.entitlements import entitlements, plan_now
from models.errors import FileTooLarge
from models.filenames import for_display, for_saving
from models.payloads.files import NewFile
from models.session import Database
from models.settings import MEBIBYTE, Settings
from models.tables import Account

from .media.probe import Prober
from .storage import ObjectStore, publish_blob

LARGE_KINDS = ("video", "archive")


@dataclass(frozen=True)
class Received:
    """Somebody's file on the local disk. ``name`` is what they called it, raw."""

    path: Path
    name: str
    size: int
    sha256: str


class Intake:
    """The same for uploads, entries of archives and objects of watched folders."""

    def __init__(self, database: Database, store: ObjectStore, prober: Prober, settings: Settings) -> None:
        self._database = database
        self._store = store
        self._prober = prober
        self._settings = settings

    async def inspect(self, account_id: str, received: Received, request_id: str | None = None) -> NewFile:
        """What the file is, by its content; raises what ``Prober.probe`` raises, and ``FileTooLarge``."""
        facts = await self._prober.probe(received.path, received.name)
        if facts.kind not in LARGE_KINDS and received.size > self._settings.max_upload:
            raise too_large(self._settings.max_upload)
        return NewFile(
            account_id=account_id,
            filename=for_saving(received.name),
            original_filename=for_display(received.name),
            size=received.size,
            mime_type=facts.mime_type,
            kind=facts.kind,
            sha256=received.sha256,
            status="scanning" if self._settings.clamd_host else "ready",
            details=facts.details,
            request_id=request_id,
        )

    async def store(self, new: NewFile, path: Path) -> None:
        """Its bytes in the store, within what the account's plan has room for; raises ``QuotaExceeded``.

        Whoever calls this writes the file's row within the hour.
        """
        async with self._database.transaction() as session:
            account = await session.get_one(Account, new.account_id)
            plan = plan_now(account.plan, account.plan_until, datetime.now(UTC))
        await publish_blob(
            self._database,
            self._store,
            new.account_id,
            path,
            new.sha256,
            new.size,
            new.mime_type,
            quota=entitlements(plan, self._settings).storage,
        )


def too_large(limit: int) -> FileTooLarge:
    """``limit`` in bytes."""
    return FileTooLarge(limit=f"{limit // MEBIBYTE} MB")
