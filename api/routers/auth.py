"""Signing up, in and out; showing that an address is one's own; a new password for a forgotten one."""

from fastapi import Depends, Request, Response

from models.repositories.sessions import Sessions
from models.repositories.users import Users

from ..accounts import AccountsDesk, NewSession
from ..authentication import clear_cookie, set_cookie
from ..deps import Platform, SignedIn, Work, signed_in
from ..platform import Parts
from ..rate_limit import address, limited, registrations
from ..routing import Router
from ..schemas.users import (
    Accepted,
    Done,
    EmailVerification,
    Login,
    PasswordReset,
    Registration,
    SessionToken,
    SignedInView,
    UserView,
)

router = Router("/api/auth", "auth")


@router.post("/register", status_code=201, dependencies=[Depends(limited(registrations, address))])
async def register(body: Registration, desk: AccountsDesk, parts: Platform, response: Response) -> SignedInView:
    """Create a user with an account and sign them in. 409 if the address has one."""
    opened = await desk.register(body.email, body.password.get_secret_value(), body.name)
    return _signed_in(opened, parts, response)


@router.post("/login")
async def login(body: Login, desk: AccountsDesk, parts: Platform, response: Response) -> SignedInView:
    """Sign in. The session of the cookie that came along ends."""
    opened = await desk.sign_in(body.email, body.password.get_secret_value())
    return _signed_in(opened, parts, response)


@router.post("/logout", status_code=204)
async def logout(caller: SignedIn, work: Work, parts: Platform, response: Response) -> None:
    """End this session."""
    if caller.session_id is not None:
        await Sessions(work.session).end(caller.user_id, caller.session_id)
    clear_cookie(response, parts.settings)


@router.get("/me")
async def me(caller: SignedIn, work: Work) -> UserView:
    """Who I am."""
    return UserView.model_validate(await Users(work.session).get(caller.user_id))


@router.post("/verify-email")
async def verify_email(
    body: EmailVerification, request: Request, desk: AccountsDesk, parts: Platform, response: Response
) -> Accepted | Done:
    """With the mail's token: the address is verified. Without, signed in: the mail is sent again (202)."""
    if body.token is not None:
        await desk.verify_email(body.token)
        return Done()
    await desk.mail_verification(await signed_in(request, parts))
    response.status_code = 202
    return Accepted()


@router.post("/reset-password")
async def reset_password(body: PasswordReset, desk: AccountsDesk, response: Response) -> Accepted | Done:
    """With ``email``: a token is mailed if the address has a user (202 in any case). With it: a new password."""
    if body.email is not None:
        await desk.mail_reset(body.email)
        response.status_code = 202
        return Accepted()
    assert body.token is not None and body.password is not None
    await desk.reset_password(body.token, body.password.get_secret_value())
    return Done()


def _signed_in(opened: NewSession, parts: Parts, response: Response) -> SignedInView:
    set_cookie(response, opened.token, parts.settings)
    session = SessionToken(token=opened.token, expires_at=opened.expires_at)
    return SignedInView(user=UserView.model_validate(opened.user), session=session)
