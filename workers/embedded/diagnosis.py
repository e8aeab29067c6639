"""What can keep the platform from running here, looked at one by one; nothing is started or changed."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from activities.inference.cache import EngineCache
from activities.inference.devices import pick
from activities.inference.inpainting import ENGINE, fetch_network
from activities.inference.weights import Weights
from activities.slots.wording import read_lines
from models.errors import CheckpointUnusable, WeightsUnavailable
from models.settings import Settings

from .binaries import postgres_program, script
from .errors import StackError
from .isolation import is_possible
from .ports import is_free, occupant
from .postgres import drop_root

PACKAGES = ("temporalio", "fastapi", "sqlalchemy", "psycopg", "boto3", "av", "torch", "onnxruntime")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. A ``problem`` keeps the platform from starting, a ``warning`` doesn't."""

    subject: str
    state: Literal["ok", "warning", "problem"]
    found: str
    advice: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    """All findings, in the order in which a newcomer would meet them."""
    return [
        _python(),
        *(_package(name) for name in PACKAGES),
        *_servers(settings),
        *_ports(settings),
        _payments(settings),
        _device(settings),
        *_inpainting(settings),
        *_refused_words(settings),
        _disk(settings),
        _home(settings),
    ]


def _python() -> Finding:
    return Finding("Python", "ok", ".".join(map(str, sys.version_info[:3])))


def _package(name: str) -> Finding:
    try:
        return Finding(name, "ok", version(name))
    except PackageNotFoundError:
        return Finding(name, "problem", "not installed", "Run `make setup`.")


def _servers(settings: Settings) -> Iterator[Finding]:
    given = settings.model_fields_set
    if "database_url" in given:
        yield Finding("PostgreSQL", "ok", "yours (DATABASE_URL)")
    else:
        yield _program("PostgreSQL", lambda: [*drop_root(), postgres_program("postgres"), "--version"])
    if settings.s3_endpoint:
        yield Finding("S3", "ok", f"yours ({settings.s3_endpoint})")
    else:
        yield _program("S3 (SeaweedFS)", lambda: [script("weed"), "version"])
    if "temporal_address" in given:
        yield Finding("Temporal", "ok", f"yours ({settings.temporal_address})")
    else:
        yield _program("Temporal", lambda: [script("temporal"), "--version"])
        yield _isolation()
    yield _program("FFmpeg", _ffmpeg)


def _isolation() -> Finding:
    if is_possible():
        return Finding("Temporal's network", "ok", "its own: nobody comes past certificate and token")
    advice = "Allow user namespaces (sysctl user.max_user_namespaces), or set TEMPORAL_ADDRESS to a cluster of yours."
    return Finding("Temporal's network", "warning", "every user of this machine reaches its inner ports", advice)


def _ffmpeg() -> list[str]:
    from imageio_ffmpeg import get_ffmpeg_exe

    return [get_ffmpeg_exe(), "-version"]


def _program(subject: str, argv: Callable[[], list[str]]) -> Finding:
    try:
        done = subprocess.run(argv(), capture_output=True, text=True, timeout=20, check=False)
    except (StackError, OSError, RuntimeError, ImportError, subprocess.TimeoutExpired) as error:
        return Finding(subject, "problem", str(error), "Run `make setup`.")
    first = (done.stdout + done.stderr).strip().partition("\n")[0]
    if done.returncode:
        return Finding(subject, "problem", first, "Run `make setup` again; if it stays, report it with this line.")
    return Finding(subject, "ok", first)


def _ports(settings: Settings) -> Iterator[Finding]:
    wanted = {"API_PORT": settings.api_port, "TEMPORAL_UI_PORT": settings.temporal_ui_port}
    wanted |= {"POSTGRES_PORT": settings.postgres_port, "S3_PORT": settings.s3_port}
    wanted |= {"TEMPORAL_PORT": settings.temporal_port}
    for setting, port in wanted.items():
        if port and is_free(port):
            yield Finding(f"Port {port}", "ok", "free")
        elif port:
            holder = occupant(port) or "somebody else"
            yield Finding(f"Port {port}", "warning", f"taken by {holder}", f"Fine if that is us; else set {setting}.")


def _payments(settings: Settings) -> Finding:
    """Who takes the money: Stripe, another server that speaks its protocol, or the stand-in, which takes none."""
    if settings.stripe_secret_key is None:
        found = f"the offline stand-in, by which no money moves ({settings.workshop_home.absolute() / 'payments.db'})"
        return Finding(
            "Payments", "warning", found, "Fine for trying; to be paid set STRIPE_SECRET_KEY (docs/billing.md)."
        )
    if settings.stripe_webhook_secret is None:
        advice = "Set STRIPE_WEBHOOK_SECRET: webhooks are refused without it (docs/billing.md)."
        return Finding("Payments", "warning", "Stripe, whose webhooks cannot be checked", advice)
    test = settings.stripe_secret_key.get_secret_value().startswith(("sk_test_", "rk_test_"))
    where = f" at {settings.stripe_api_base}" if settings.stripe_api_base else ""
    return Finding("Payments", "ok", f"Stripe{where}, {'in test mode: no money moves' if test else 'live'}")


def _device(settings: Settings) -> Finding:
    try:
        device = pick(settings.device)
    except RuntimeError as error:
        return Finding("Device", "problem", str(error), "Set DEVICE=auto.")
    return Finding("Device", "ok", f"{device.kind}: {device.name}, {device.memory / 1e9:.0f} GB")


def _inpainting(settings: Settings) -> Iterator[Finding]:
    """The operator's own network, if there is one: opened and tried, as a job would."""
    if settings.inpainting is None:
        return
    subject, weights = "INPAINTING", Weights(settings.weights_folder)
    try:
        file = fetch_network(settings.inpainting, weights)
        EngineCache(weights, pick(settings.device), 1, 0).get(ENGINE, file.files)
    except (CheckpointUnusable, WeightsUnavailable) as error:
        reason = str(error.params["reason"])
        yield Finding(subject, "problem", reason, "Mend `source` and `kind` (docs/operating.md), or unset INPAINTING.")
    else:
        yield Finding(subject, "ok", f"{file.name}: {file.kind}, {file.path}")


def _refused_words(settings: Settings) -> Iterator[Finding]:
    """The operator's own list, if there is one: without it the workers don't start."""
    file, subject = settings.moderation_words, "MODERATION_WORDS"
    if file is None:
        return
    try:
        count = len(read_lines(file))
    except (OSError, ValueError) as error:
        yield Finding(subject, "problem", f"{file}: {error}", "Name a file in UTF-8 that the workers can read.")
    else:
        yield Finding(subject, "ok", f"{count} lines in {file}")


def _disk(settings: Settings) -> Finding:
    wanted = settings.workshop_home.absolute()
    home = next(each for each in (wanted, *wanted.parents) if each.exists())
    free = shutil.disk_usage(home).free
    found = f"{free / 1e9:.1f} GB free at {home}"
    if free < settings.low_disk:
        return Finding("Disk", "warning", found, "Free some space, or set WORKSHOP_HOME to a larger disk.")
    return Finding("Disk", "ok", found)


def _home(settings: Settings) -> Finding:
    home: Path = settings.workshop_home.absolute()
    if home.exists() and home.stat().st_mode & 0o077:
        return Finding("Home", "warning", f"{home} can be read by others", f"chmod 700 {home}")
    return Finding("Home", "ok", str(home))
