"""``workshop account``: accounts, credits and roles, by whoever may run commands on the server's machine."""

import asyncio
import getpass
import secrets
from typing import Annotated, Any, Literal

import typer
from email_validator import EmailNotValidError, validate_email

from models.ids import new_id
from models.passwords import LONGEST, SHORTEST, Passwords
from models.repositories.audit import Audit
from models.repositories.credits import Credits
from models.repositories.users import Users
from models.settings import get_settings

from .here import local_database
from .output import AsJson, Code, Language, Problem, Screen

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="Accounts; run on the server's machine.")
app.add_typer(commands, name="account")

Role = Literal["user", "operator", "admin"]


@commands.command("create")
def create_account(
    email: str,
    name: Annotated[str | None, typer.Option(help="Shown to others; default: what is before the @.")] = None,
    role: Annotated[Role, typer.Option()] = "user",
    password: Annotated[str | None, typer.Option(envvar="WORKSHOP_PASSWORD", help="Made up unless given.")] = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """A user with an account and the welcome credits. A password that was made up is printed once."""
    screen = Screen(as_json, language)
    with screen.failures():
        address = _email(screen, email)
        if password is not None and not SHORTEST <= len(password) <= LONGEST:
            raise screen.usage(
                f"密码需 {SHORTEST}–{LONGEST} 个字符", f"A password has {SHORTEST} to {LONGEST} characters"
            )
        chosen = password or secrets.token_urlsafe(16)
        made = asyncio.run(_create(screen, address, name or address.partition("@")[0], role, chosen))
        shown = {**made, **({} if password else {"password": chosen})}
        screen.say(f"已创建 {address}({role})", f"Created {address} ({role})")
        if not password:
            screen.say(f"密码(仅显示一次):{chosen}", f"Password (shown once): {chosen}")
        screen.result(shown)


@commands.command("grant")
def grant_credits(
    email: str,
    credits: Annotated[int, typer.Argument(min=1)],
    reason: Annotated[str, typer.Option(help="Kept in the audit log.")],
    transfer_id: Annotated[str | None, typer.Option("--id", help="A second grant of the same id does nothing.")] = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Give credits to a user's account."""
    screen = Screen(as_json, language)
    with screen.failures():
        done = asyncio.run(_grant(screen, email, credits, reason, f"admin:{transfer_id or new_id('transfer')}"))
        zh = f"{email}:+{credits},可用 {done['available']}" if done["granted"] else f"{email}:此前已发放过"
        en = (
            f"{email}: +{credits}, {done['available']} available" if done["granted"] else f"{email}: was granted before"
        )
        screen.say(zh, en)
        screen.result(done)


@commands.command("role")
def set_role(email: str, role: Role, language: Language = "zh", as_json: AsJson = False) -> None:
    """Make somebody a user, an operator or an admin."""
    screen = Screen(as_json, language)
    with screen.failures():
        changed = asyncio.run(_set_role(screen, email, role))
        screen.say(f"{email} 现在是 {role}", f"{email} is {role} now")
        screen.result(changed)


async def _create(screen: Screen, email: str, name: str, role: Role, password: str) -> dict[str, Any]:
    welcome = get_settings().welcome_credits
    hashed = await Passwords(concurrency=1).hash(password)
    async with local_database(screen) as database, database.transaction() as session:
        user = await Users(session).register(
            email=email, name=name, password_hash=hashed, language=screen.language, welcome=welcome, role=role
        )
        await Audit(session).record(_actor(), "user.create", user.id, role=role)
        return {"id": user.id, "account_id": user.account_id, "email": user.email, "role": user.role}


async def _grant(screen: Screen, email: str, amount: int, reason: str, transfer_id: str) -> dict[str, Any]:
    async with local_database(screen) as database, database.transaction() as session:
        user = await Users(session).by_email(email)
        if user is None:
            raise _nobody(screen, email)
        ledger = Credits(session)
        granted = await ledger.grant(user.account_id, amount, source="admin", transfer_id=transfer_id)
        if granted:
            details = {"amount": amount, "reason": reason, "transfer_id": transfer_id}
            await Audit(session).record(_actor(), "credits.grant", user.account_id, **details)
        available = await ledger.available(user.account_id)
        return {"email": email, "granted": granted, "amount": amount, "id": transfer_id, "available": available}


async def _set_role(screen: Screen, email: str, role: Role) -> dict[str, Any]:
    async with local_database(screen) as database, database.transaction() as session:
        found = await Users(session).by_email(email)
        if found is None:
            raise _nobody(screen, email)
        before = found.role
        user = await Users(session).set_role(email, role)
        await Audit(session).record(_actor(), "user.role", user.id, before=before, after=role)
        return {"id": user.id, "email": user.email, "role": user.role, "before": before}


def _email(screen: Screen, text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False, globally_deliverable=False).normalized
    except EmailNotValidError as error:
        raise screen.usage(f"不是邮箱地址:{text}", f"Not an e-mail address: {text} ({error})") from None


def _nobody(screen: Screen, email: str) -> Problem:
    detail = screen.words(f"没有用户 {email}", f"There is no user {email}")
    return Problem({"code": "not_found", "detail": detail}, Code.failed)


def _actor() -> str:
    """Who the audit log names: the person at this machine's console."""
    return f"cli:{getpass.getuser()}"
