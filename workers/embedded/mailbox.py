"""The outbox: an SMTP server on loopback that writes each mail to a folder, for machines without a mail relay."""

import asyncio
import hmac
import logging
import time
import warnings
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .keys import private_folder
from .ports import LOOPBACK

LARGEST = 10 * 1024 * 1024


class Mailbox:
    """Runs inside the supervisor's process. Takes mail only from who knows the password."""

    def __init__(self, folder: Path, port: int, password: str) -> None:
        self.folder = folder
        self.username = "workshop"
        self.password = password
        self.port = port
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        private_folder(self.folder)
        self._server = await asyncio.get_running_loop().create_server(self._session, LOOPBACK, self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One file a mail, named so that the newest sorts last; it appears whole."""
        name = f"{time.time_ns()}.eml"
        draft = self.folder / f".{name}"
        draft.write_bytes(envelope.original_content or b"")
        draft.rename(self.folder / name)
        return "250 OK"

    def _session(self) -> SMTP:
        """aiosmtpd warns that a login without TLS can be overheard; on loopback nobody listens."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        with warnings.catch_warnings(action="ignore"):
            return self._smtp()

    def _smtp(self) -> SMTP:
        return SMTP(
            self,
            data_size_limit=LARGEST,
            hostname="localhost",
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=False,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """Plain login over loopback."""
        known = isinstance(data, LoginPassword) and hmac.compare_digest(data.password, self.password.encode())
        return AuthResult(success=known)
