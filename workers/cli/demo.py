"""The demo of a first start: an account, a photo through a tool by the REST API, the result in a folder."""

import json
import secrets
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx

from models.settings import Settings
from workers.embedded.keys import private_folder, write_private
from workers.embedded.processes import reachable

DEMO_TOOL = "background-replace"
DEMO_WEIGHTS = ("u2netp",)
EMAIL = "demo@workshop.example"
PATIENCE = 120.0


class DemoFailed(Exception):
    """The API refused a step of the demo, or its job failed; the text says which."""


@dataclass(frozen=True)
class Shown:
    """Where the result, the job's page and the account's password are."""

    result: Path
    workflow_page: str
    credentials: Path


async def show(settings: Settings) -> Shown:
    """Sign in, upload the bundled photo, run the tool, save what it made; ``DemoFailed`` or ``httpx.HTTPError``."""
    credentials = settings.workshop_home / "demo.json"
    async with httpx.AsyncClient(base_url=reachable(settings), timeout=PATIENCE, trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {await _sign_in(client, credentials)}"
        job = await _job(client)
        result = await _download(client, job, private_folder(settings.workshop_home / "demo"))
    page = f"{settings.temporal_ui_url}/namespaces/{settings.temporal_namespace}/workflows/{job['workflow_id']}"
    return Shown(result, page, credentials)


async def _sign_in(client: httpx.AsyncClient, file: Path) -> str:
    """A session's token; the account is made when there is none that our password opens."""
    account = _account(file)
    answer = await client.post("/api/auth/login", json=account)
    if answer.status_code == 401:
        answer = await client.post("/api/auth/register", json={**account, "name": "Demo"})
    return str(_checked(answer)["session"]["token"])


def _account(file: Path) -> dict[str, str]:
    """Email and password, made up and kept in ``file`` at the first start."""
    if not file.exists():
        write_private(file, json.dumps({"email": EMAIL, "password": secrets.token_urlsafe(16)}))
    account: dict[str, str] = json.loads(file.read_text())
    return account


async def _job(client: httpx.AsyncClient) -> dict[str, Any]:
    """The finished job."""
    photo = files("workers").joinpath("sample.jpg").read_bytes()
    upload = await client.post("/api/files/upload", files={"file": ("sample.jpg", photo, "image/jpeg")})
    body = {"inputs": {"image": _checked(upload)["id"]}, "parameters": {}}
    answer = await client.post(f"/api/tools/{DEMO_TOOL}/execute", json=body, headers={"Prefer": "wait=60"})
    job = _checked(answer)
    if job["status"] != "succeeded":
        raise DemoFailed(f"job {job['id']} is {job['status']}: {(job.get('error') or {}).get('message', '')}")
    return job


async def _download(client: httpx.AsyncClient, job: dict[str, Any], folder: Path) -> Path:
    output = job["outputs"][0]
    answer = await client.get(f"/api/files/{output['file_id']}/content")
    if answer.status_code != 200:
        raise DemoFailed(f"the result could not be fetched: {answer.status_code}")
    result = folder / f"{DEMO_TOOL}.{output['mime_type'].rpartition('/')[2]}"
    result.write_bytes(answer.content)
    return result


def _checked(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise DemoFailed(f"{answer.request.url.path} answered {answer.status_code}: {body.get('detail')}")
    return body
