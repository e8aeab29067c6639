"""Accounts, credits and roles from the console of the server's machine."""

import secrets

from sqlalchemy import text

from models.session import Database
from tests.workers.cli.conftest import Workshop


def address() -> str:
    return f"{secrets.token_hex(6)}@example.com"


async def test_an_account_of_the_console_can_sign_in(here: Workshop, workshop: Workshop, api_url: str) -> None:
    email = address()
    made = await here("account", "create", email, "--role", "admin", "--json")
    assert (made.code, made.document["role"]) == (0, "admin"), made.err
    signed_in = await workshop("login", api_url, "--email", email, "--password", made.document["password"], "--json")
    assert (signed_in.code, signed_in.document["user"]["role"]) == (0, "admin"), signed_in.err
    again = await here("account", "create", email, "--json")
    assert (again.code, again.problem["code"]) == (1, "conflict")


async def test_a_grant_counts_once_and_is_recorded(here: Workshop, database: Database) -> None:
    email = address()
    account = (await here("account", "create", email, "--json")).document["account_id"]
    grant = ("account", "grant", email, "50", "--reason", "sorry", "--id", f"ticket-{email}", "--json")
    first, second = await here(*grant), await here(*grant)
    assert (first.document["granted"], first.document["available"]) == (True, 1050)
    assert (second.document["granted"], second.document["available"]) == (False, 1050)
    query = text("SELECT details->>'reason' FROM audit_log WHERE action = 'credits.grant' AND target = :account")
    async with database.transaction() as session:
        assert (await session.execute(query, {"account": account})).scalars().all() == ["sorry"]


async def test_roles_and_strangers(here: Workshop) -> None:
    email = address()
    await here("account", "create", email)
    changed = await here("account", "role", email, "operator", "--json")
    assert (changed.document["before"], changed.document["role"]) == ("user", "operator")
    assert (await here("account", "role", address(), "admin")).code == 1
    assert (await here("account", "role", email, "king")).code == 2
    assert (await here("account", "create", "not an address")).code == 2


async def test_a_machine_where_no_platform_ran(workshop: Workshop, tmp_path: object) -> None:
    ended = await workshop("account", "role", address(), "admin", "--json", WORKSHOP_HOME=str(tmp_path))
    assert (ended.code, ended.problem["code"]) == (5, "no_platform")
