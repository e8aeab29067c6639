"""The outbox: an SMTP server on loopback that writes each mail to a folder, for machines without a mail relay.

Run as ``python -m workers.embedded.mailbox HOME PORT``; its password is one of the home's keys.
"""

import asyncio
import hmac
import logging
import sys
import time
import warnings
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .keys import Keys, private_folder
from .ports import LOOPBACK
from .program import Program

LARGEST = 10 * 1024 * 1024
USERNAME = "workshop"


class Mailbox:
    """Takes mail from who knows the password."""

    def __init__(self, folder: Path, password: str) -> None:
        self._folder = private_folder(folder)
        self._password = password.encode()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One file a mail, named so that the newest sorts last; it appears whole."""
        name = f"{time.time_ns()}.eml"
        draft = self._folder / f".{name}"
        draft.write_bytes(envelope.original_content or b"")
        draft.rename(self._folder / name)
        return "250 OK"

    def session(self) -> SMTP:
        """aiosmtpd warns that a login without TLS can be overheard; on loopback nobody listens."""
        with warnings.catch_warnings(action="ignore"):
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
        return AuthResult(
            success=isinstance(data, LoginPassword) and hmac.compare_digest(data.password, self._password)
        )


def mailbox_program(home: Path, port: int) -> Program:
    """The outbox of a home, ready when it greets."""

    async def greets() -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, port)
        except OSError:
            return False
        writer.close()
        return True

    argv = [sys.executable, "-m", "workers.embedded.mailbox", str(home), str(port)]
    return Program(name="outbox", argv=argv, environment={}, folder=home, ready=greets, stop_within=0.2)


async def _serve(home: Path, port: int) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    mailbox = Mailbox(home / "outbox", password(Keys(home / "secrets.json")))
    server = await asyncio.get_running_loop().create_server(mailbox.session, LOOPBACK, port)
    await server.serve_forever()


def password(keys: Keys) -> str:
    """The password that opens the outbox."""
    return keys.get("smtp")


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
