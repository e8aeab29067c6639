"""Mails as a mailbox receives them, over real SMTP."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import SMTP, Envelope

from activities.mails import TEMPLATES, MailActivities
from models.errors import Unavailable
from models.payloads.mails import MailDelivery, MailFailure
from models.repositories.mails import Mails
from models.session import Database
from models.settings import Settings
from models.tables import Mail

VALUES = {"name": "林 <b>", "path": "/verify-email", "token": "tok-123"}


@dataclass
class Mailbox:
    """An SMTP server of a few lines; ``reply`` is what it says to a recipient."""

    port: int = 0
    reply: str = "250 OK"
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, server, session, envelope: Envelope, address: str, options) -> str:
        envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:
        self.received.append(message_from_bytes(envelope.original_content, policy=policy.default))
        return "250 kept"


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box, hostname="box.invalid"), "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    yield box
    server.close()


def at(port: int) -> dict[str, object]:
    """Settings of a relay here that wants no password."""
    return {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_username": None, "smtp_password": None}


@pytest.fixture
def mails(database: Database, settings: Settings, mailbox: Mailbox) -> MailActivities:
    return MailActivities(database, settings.model_copy(update=at(mailbox.port)))


async def written(database: Database, template: str, language: str) -> MailDelivery:
    async with database.transaction() as session:
        mail_id = await Mails(session).open("someone@example.com", template, language, VALUES)
    return MailDelivery(mail_id=mail_id)


async def row(database: Database, order: MailDelivery) -> Mail:
    async with database.transaction() as session:
        return await session.get_one(Mail, order.mail_id)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("template", ["welcome", "verify_email", "reset_password", "password_changed"])
async def test_each_mail_is_readable_in_text_and_html(database, mails, mailbox, template, language):
    order = await written(database, template, language)
    await mails.deliver(order)
    [message] = mailbox.received
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert message["To"] == "someone@example.com" and message["Subject"].strip() and "\n" not in message["Subject"]
    assert bool(re.search("[一-鿿]", message["Subject"])) == (language == "zh")
    for body in (text, html):
        assert "/verify-email?token=tok-123" in body and "{{" not in body
    assert "林 <b>" in text and "林 &lt;b&gt;" in html and message["Subject"] not in text.split("\n")[:1]


async def test_a_sent_mail_forgets_its_token_and_is_sent_once(database, mails, mailbox):
    order = await written(database, "welcome", "zh")
    await mails.deliver(order)
    await mails.deliver(order)
    kept = await row(database, order)
    assert len(mailbox.received) == 1
    assert kept.values == {} and kept.ended_at is not None and kept.failure is None


async def test_a_repeat_after_a_crash_carries_the_same_message_id(database, mails, mailbox):
    order = await written(database, "welcome", "zh")
    async with database.transaction() as session:
        mail = await Mails(session).get_open(order.mail_id)
    assert mails.compose(mail)["Message-ID"] == mails.compose(mail)["Message-ID"]
    assert order.mail_id in mails.compose(mail)["Message-ID"]


async def test_a_refusal_for_good_ends_the_mail_with_the_reason(database, mails, mailbox):
    mailbox.reply = "550 no such person"
    order = await written(database, "welcome", "en")
    await mails.deliver(order)
    kept = await row(database, order)
    assert "550 no such person" in kept.failure and kept.values == {}


async def test_a_refusal_for_now_and_a_relay_that_is_down_are_tried_again(database, mails, mailbox, settings):
    mailbox.reply = "451 come back later"
    order = await written(database, "welcome", "en")
    away = MailActivities(database, settings.model_copy(update=at(9)))
    for relay in (mails, away):
        with pytest.raises(Unavailable):
            await relay.deliver(order)
    assert (await row(database, order)).ended_at is None
    mailbox.reply = "250 OK"
    await mails.deliver(order)
    assert len(mailbox.received) == 1


async def test_a_mail_given_up_is_not_sent_later(database, mails, mailbox):
    order = await written(database, "welcome", "en")
    await mails.give_up(MailFailure(mail_id=order.mail_id, reason="nobody took it"))
    await mails.deliver(order)
    assert mailbox.received == [] and (await row(database, order)).failure == "nobody took it"


def test_every_template_is_there_in_both_languages_and_forms():
    stems = {path.name.split(".")[0] for path in TEMPLATES.glob("*.txt.j2")}
    for stem in stems:
        for language in ("zh", "en"):
            for form in ("txt", "html"):
                assert (TEMPLATES / f"{stem}.{language}.{form}.j2").is_file()
