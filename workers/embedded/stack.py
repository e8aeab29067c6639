"""The stack on one machine: PostgreSQL, S3, Temporal, an outbox and a stand-in for payments, each unless the settings
name one of yours."""

import asyncio
from collections.abc import Callable

from models.migrations import upgrade
from models.settings import Settings

from .authority import Certificates, certificates
from .keys import Keys, private_folder
from .mailbox import USERNAME, mailbox_program, password
from .objectstore import ObjectStoreServer
from .payments.program import api_key, payments_program, webhook_secret
from .ports import LOOPBACK, Ports
from .postgres import Postgres
from .supervisor import Supervisor
from .temporal_gate import ui_token
from .temporal_server import TemporalServer


class Stack:
    """Starts what the settings leave to us; ``environment`` is what the product's processes then need to be told.

    ``report`` hears of progress and of parts that died and start again: (part, what happened).
    """

    def __init__(self, settings: Settings, report: Callable[[str, str], None] | None = None) -> None:
        self._settings = settings
        self._report = report or (lambda part, event: None)
        self.home = private_folder(settings.workshop_home.absolute())
        for name in ("logs", "run"):
            private_folder(self.home / name)
        self._ports = Ports(self.home / "ports.json")
        self._keys = Keys(self.home / "secrets.json")
        self.supervisor = Supervisor(self.home, self._report)
        self._environment = {"WORKSHOP_HOME": str(self.home)}

    async def start(self) -> None:
        """Returns when every part answers and the schema is the newest; on an error nothing is left running."""
        await self.supervisor.clean()
        if not self._settings.secret_key.get_secret_value():
            self._environment["SECRET_KEY"] = self._keys.get("secret_key")
        started = False
        try:
            await self._start_parts()
            started = True
        except BaseExceptionGroup as group:
            raise first_of(group) from None
        finally:
            if not started:
                await self.stop()

    async def stop(self) -> None:
        """Everything ends, side by side, within three seconds and a bit."""
        await self.supervisor.close()

    def environment(self) -> dict[str, str]:
        """Settings, by their names in the environment, that lead to the parts that run here."""
        return dict(self._environment)

    def settings(self) -> Settings:
        """The settings that a process started with ``environment`` would read."""
        told = {name.lower(): value for name, value in self._environment.items()}
        return Settings.model_validate({**self._settings.model_dump(exclude_unset=True), **told})

    def opened(self, page: str) -> str:
        """A page of Temporal's Web UI as a link for a person: with the token that opens it, where the UI is ours."""
        ours = self._environment.get("TEMPORAL_UI_URL")
        mark = "&" if "?" in page else "?"
        return f"{page}{mark}token={ui_token(self._keys)}" if ours and page.startswith(ours) else page

    async def _start_parts(self) -> None:
        given = self._settings.model_fields_set
        await asyncio.to_thread(certificates, self.home)
        parts = [self._start_mailbox()] if self._settings.smtp_host is None else []
        parts += [self._start_payments()] if self._settings.stripe_secret_key is None else []
        parts += [self._start_database()] if "database_url" not in given else [self._migrate(self._settings_url())]
        parts += [self._start_store()] if self._settings.s3_endpoint is None else []
        parts += [self._start_temporal()] if "temporal_address" not in given else []
        async with asyncio.TaskGroup() as group:
            for part in parts:
                group.create_task(part)

    async def _start_database(self) -> None:
        port = self._ports.claim("postgres", self._settings.postgres_port)
        postgres = Postgres(self.home / "postgres", port, self._keys)
        await postgres.create()
        await self.supervisor.start(postgres.program())
        await postgres.create_database()
        await self._migrate(postgres.url)
        self._tell("PostgreSQL", DATABASE_URL=postgres.url)

    async def _migrate(self, url: str) -> None:
        await asyncio.to_thread(upgrade, url)

    def _settings_url(self) -> str:
        return self._settings.database_url.get_secret_value()

    async def _start_store(self) -> None:
        port = self._ports.claim("s3", self._settings.s3_port)
        store = ObjectStoreServer(self.home / "s3", port, self._ports, self._keys, Certificates.of(self.home))
        await asyncio.to_thread(store.configure)
        await self.supervisor.start(store.program())
        await asyncio.to_thread(store.create_bucket, self._settings.s3_bucket)
        self._tell("S3", S3_ENDPOINT=store.endpoint, S3_ACCESS_KEY=store.access_key, S3_SECRET_KEY=store.secret_key)

    async def _start_temporal(self) -> None:
        port = self._ports.claim("temporal", self._settings.temporal_port)
        ui_port = self._ports.claim("temporal_ui", self._settings.temporal_ui_port)
        ui_token(self._keys)
        server = TemporalServer(self.home, port, ui_port, self._settings.temporal_namespace, self._ports)
        await self.supervisor.start(server.program())
        self._tell("Temporal", **server.environment())

    async def _start_mailbox(self) -> None:
        port, secret = self._ports.claim("smtp_outbox"), password(self._keys)
        await self.supervisor.start(mailbox_program(self.home, port))
        self._tell(
            "Outbox",
            SMTP_HOST="127.0.0.1",
            SMTP_PORT=str(port),
            SMTP_USERNAME=USERNAME,
            SMTP_PASSWORD=secret,
        )

    async def _start_payments(self) -> None:
        port = self._ports.claim("payments", self._settings.payments_port)
        webhook = f"http://{LOOPBACK}:{self._settings.api_port}/api/webhooks/stripe"
        key, secret = api_key(self._keys), webhook_secret(self._keys)  # made here: its process only reads them
        await self.supervisor.start(payments_program(self.home, port, webhook, key))
        self._tell(
            "Payments (a stand-in: no money moves)",
            STRIPE_SECRET_KEY=key,
            STRIPE_WEBHOOK_SECRET=secret,
            STRIPE_API_BASE=f"http://{LOOPBACK}:{port}",
        )

    def _tell(self, part: str, **environment: str) -> None:
        self._environment |= environment
        self._report(part, "ready")


def first_of(error: BaseException) -> BaseException:
    """The error to show of parts that started side by side: the first that failed, the others were canceled for it."""
    return first_of(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
