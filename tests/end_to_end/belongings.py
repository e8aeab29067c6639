"""Everything one account can own, and how a stranger would ask for it on each route of the OpenAPI."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import skimage

from tests.end_to_end.graphs import echo, given, graph, result
from tests.end_to_end.test_paying import pay, until
from tests.running_platform import User

PHOTO = Path(skimage.__file__).parent / "data" / "astronaut.png"
TEXT = {"text": "secret words"}


@dataclass(frozen=True)
class Belongings:
    """An account's ids by the names that path parameters have, and the credentials that show them."""

    owner: User
    by_parameter: dict[str, list[str]]
    running_job: str
    photo: str
    output: str
    session: str
    quote: str
    signed_url: str
    ticket: str

    @property
    def ids(self) -> list[str]:
        """Whatever must not be seen by anybody else."""
        listed = [each for ids in self.by_parameter.values() for each in ids]
        return [*listed, self.quote, self.owner.account_id, self.owner.user_id, self.owner.email]

    def fill(self, path: str, parameters: list[str]) -> list[str]:
        """The route's addresses, one for each thing it may name; ``KeyError`` for an unknown parameter."""
        paths = [path]
        for name in parameters:
            filled = [(each, value) for each in paths for value in self.by_parameter[name]]
            paths = [each.replace(f"{{{name}}}", value) for each, value in filled]
        return paths


async def collect(user: User) -> Belongings:
    """Make one of each: a photo with a thumbnail, jobs in every state, a key, a session, a quote, links and tickets."""
    photo = await user.upload(PHOTO)
    done = (await user.execute("sample-echo", TEXT, {"Prefer": "wait=30", "Idempotency-Key": "same"}, seconds=0)).json()
    failed = (await user.execute("sample-echo", TEXT, {"Prefer": "wait=30"}, seconds=0, fail=True)).json()
    assert (done["status"], failed["status"]) == ("succeeded", "failed")
    output = done["outputs"][0]["file_id"]
    running = await user.job("sample-echo", TEXT, seconds=110)
    await user.reaches(running, ("running",))
    key = (await user.post("/api/users/me/api-keys", json={"name": "k", "scopes": ["jobs:read"]})).json()["id"]
    sessions = (await user.get("/api/users/me/sessions")).json()["data"]
    quote = (await user.post("/api/tools/sample-noop/quote", json={"parameters": {"credits": 1}})).json()["quote_id"]
    link = (await user.post(f"/api/files/{photo}/generate-url", json={})).json()["url"]
    ticket = (await user.post("/api/events/ticket")).json()["ticket"]
    drawn = graph(given("words"), echo("first"), result("text"), edges=["words > first.text", "first.result > text"])
    run = (await user.post("/api/runs", json={"graph": drawn, "inputs": {"words": "secret"}})).json()["id"]
    pipeline = (await user.post("/api/pipelines", json={"name": "secret recipe", "graph": drawn})).json()["id"]
    brief = {"name": "kept", "tool_id": "text-generation", "text": "secret brief"}
    kept = (await user.post("/api/texts/templates", json=brief)).json()["id"]
    hook = {"name": "secret", "tool_id": "sample-noop", "trigger": {"type": "hook"}}
    automation = (await user.post("/api/automations", json=hook)).json()["id"]
    rows = [{"text": "secret row"}]
    batch = (await user.post("/api/batches", json={"tool_id": "sample-echo", "rows": rows})).json()["id"]
    looks = ["handwriting/page-zhi-mang-xing-plain", "handwriting/page-zhi-mang-xing-grid"]
    compared = {"tool_id": "handwriting", "inputs": {"text": "secret letter"}, "models": looks}
    comparison = (await user.post("/api/models/compare", json=compared)).json()["id"]
    by_link = {"plan_id": "pro", "payment_method": "alipay", "currency": "CNY"}
    subscription = (await user.post("/api/subscriptions", json=by_link)).json()
    await pay(subscription["url"])
    pack = {"pack_id": "pack_1000", "currency": "CNY"}
    purchase = (await user.post("/api/checkout/create-session", json=pack)).json()["id"]
    invoices = await until(lambda: billed(user), lambda seen: len(seen) == 1)
    by_parameter = {
        "subscription_id": [subscription["id"]],
        "purchase_id": [purchase],
        "account_id": [user.account_id],
        "invoice_id": [invoices[0]["id"]],
        "batch_id": [batch],
        "comparison_id": [comparison],
        "automation_id": [automation],
        "pipeline_id": [pipeline],
        "run_id": [run],
        "text_template_id": [kept],
        "file_id": [photo, output],
        "job_id": [done["id"], failed["id"], running],
        "key_id": [key],
        "session_id": [sessions[0]["id"]],
    }
    return Belongings(user, by_parameter, running, photo, output, sessions[0]["id"], quote, link, ticket)


async def billed(user: User) -> Any:
    """The user's invoices."""
    return (await user.get("/api/billing/invoices")).json()["data"]


def body_for(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a request that the operation's schema accepts, its optional fields left out."""
    contents = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in contents:
        return {"files": {"file": ("x.txt", b"a few words of text")}}
    if "application/json" in contents:
        return {"json": instance(contents["application/json"]["schema"], schemas)}
    assert not contents, f"a body that nobody thought of: {contents}"
    return {}


def instance(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """The smallest value of a JSON Schema that this API uses."""
    if "$ref" in schema:
        return instance(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema or "oneOf" in schema:
        return instance((schema.get("anyOf") or schema["oneOf"])[0], schemas)
    if "const" in schema:
        return schema["const"]
    if "oneOf" in schema:
        return instance(schema["oneOf"][0], schemas)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: instance(fields[name], schemas) for name in schema.get("required", [])}
        case "array":
            return [instance(schema["items"], schemas)] * schema.get("minItems", 0)
        case "string" if schema.get("format") == "date-time":
            return "2027-01-01T00:00:00Z"
        case "string":
            return (
                "nobody@example.com" if schema.get("format") == "email" else "x" * max(12, schema.get("minLength", 0))
            )
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    raise AssertionError(f"a schema that nobody thought of: {schema}")
