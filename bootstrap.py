"""Makes ``.venv`` with everything pinned, from the standard library alone; a no-op while nothing has changed.

Debian's python3 comes without ensurepip, so a virtual environment is made by virtualenv where ``venv`` can't.
"""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".venv"
STAMP = HOME / "installed.sha256"
TOOLS = ROOT / ".cache" / "bootstrap"
VIRTUALENV = "virtualenv==21.15.8"


def main() -> None:
    """Install what pyproject.toml and constraints.txt say, unless that was done."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should hear it from us
        raise SystemExit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. Try PYTHON=python3.11")
    TOOLS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = fingerprint()
        if STAMP.exists() and STAMP.read_text() == wanted:
            return
        make_environment()
        install()
        STAMP.write_text(wanted)


def fingerprint() -> str:
    """Changes with the pins, the interpreter and the place: an environment can't be moved."""
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def make_environment() -> None:
    """``.venv``, kept if it is ours and works."""
    python = HOME / "bin" / "python"
    if python.exists() and _succeeds([str(python), "-m", "pip", "--version"]) and _is_here():
        return
    say("making .venv")
    if HOME.exists():
        shutil.rmtree(HOME)
    if importlib.util.find_spec("ensurepip") and _succeeds([sys.executable, "-m", "venv", str(HOME)]):
        return
    if HOME.exists():
        shutil.rmtree(HOME)
    run([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(TOOLS), VIRTUALENV])
    run([sys.executable, "-m", "virtualenv", "--quiet", str(HOME)], PYTHONPATH=str(TOOLS))


def install() -> None:
    """All dependencies and the development tools, with pip's own progress."""
    say("installing (the first time this downloads about 1 GB)")
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    run([*pip, "--constraint", str(ROOT / "constraints.txt"), "--editable", f"{ROOT}[dev]"])


def run(argv: list[str], **environment: str) -> None:
    """Run to the end or leave with a word about it."""
    if subprocess.run(argv, env={**os.environ, **environment}, check=False).returncode:
        raise SystemExit(f"bootstrap: this failed: {' '.join(argv)}")


def say(text: str) -> None:
    sys.stdout.write(f"bootstrap: {text}\n")
    sys.stdout.flush()


def _is_here() -> bool:
    """Whether the environment's scripts point into this folder, and not to where it was copied from."""
    pip = HOME / "bin" / "pip"
    return pip.exists() and str(HOME) in pip.read_text().partition("\n")[0]


def _succeeds(argv: list[str]) -> bool:
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
