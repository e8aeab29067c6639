"""``workshop``, the command line. Each module of this package holds some commands in a Typer named ``app``."""

import typer

from . import doctor, up

MODULES = (up, doctor)


def main() -> None:
    """Assemble the commands of all modules and run the one that was asked for."""
    app = typer.Typer(name="workshop", no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    app.callback()(_about)
    for module in MODULES:
        app.add_typer(module.app)
    app()


def _about() -> None:
    """AI创意工坊: a creative platform of your own."""
