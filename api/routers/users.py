"""What users see and change of themselves: name, language, password, sessions, and whether they stay."""

from fastapi import Response

from models.repositories.audit import Audit
from models.repositories.sessions import Sessions
from models.repositories.users import Users

from ..accounts import AccountsDesk
from ..authentication import clear_cookie
from ..deps import InPerson, Platform, RequestId, Work
from ..routing import Router
from ..schemas.users import PasswordChange, SessionList, SessionView, UserChanges, UserView

router = Router("/api/users/me", "users")


@router.patch("")
async def change_me(caller: InPerson, body: UserChanges, work: Work) -> UserView:
    """Change what is sent, leave the rest."""
    changes = body.model_dump(exclude_none=True)
    return UserView.model_validate(await Users(work.session).change(caller.user_id, changes))


@router.delete("", status_code=204)
async def delete_me(caller: InPerson, desk: AccountsDesk, parts: Platform, response: Response) -> None:
    """Forget me: the name and the address are erased, sessions and keys end at once."""
    await desk.delete(caller)
    clear_cookie(response, parts.settings)


@router.post("/password", status_code=204)
async def change_password(caller: InPerson, body: PasswordChange, desk: AccountsDesk) -> None:
    """Set a new password; every other session ends."""
    await desk.change_password(caller, body.current_password.get_secret_value(), body.new_password.get_secret_value())


@router.get("/sessions")
async def my_sessions(caller: InPerson, work: Work) -> SessionList:
    """Where I am signed in."""
    sessions = await Sessions(work.session).of_user(caller.user_id)
    views = [SessionView.model_validate(each) for each in sessions]
    return SessionList(data=[each.model_copy(update={"current": each.id == caller.session_id}) for each in views])


@router.delete("/sessions", status_code=204)
async def end_my_other_sessions(caller: InPerson, work: Work, request_id: RequestId) -> None:
    """Sign out everywhere but here."""
    ended = await Sessions(work.session).end_all(caller.user_id, but=caller.session_id)
    await Audit(work.session, request_id).record(caller.user_id, "user.end_sessions", caller.user_id, ended=ended)


@router.delete("/sessions/{session_id}", status_code=204)
async def end_my_session(caller: InPerson, session_id: str, work: Work) -> None:
    """Sign out there."""
    await Sessions(work.session).end(caller.user_id, session_id)
