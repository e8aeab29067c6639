"""Sends mails by SMTP. At least once: a repeat carries the same Message-ID, by which mailboxes know it."""

from email.message import EmailMessage
from email.utils import format_datetime, localtime
from pathlib import Path

import aiosmtplib
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from temporalio import activity

from models.errors import Unavailable
from models.payloads.mails import MailDelivery, MailFailure, OpenMail
from models.repositories.mails import Mails
from models.session import Database
from models.settings import Settings

TEMPLATES = Path(__file__).parent / "mail_templates"
SMTP_TIMEOUT = 10.0

log = structlog.get_logger(__name__)


class MailActivities:
    """Activities of ``MailDeliveryWorkflow``."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(["html.j2"]),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
        )

    @activity.defn(name="mails.deliver")
    async def deliver(self, delivery: MailDelivery) -> None:
        """Hand the mail to the relay, unless it has ended. A refusal for good ends it; all else is tried again."""
        async with self._database.transaction() as session:
            mail = await Mails(session).get_open(delivery.mail_id)
        if mail is None:
            return
        refusal = await self._send(self.compose(mail))
        await self._end(mail.id, refusal)

    @activity.defn(name="mails.give_up")
    async def give_up(self, failure: MailFailure) -> None:
        """End a mail that no relay took in time."""
        await self._end(failure.mail_id, failure.reason)

    def compose(self, mail: OpenMail) -> EmailMessage:
        """The message in text and HTML. The first line of the text's template is the subject."""
        stem = f"{mail.template}.{mail.language}"
        values = {**mail.values, "link": self._link(mail), "language": mail.language}
        subject, _, text = self._templates.get_template(f"{stem}.txt.j2").render(values).partition("\n")
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = mail.recipient
        message["Subject"] = subject
        message["Date"] = format_datetime(localtime())
        message["Message-ID"] = f"<{mail.id}@{self._settings.mail_from.rpartition('@')[2].rstrip('> ')}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text.lstrip("\n"))
        message.add_alternative(self._templates.get_template(f"{stem}.html.j2").render(values), subtype="html")
        return message

    def _link(self, mail: OpenMail) -> str:
        path, token = mail.values["path"], mail.values.get("token")
        return f"{self._settings.url}{path}" + (f"?token={token}" if token else "")

    async def _send(self, message: EmailMessage) -> str | None:
        """None when the relay took it, else why it never will; raises ``Unavailable`` where it may take it later."""
        password = self._settings.smtp_password
        try:
            await aiosmtplib.send(
                message,
                hostname=self._settings.smtp_host,
                port=self._settings.smtp_port,
                username=self._settings.smtp_username,
                password=password.get_secret_value() if password else None,
                start_tls=self._settings.smtp_starttls,
                timeout=SMTP_TIMEOUT,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(recipient.code >= 500 for recipient in error.recipients):
                return "; ".join(f"{recipient.code} {recipient.message}" for recipient in error.recipients)[:500]
            raise Unavailable(part="SMTP") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(part="SMTP") from error
        return None

    async def _end(self, mail_id: str, failure: str | None) -> None:
        async with self._database.transaction() as session:
            await Mails(session).end(mail_id, failure)
        log.info("mail ended", mail_id=mail_id, failure=failure)
