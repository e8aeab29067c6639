"""``workshop login`` and ``logout``: which server, as whom; kept in a file that only its owner may read."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from models.settings import inherited_environment
from workers.embedded.keys import private_folder, write_private

from .client import Client
from .output import AsJson, Code, Language, Problem, Screen

app = typer.Typer()

DEFAULT_SERVER = "http://127.0.0.1:8000"

Server = Annotated[
    str | None, typer.Option("--server", envvar="WORKSHOP_SERVER", help="Default: the one signed in to last.")
]


@dataclass(frozen=True)
class Credentials:
    """Tokens by server's URL, and the server that commands mean when none is named."""

    file: Path

    def server(self, named: str | None) -> str:
        return (named or self._read()["current"] or DEFAULT_SERVER).rstrip("/")

    def token(self, server: str) -> str | None:
        found = self._read()["servers"].get(server)
        return str(found["token"]) if found else None

    def keep(self, server: str, token: str, name: str) -> None:
        """Remember a token; its server becomes the one that is meant."""
        known = self._read()
        known["servers"][server] = {"token": token, "name": name}
        self._write({**known, "current": server})

    def forget(self, server: str) -> None:
        """Drop a server's token."""
        known = self._read()
        known["servers"].pop(server, None)
        left = next(iter(known["servers"]), None)
        self._write({**known, "current": left if known["current"] == server else known["current"]})

    def _read(self) -> dict[str, Any]:
        empty: dict[str, Any] = {"current": None, "servers": {}}
        return {**empty, **json.loads(self.file.read_text())} if self.file.exists() else empty

    def _write(self, known: dict[str, Any]) -> None:
        private_folder(self.file.parent)
        write_private(self.file, json.dumps(known, indent=1))


def credentials() -> Credentials:
    """The user's credentials, by the XDG base directory rules."""
    configured = inherited_environment().get("XDG_CONFIG_HOME")
    base = Path(configured) if configured else Path.home() / ".config"
    return Credentials(base / "workshop" / "credentials.json")


def connect(screen: Screen, server: str | None) -> Client:
    """A client of the server that is meant, signed in; raises ``Problem`` if nobody signed in to it."""
    kept = credentials()
    address = kept.server(server)
    token = inherited_environment().get("WORKSHOP_API_KEY") or kept.token(address)
    if token is None:
        detail = screen.words(
            f"尚未登录 {address}:请先运行 workshop login。", f"Not signed in to {address}: run workshop login."
        )
        raise Problem({"code": "unauthenticated", "detail": detail}, Code.not_signed_in)
    return Client(address, token, screen)


@app.command()
def login(
    server: Annotated[str | None, typer.Argument(help="The server's URL; http://127.0.0.1:8000 unless told.")] = None,
    email: Annotated[str | None, typer.Option(help="Asked for unless given.")] = None,
    password: Annotated[str | None, typer.Option(envvar="WORKSHOP_PASSWORD", help="Asked for, unseen.")] = None,
    api_key: Annotated[str | None, typer.Option(envvar="WORKSHOP_API_KEY", help="Instead of e-mail, password.")] = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Sign in to a server. Exit code 3 if it refuses."""
    screen = Screen(as_json, language)
    with screen.failures():
        kept = credentials()
        address = kept.server(server)
        token = api_key or _session(screen, address, email, password)
        me = Client(address, token, screen).get("/api/auth/me")
        kept.keep(address, token, me["email"])
        screen.say(f"已以 {me['email']} 登录 {address}", f"Signed in to {address} as {me['email']}")
        screen.result({"server": address, "user": me})


@app.command()
def logout(server: Server = None, language: Language = "zh", as_json: AsJson = False) -> None:
    """Sign out: the server forgets the session, this machine the token."""
    screen = Screen(as_json, language)
    with screen.failures():
        kept = credentials()
        address = kept.server(server)
        token = kept.token(address)
        if token is not None:
            _end_session(screen, address, token)
            kept.forget(address)
        screen.say(f"已退出 {address}", f"Signed out of {address}")
        screen.result({"server": address, "signed_out": token is not None})


def _session(screen: Screen, address: str, email: str | None, password: str | None) -> str:
    known_email = email or typer.prompt(screen.words("邮箱", "E-mail"), err=True)
    known_password = password or typer.prompt(screen.words("密码", "Password"), hide_input=True, err=True)
    body = {"email": known_email, "password": known_password}
    return str(Client(address, None, screen).post("/api/auth/login", body)["session"]["token"])


def _end_session(screen: Screen, address: str, token: str) -> None:
    """A session that the server does not know any more has ended just as well."""
    try:
        Client(address, token, screen).log_out()
    except Problem as problem:
        if problem.exit_code != Code.not_signed_in:
            raise
