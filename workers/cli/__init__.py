"""``workshop``, the command line. Each module of this package holds some commands in a Typer named ``app``."""

import typer

from . import account, backup, credits, doctor, jobs, login, operator, run, tools, up, upgrade, weights

MODULES = (up, doctor, login, tools, run, jobs, operator, credits, account, weights, backup, upgrade)


def main() -> None:
    """Run the command that was asked for."""
    assembled()()


def assembled() -> typer.Typer:
    """The commands of all modules."""
    app = typer.Typer(name="workshop", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_about)
    for module in MODULES:
        app.add_typer(module.app)
    return app


def _about() -> None:
    """AI创意工坊: a creative platform of your own."""
