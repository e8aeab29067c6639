import asyncio
import os
import signal
import smtplib
import ssl
import time
import urllib.error
import urllib.request

import boto3
import psutil
import psycopg
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from temporalio.service import RPCError

from temporal.client import TemporalDoor

KILLED = ("postgres", "s3", "temporal")


@pytest.fixture
def plain_url(settings):
    return settings.database_url.get_secret_value().replace("+psycopg", "")


@pytest.fixture
def store(settings):
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key.get_secret_value(),
        aws_secret_access_key=settings.s3_secret_key.get_secret_value(),
        config=Config(retries={"max_attempts": 0}),
    )


def listening(stack, name: str) -> set[int]:
    leader = psutil.Process(stack.supervisor.pid(name))
    pids = {leader.pid, *(each.pid for each in leader.children(recursive=True))}
    found = psutil.net_connections("tcp")
    return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN and each.pid in pids}


def answer(url: str) -> int | str:
    """The status that an anonymous caller gets, or the name of what went wrong."""
    trusting = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(url, timeout=3, context=trusting) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(error).__name__


def test_every_port_of_the_store_refuses_who_brings_no_key(stack, settings):
    ports = listening(stack, "s3")
    assert len(ports) >= 8
    for port in ports:
        for scheme in ("http", "https"):
            for path in ("/", "/buckets/", f"/{settings.s3_bucket}", "/dir/assign", "/cluster/status", "/metrics"):
                assert answer(f"{scheme}://127.0.0.1:{port}{path}") not in range(200, 400), (scheme, port, path)


@pytest.mark.parametrize("user", ["postgres", "workshop"])
def test_postgresql_refuses_who_brings_no_password(stack, plain_url, user):
    port = psycopg.conninfo.conninfo_to_dict(plain_url)["port"]
    for password in ("", "postgres"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host="127.0.0.1", port=port, user=user, password=password, dbname="postgres")


def test_the_outbox_takes_mail_only_from_us(stack, settings):
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port) as client:
        with pytest.raises(smtplib.SMTPSenderRefused):
            client.sendmail("a@example.com", ["b@example.com"], b"Subject: no\r\n\r\nno")
        client.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        client.sendmail("a@example.com", ["b@example.com"], b"Subject: yes\r\n\r\nyes")
    mails = sorted((stack.home / "outbox").glob("*.eml"))
    assert b"Subject: yes" in mails[-1].read_bytes()


def test_nothing_listens_beyond_this_machine(stack):
    leaders = [psutil.Process(stack.supervisor.pid(name)) for name in KILLED]
    pids = {each.pid for leader in leaders for each in (leader, *leader.children(recursive=True))}
    found = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN and each.pid in pids]
    assert {each.laddr.ip for each in found} == {"127.0.0.1"}


def test_only_the_owner_may_read_what_is_kept(stack):
    for folder in (stack.home, *(stack.home / name for name in ("postgres", "s3", "temporal", "outbox", "logs"))):
        assert folder.stat().st_mode & 0o077 == 0, folder
    assert (stack.home / "secrets.json").stat().st_mode & 0o777 == 0o600


async def test_servers_that_are_killed_come_back_on_their_ports_with_what_they_kept(stack, settings, plain_url, store):
    await keep(settings, plain_url, store)
    before = {name: stack.supervisor.pid(name) for name in KILLED}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    began = time.monotonic()
    while not await kept(settings, plain_url, store):
        assert time.monotonic() - began < 20
        await asyncio.sleep(0.05)
    assert all(stack.supervisor.pid(name) != pid for name, pid in before.items())


async def test_postgresql_killed_while_it_wrote_its_lock_comes_back(stack, plain_url):
    lock, before = stack.home / "postgres" / "postmaster.pid", stack.supervisor.pid("postgres")
    assert lock.exists()
    os.kill(before, signal.SIGKILL)
    lock.write_text("")
    began = time.monotonic()
    while not answers(plain_url):
        assert time.monotonic() - began < 20
        await asyncio.sleep(0.05)
    assert stack.supervisor.pid("postgres") != before


def answers(plain_url) -> bool:
    try:
        with psycopg.connect(plain_url):
            return True
    except psycopg.OperationalError:
        return False


async def keep(settings, plain_url, store) -> None:
    with psycopg.connect(plain_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
    await asyncio.to_thread(store.put_object, Bucket=settings.s3_bucket, Key="kept", Body=b"kept")
    client = await TemporalDoor(settings).client()
    await client.start_workflow("Kept", id="kept", task_queue="nobody")


async def kept(settings, plain_url, store) -> bool:
    """Whether every server answers, each with what it was given."""
    try:
        with psycopg.connect(plain_url, autocommit=True) as connection:
            value = connection.execute("SELECT value FROM kept").fetchone()
            connection.execute("DROP TABLE kept") if value and await others_kept(settings, store) else None
    except (psycopg.OperationalError, BotoCoreError, RuntimeError, RPCError):
        return False
    return value == (7,)


async def others_kept(settings, store) -> bool:
    answer = await asyncio.to_thread(store.get_object, Bucket=settings.s3_bucket, Key="kept")
    assert answer["Body"].read() == b"kept"
    client = await TemporalDoor(settings).client()
    handle = client.get_workflow_handle("kept")
    assert (await handle.describe()).workflow_type == "Kept"
    await handle.terminate()
    return True
