"""What a mail's workflow and activity tell each other: the mail's id, never its text, which may hold a token."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class MailDelivery(BaseModel):
    """Input of ``MailDeliveryWorkflow`` and of ``mails.deliver``."""

    model_config = ConfigDict(frozen=True)

    mail_id: str


class MailFailure(BaseModel):
    """Input of ``mails.give_up``."""

    model_config = ConfigDict(frozen=True)

    mail_id: str
    reason: str


class OpenMail(BaseModel):
    """A mail that waits to be sent, for the activity only."""

    model_config = ConfigDict(frozen=True)

    id: str
    recipient: str
    template: str
    language: str
    values: dict[str, Any]
