"""What the mails about money say: each value is shown, what is not known is left out, nothing is run as HTML."""

from email.message import EmailMessage

import pytest
from jinja2 import UndefinedError

from activities.mails import MailActivities
from models.payloads.mails import OpenMail
from models.session import Database
from models.settings import Settings

NEEDS = {
    "receipt": ("number", "amount", "description", "period"),
    "invoice": ("number", "amount", "due"),
    "renewal_reminder": ("plan", "amount", "due"),
    "payment_failed": ("plan", "amount", "next_try"),
    "grace_ends": ("plan", "ends"),
    "canceled": ("plan", "until"),
    "low_credits": ("available", "threshold"),
    "export_ready": ("expires",),
}
OPTIONAL = {"receipt": "period", "invoice": "due", "payment_failed": "next_try"}


@pytest.fixture
def mails(database: Database, settings: Settings) -> MailActivities:
    return MailActivities(database, settings)


def values(template: str) -> dict[str, str]:
    return {name: f"<{name}> & co" for name in NEEDS[template]} | {"path": "/billing"}


def composed(
    mails: MailActivities, template: str, language: str, shown: dict[str, str]
) -> tuple[EmailMessage, str, str]:
    mail = OpenMail(id="mail_1", recipient="a@example.com", template=template, language=language, values=shown)
    message = mails.compose(mail)
    text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = message.get_body(("html",)).get_content()  # type: ignore[union-attr]
    return message, text, html


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("template", list(NEEDS))
def test_each_value_is_shown_in_both_forms_and_the_link_leads_to_its_page(mails, settings, template, language):
    message, text, html = composed(mails, template, language, values(template))
    assert any("一" <= letter <= "鿿" for letter in message["Subject"]) == (language == "zh")
    for name in NEEDS[template]:
        assert f"<{name}> & co" in text
        assert f"&lt;{name}&gt; &amp; co" in html and f"<{name}>" not in html
    for body in (text, html):
        assert f"{settings.url}/billing" in body and "{{" not in body and "{%" not in body and "\n\n\n" not in text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("template", "name"), OPTIONAL.items())
def test_a_line_whose_value_is_not_known_is_left_out(mails, template, name, language):
    _, whole, _ = composed(mails, template, language, values(template))
    _, text, html = composed(mails, template, language, values(template) | {name: ""})
    assert len(text.splitlines()) < len(whole.splitlines()) and html.count("<tr>") == len(NEEDS[template]) - 1
    assert not any(line.rstrip().endswith((": ", ":")) and "<" in line for line in text.splitlines())


@pytest.mark.parametrize("template", list(NEEDS))
def test_a_mail_that_lacks_a_value_is_not_sent_with_a_gap(mails, template):
    for name in NEEDS[template]:
        some = {key: value for key, value in values(template).items() if key != name}
        with pytest.raises(UndefinedError):
            composed(mails, template, "en", some)
