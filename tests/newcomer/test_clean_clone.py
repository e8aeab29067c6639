"""What somebody new sees: a clone in an empty folder, an empty HOME, `make run`, a result, and nothing left behind."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.running_platform import free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

REPOSITORY = Path(__file__).parents[2]
NOBODY = 1000
CACHES = {"cache", ".cache", ".rustup"}
"""What others leave in a home: pip its cache, and a rustup shim its folder, when pip asks rustc for its version."""

INSTALL_WITHIN, START_WITHIN, STOP_WITHIN = 900, 60, 10
OFFLINE = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


class Newcomer:
    """A clone of what is committed, in a home that only its owner may enter."""

    def __init__(self, folder: Path, prefix: list[str]) -> None:
        self.folder = folder / "clone"
        self.home = folder / "home"
        self.prefix = prefix
        self.ports = {name: str(free_port()) for name in ("API_PORT", "TEMPORAL_UI_PORT")}
        self.home.mkdir(mode=0o700)
        subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(self.folder)], check=True)
        if prefix:
            subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
        folder.chmod(0o700)

    @contextmanager
    def running(self, within: float, prefix: list[str] | None = None) -> Iterator[str]:
        """``make run`` until it has shown its demo; its output so far. Afterwards it is stopped and gone."""
        environment = {**os.environ, **self.ports, "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache")}
        log = self.folder.parent / "run.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [*self.prefix, *(prefix or []), "make", "run"],
                cwd=self.folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        try:
            yield self._shown(process, log, within)
        finally:
            self._stop(process, log)

    def leftovers(self) -> list[str]:
        """Processes that work in the clone."""
        return [" ".join(each.cmdline()) for each in psutil.process_iter() if self._ours(each)]

    def _ours(self, process: psutil.Process) -> bool:
        try:
            return str(self.folder) in " ".join([process.cwd(), *process.cmdline()])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def _shown(self, process: subprocess.Popen[bytes], log: Path, within: float) -> str:
        deadline = time.monotonic() + within
        while "Stop with" not in log.read_text():
            assert process.poll() is None, log.read_text()[-3000:]
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)
        return log.read_text()

    def _stop(self, process: subprocess.Popen[bytes], log: Path) -> None:
        began = time.monotonic()
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)
        assert time.monotonic() - began < STOP_WITHIN, log.read_text()[-2000:]
        assert self.leftovers() == []


@pytest.mark.parametrize("who", ["root", "nobody"])
def test_make_run_from_nothing(who: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    if os.geteuid() != 0 and who == "root":
        pytest.skip("only root can try to be root")
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        prefix: list[str] = []
    else:
        prefix = AS_NOBODY if who == "nobody" else []
    base = Path("/var/tmp") / f"workshop-{who}-{os.getpid()}"
    base.mkdir(mode=0o700)
    try:
        _from_nothing(Newcomer(base, prefix))
    finally:
        shutil.rmtree(base)


def _from_nothing(newcomer: Newcomer) -> None:
    workshop = newcomer.folder / ".workshop"
    with newcomer.running(INSTALL_WITHIN) as shown:
        result = next(line.split(": ", 1)[1] for line in shown.splitlines() if line.startswith("Demo result"))
        assert Image.open(result).size == Image.open(REPOSITORY / "workers" / "sample.jpg").size
        demo = workshop / "demo.json"
        assert demo.stat().st_mode & 0o777 == 0o600
        assert json.loads(demo.read_text()).keys() >= {"email", "password"}
        twin = subprocess.run(
            [*newcomer.prefix, "make", "run"], cwd=newcomer.folder, capture_output=True, text=True, timeout=60,
            env={**os.environ, **newcomer.ports, "HOME": str(newcomer.home)}, check=False,
        )  # fmt: skip
        assert twin.returncode != 0 and "already" in twin.stdout + twin.stderr
    began = time.monotonic()
    with newcomer.running(START_WITHIN):
        assert time.monotonic() - began < 45
    status = subprocess.run(
        ["git", "-c", "safe.directory=*", "status", "--porcelain"], cwd=newcomer.folder, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert status.stdout == ""
    assert {path.name for path in newcomer.home.iterdir()} <= CACHES
    if os.geteuid() == 0 and shutil.which("ip"):
        with newcomer.running(START_WITHIN, OFFLINE if not newcomer.prefix else None):
            assert (workshop / "demo").is_dir()
