"""What a running API holds: its doors to PostgreSQL, the store and Temporal, and the catalogue of tools."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from activities.billing.gateway import Gateway
from activities.intake import Intake
from activities.library import Library
from activities.media.probe import Prober
from activities.scratch import Scratch
from activities.storage import ObjectStore
from activities.tools import discover
from activities.tools.base import Catalogue
from models.entitlements import Entitlements, entitlements
from models.passwords import Passwords
from models.payloads.accounts import Identity
from models.session import Database
from models.settings import Settings
from temporal.client import TemporalDoor

from .event_hub import EventHub
from .popularity import Uses


@dataclass(frozen=True)
class Parts:
    """Built once by the application's lifespan; every door opens lazily, so that the API starts while they are down."""

    settings: Settings
    database: Database
    store: ObjectStore
    temporal: TemporalDoor
    catalogue: Catalogue
    passwords: Passwords
    hub: EventHub
    prober: Prober
    scratch: Scratch
    intake: Intake
    gateway: Gateway
    library: Library
    uses: Uses
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def entitled(self, caller: Identity) -> Entitlements:
        """What the caller's account may do now."""
        return entitlements(caller.plan, self.settings)

    async def start(self) -> None:
        """Begin to listen for events, though PostgreSQL be down, and have a probe ready for the first upload."""
        await self.hub.start()
        await self.prober.warm()

    async def close(self) -> None:
        """Give the connections back."""
        await self.hub.close()
        await self.prober.close()
        self.scratch.close()
        await self.store.close()
        await self.database.close()


def open_parts(settings: Settings) -> Parts:
    """Compose the parts from ``settings``; connects to nothing."""
    catalogue = discover(settings.extra_tools)
    database, store, prober = Database(settings), ObjectStore(settings), Prober(settings.max_pixels)
    return Parts(
        settings=settings,
        database=database,
        store=store,
        temporal=TemporalDoor(settings),
        catalogue=catalogue,
        library=Library(catalogue),
        uses=Uses(database),
        passwords=Passwords(settings.argon2_concurrency),
        hub=EventHub(settings.database_url.get_secret_value()),
        prober=prober,
        scratch=Scratch(settings.scratch_folder),
        intake=Intake(database, store, prober, settings),
        gateway=Gateway(settings),
    )
