"""``workshop credits``: promotions, adjustments and refunds. For users whose role is operator or admin."""

from typing import Annotated, Any

import typer

from .login import Server, connect
from .output import AsJson, Language, Screen

app = typer.Typer()
commands = typer.Typer(no_args_is_help=True, help="For operators: give, take and refund credits.")
app.add_typer(commands, name="credits")

Reason = Annotated[str, typer.Option(help="Kept in the ledger and in the audit log.")]


@commands.command("adjust", context_settings={"ignore_unknown_options": True})
def adjust_credits(
    account_id: str,
    amount: Annotated[int, typer.Argument(help="Credits to give; below zero: to take.")],
    reason: Reason,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Give an account credits, or take some of those that are available."""
    screen = Screen(as_json, language)
    with screen.failures():
        body = {"amount": amount, "reason": reason}
        answer = connect(screen, server).post(f"/api/operator/accounts/{account_id}/credits", body)
        left = answer["available"]
        screen.say(f"{account_id}:{amount:+},可用 {left}", f"{account_id}: {amount:+}, {left} available")
        screen.result(answer)


@commands.command("refund")
def refund_job(
    job_id: str,
    reason: Reason,
    credits: Annotated[int | None, typer.Option(min=1, help="A part of what it cost; all if left out.")] = None,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Give back what a job was charged."""
    screen = Screen(as_json, language)
    with screen.failures():
        body: dict[str, Any] = {"reason": reason, **({"credits": credits} if credits else {})}
        answer = connect(screen, server).post(f"/api/operator/jobs/{job_id}/refund", body)
        screen.say(f"已退 {answer['credits']} 积分", f"{answer['credits']} credits were given back")
        screen.result(answer)


@commands.command("promote")
def create_promotion(
    code: str,
    credits: Annotated[int, typer.Argument(min=1, help="Credits for each account that uses it.")],
    days: Annotated[int | None, typer.Option(min=1, help="For so long the credits may be spent.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="So many accounts may use it.")] = None,
    server: Server = None,
    language: Language = "zh",
    as_json: AsJson = False,
) -> None:
    """Make a code that gives credits to each account once."""
    screen = Screen(as_json, language)
    with screen.failures():
        body: dict[str, Any] = {"code": code, "credits": credits}
        body |= {name: value for name, value in (("valid_days", days), ("most", most)) if value is not None}
        answer = connect(screen, server).post("/api/operator/promotions", body)
        screen.say(f"{code}:{credits} 积分", f"{code}: {credits} credits")
        screen.result(answer)
