"""Bodies of signing up, signing in and looking after oneself."""

from datetime import datetime
from typing import Annotated, Literal

from email_validator import validate_email
from pydantic import AfterValidator, Field, SecretStr, model_validator

from models.passwords import LONGEST, SHORTEST

from .base import Body, Label, View

NewPassword = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST)]
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
OneTimeToken = Annotated[str, Field(min_length=1, max_length=200)]


def _email(text: str) -> str:
    # a platform at home or in an office may well have addresses that the world cannot reach
    return validate_email(text, check_deliverability=False, globally_deliverable=False).normalized


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]


class Registration(Body):
    email: Email
    password: NewPassword
    name: Label


class Login(Body):
    email: Email
    password: Password


class EmailVerification(Body):
    """``token`` from the mail; without it, and signed in, the mail is sent again."""

    token: OneTimeToken | None = None


class PasswordReset(Body):
    """Either ``email``, to be sent a token, or ``token`` and the new ``password``."""

    email: Email | None = None
    token: OneTimeToken | None = None
    password: NewPassword | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "PasswordReset":
        asks, answers = self.email is not None, self.token is not None and self.password is not None
        if asks == answers or (asks and (self.token or self.password)):
            raise ValueError("send either email, or token and password")
        return self


class UserChanges(Body):
    name: Label | None = None
    language: Literal["zh", "en"] | None = None


class PasswordChange(Body):
    current_password: Password
    new_password: NewPassword


class UserView(View):
    id: str
    account_id: str
    email: str
    name: str
    role: Literal["user", "operator", "admin"]
    language: Literal["zh", "en"]
    email_verified_at: datetime | None
    created_at: datetime


class SessionToken(View):
    """Send ``token`` as ``Authorization: Bearer``; the cookie holds the same."""

    token: str
    expires_at: datetime


class SignedInView(View):
    user: UserView
    session: SessionToken


class SessionView(View):
    """``current`` is the session of this very request."""

    id: str
    user_agent: str | None
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool = False


class SessionList(View):
    data: list[SessionView]
    next_cursor: str | None = None


class Accepted(View):
    """It will be done if there is something to do; whether there is, is not told."""

    status: Literal["accepted"] = "accepted"


class Done(View):
    status: Literal["done"] = "done"
