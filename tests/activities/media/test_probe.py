"""The probe: what a file is by its content, what is refused, and that no file can hurt or hold up the platform."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from activities.media import labels, recording_labels
from activities.media.labels import Label
from activities.media.probe import FileFacts, Prober
from models.errors import CorruptFile, DecompressionBomb, DomainError, UnsupportedType

from . import samples

LIMIT = 200_000_000
PICTURES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
}


@pytest.fixture(scope="module")
async def prober() -> AsyncIterator[Prober]:
    prober = Prober(LIMIT, children=1)
    await prober.warm()
    yield prober
    await prober.close()


class Probing:
    def __init__(self, prober: Prober, folder: Path) -> None:
        self.prober, self.folder = prober, folder

    async def __call__(self, content: bytes | Path, name: str = "upload.bin") -> FileFacts:
        path = self.folder / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        return await self.prober.probe(path, name)


@pytest.fixture
def probe(prober: Prober, tmp_path: Path) -> Probing:
    return Probing(prober, tmp_path)


@pytest.mark.parametrize(("kind", "mime_type"), PICTURES.items())
async def test_pictures_are_known_whatever_they_are_called(probe: Probing, kind: str, mime_type: str) -> None:
    facts = await probe(samples.image(kind), "holiday.mp3")
    assert (facts.mime_type, facts.kind) == (mime_type, "image")
    assert (facts.details["width"], facts.details["height"]) == (640, 427)


async def test_sizes_are_as_shown_and_frames_are_counted(probe: Probing) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = await probe(samples.image("JPEG", exif=exif))
    assert (turned.details["width"], turned.details["height"]) == (427, 640)
    assert (await probe(samples.animation(4))).details["frames"] == 4


@pytest.mark.parametrize(
    ("name", "mime_type", "kind", "seconds"),
    [
        ("clip.mp4", "video/mp4", "video", 2.0),
        ("clip.webm", "video/webm", "video", 1.0),
        ("clip.mkv", "video/x-matroska", "video", 1.0),
        ("clip.avi", "video/x-msvideo", "video", 1.0),
        ("tone.mp3", "audio/mpeg", "audio", 2.0),
        ("tone.wav", "audio/wav", "audio", 2.0),
        ("tone.m4a", "audio/mp4", "audio", 2.0),
    ],
)
async def test_recordings(probe: Probing, tmp_path: Path, name: str, mime_type: str, kind: str, seconds: float) -> None:
    facts = await probe(samples.record(tmp_path, name), "photo.png")
    assert (facts.mime_type, facts.kind) == (mime_type, kind)
    assert facts.details["duration"] == pytest.approx(seconds, abs=0.1)
    assert ("width" in facts.details) == (kind == "video")


@pytest.mark.parametrize(
    ("content", "name", "mime_type", "kind"),
    [
        ("床前明月光\n".encode(), "poem.txt", "text/plain", "text"),
        ("床前明月光\n".encode("gb18030"), "poem.txt", "text/plain", "text"),
        (b"a,b\n1,2\n", "table.csv", "text/csv", "text"),
        (b'{"a": 1}', "data.json", "application/json", "text"),
        (b"<!-- hi --><svg xmlns='http://www.w3.org/2000/svg'/>", "picture.txt", "image/svg+xml", "document"),
        (b"\n<!DOCTYPE html><script>alert(1)</script>", "notes.txt", "text/html", "document"),
        (b"%PDF-1.4\n%%EOF\n", "paper.pdf", "application/pdf", "document"),
    ],
)
async def test_texts_and_documents(probe: Probing, content: bytes, name: str, mime_type: str, kind: str) -> None:
    facts = await probe(content, name)
    assert (facts.mime_type, facts.kind) == (mime_type, kind)


async def test_archives_are_counted_and_office_documents_are_none(probe: Probing) -> None:
    facts = await probe(samples.archive({"a.txt": b"x" * 1000, "folder/b.txt": b"y" * 500}))
    assert (facts.kind, facts.details) == ("archive", {"entries": 2, "unpacked": 1500})
    office = await probe(samples.archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}))
    assert office.kind == "document" and office.mime_type.endswith("wordprocessingml.document")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF", "zip"])
async def test_files_that_were_cut_off_are_damaged(probe: Probing, kind: str) -> None:
    whole = samples.archive({"a": os.urandom(9000)}) if kind == "zip" else samples.image(kind)
    await probe(whole)
    for share in (0.3, 0.9, 0.999):
        with pytest.raises(CorruptFile):
            await probe(whole[: int(len(whole) * share)])


async def test_a_video_that_was_cut_off_is_damaged(probe: Probing, tmp_path: Path) -> None:
    whole = samples.record(tmp_path, "clip.mp4").read_bytes()
    with pytest.raises(CorruptFile):
        await probe(whole[: len(whole) * 9 // 10])


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", CorruptFile),
        (b"MZ" + bytes(500), UnsupportedType),
        (bytes(range(256)) * 8, UnsupportedType),
        (b"\x89PNG\r\n\x1a\n" + b"garbage" * 20, CorruptFile),
        (b"PK\x03\x04" + b"garbage" * 20, CorruptFile),
        (b"\xff\xd8\xff\xe0" + bytes(100), CorruptFile),
    ],
)
async def test_nonsense_is_refused_by_name(probe: Probing, content: bytes, error: type[DomainError]) -> None:
    with pytest.raises(error):
        await probe(content, "photo.png")


BOMBS = {
    "png": samples.png_bomb,
    "webp": samples.webp_bomb,
    "zip ratio": lambda: samples.archive({"zeros": bytes(100 * 2**20)}),
    "zip entries": lambda: samples.archive({str(number): b"" for number in range(20_001)}),
}


@pytest.mark.parametrize("bomb", BOMBS)
async def test_bombs_are_refused_within_200_milliseconds(probe: Probing, bomb: str) -> None:
    content = BOMBS[bomb]()
    started = time.perf_counter()
    with pytest.raises(DecompressionBomb):
        await probe(content)
    assert time.perf_counter() - started < 0.2


async def test_a_child_that_is_killed_or_hangs_costs_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.media.probe.PROBE_WALL", 0.3)
    prober = Prober(LIMIT, children=1)
    path = tmp_path / "photo"
    path.write_bytes(samples.image("PNG"))
    await prober.warm()
    first = prober._idle[0].pid
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(CorruptFile):
        await prober.probe(path, "photo")
    assert not Path(f"/proc/{first}").exists()
    assert (await prober.probe(path, "photo")).kind == "image"
    await prober.close()


async def test_a_child_has_a_budget_of_processor_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.media.probe.PROBE_CPU", 0.01)
    path = tmp_path / "text"
    path.write_bytes("很长的文字".encode() * 2_000_000)
    prober = Prober(LIMIT, children=1)
    with pytest.raises(CorruptFile):
        await prober.probe(path, "text")
    await prober.close()


async def test_a_thumbnail_is_upright_and_small_and_nobody_learns_where_it_was_taken(
    prober: Prober, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F], exif[0x0110] = "Canon", "EOS R5"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 0.0)
    path, thumbnail = tmp_path / "photo", tmp_path / "thumbnail"
    path.write_bytes(samples.image("JPEG", exif=exif))

    seen = await prober.examine(path, "image/jpeg", thumbnail)

    with Image.open(thumbnail) as small:
        assert (small.format, small.size) == ("WEBP", (214, 320))
    assert seen.thumbnail and seen.details["camera_model"] == "EOS R5"
    assert "gps" not in str(seen.details).lower() and "39" not in str(seen.details)


async def test_a_video_gets_a_poster(prober: Prober, tmp_path: Path) -> None:
    path, thumbnail = samples.record(tmp_path, "clip.mp4"), tmp_path / "thumbnail"
    seen = await prober.examine(path, "video/mp4", thumbnail)
    with Image.open(thumbnail) as small:
        assert seen.thumbnail and small.size == (320, 180)


async def test_who_generated_a_file_is_told_if_the_file_says_so(prober: Prober, tmp_path: Path) -> None:
    label, thumbnail = Label(producer="another house", produce_id="77"), tmp_path / "thumbnail"
    photo, clip = tmp_path / "photo", samples.record(tmp_path, "clip.mp4")
    photo.write_bytes(samples.image("WEBP"))
    assert "aigc" not in (await prober.examine(photo, "image/webp", thumbnail)).details
    labels.add(photo, label)
    recording_labels.add(clip, label, "video/mp4")
    for path, mime_type in ((photo, "image/webp"), (clip, "video/mp4")):
        assert (await prober.examine(path, mime_type, thumbnail)).details["aigc"] == label.facts()


async def test_children_reach_no_network(prober: Prober) -> None:
    child = prober._idle[0].pid
    assert os.readlink(f"/proc/{child}/ns/net") != os.readlink("/proc/self/ns/net")


def test_the_client_imports_nothing_heavy() -> None:
    code = "import sys, activities.media.probe; print([m for m in ('PIL', 'av', 'numpy', 'cv2') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


async def test_no_child_outlives_its_client(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys\nfrom activities.media.probe import Prober\n"
        "async def main():\n"
        " p = Prober(1000); await p.warm(); print(p._idle[0].pid, flush=True); await asyncio.sleep(60)\n"
        "asyncio.run(main())"
    )
    client = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=subprocess.PIPE)
    assert client.stdout is not None
    child = int(await client.stdout.readline())
    client.kill()
    await client.wait()
    await asyncio.to_thread(_wait_for_the_end, child)


def _wait_for_the_end(pid: int) -> None:
    until = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < until, "the child lives on"
        time.sleep(0.02)
