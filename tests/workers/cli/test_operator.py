"""What operators do from a console."""

import secrets

from tests.running_platform import User
from tests.workers.cli.conftest import PASSWORD, Workshop


async def test_an_operator_pauses_looks_moves_and_resumes(
    here: Workshop, workshop: Workshop, api_url: str, user: User
) -> None:
    email = f"{secrets.token_hex(6)}@example.com"
    await here("account", "create", email, "--role", "operator", "--password", PASSWORD)
    await workshop("login", api_url, "--email", email, "--password", PASSWORD)
    job = await user.job("sample-echo", {"text": "slow"}, seconds=2)
    paused = await workshop("operator", "pause", "sample-noop", "--reason", "out of order", "--json")
    assert (paused.code, paused.document["paused"]) == (0, True), paused.err
    assert (await user.execute("sample-noop")).json()["code"] == "tool_paused"
    resumed = await workshop("operator", "resume", "sample-noop")
    assert "sample-noop is resumed" in resumed.out, resumed.err
    stuck = await workshop("operator", "stuck", "--seconds", "0", "--tool", "sample-echo")
    assert job in stuck.out, stuck.err
    moved = await workshop("operator", "move", job, "--timeout", "77", "--json")
    assert moved.document["timeout"] == 77, moved.err
    assert (await user.ended(job))["status"] == "succeeded"


async def test_others_are_told_that_there_is_nothing(signed_in: Workshop) -> None:
    refused = await signed_in("operator", "pause", "sample-noop", "--json")
    assert (refused.code, refused.problem["code"]) == (1, "not_found")
