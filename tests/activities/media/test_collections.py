"""A heap is read picture by picture; what is no picture, or an attack, is named and left out."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from activities.media.collections import Picture, Skipped, walk
from models.errors import CorruptFile, DecompressionBomb

CHINA = Image.fromarray(load_sample_image("china.jpg"))


def _bytes(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    packed = io.BytesIO()
    image.save(packed, kind, **options)
    return packed.getvalue()


def _zip(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> tuple[Path, str]:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path, path.name


def test_files_and_members_come_in_order(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").write_bytes(_bytes(CHINA))
    archive = _zip(tmp_path / "more.zip", {"in/two.png": _bytes(CHINA.resize((50, 40)), "PNG"), "in/": b""})
    found = list(walk([(tmp_path / "one.jpg", "我的 one.jpg"), archive]))
    assert [entry.name for entry in found] == ["我的 one.jpg", "more.zip/in/two.png"]
    assert [(entry.width, entry.height) for entry in found if isinstance(entry, Picture)] == [(640, 427), (50, 40)]


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    inner = _zip(tmp_path / "inner.zip", {"a.jpg": _bytes(CHINA)})[0].read_bytes()
    members = {
        "notes.txt": b"hello",
        "empty.jpg": b"",
        "cut.jpg": _bytes(CHINA)[:3000],
        "inner.zip": inner,
        "../../escape.jpg": _bytes(CHINA),
    }
    found = list(walk([_zip(tmp_path / "heap.zip", members)]))
    assert [entry.reason for entry in found if isinstance(entry, Skipped)] == [
        "not_an_image",
        "empty",
        "damaged",
        "nested_archive",
    ]
    assert found[-1].name == "heap.zip/../../escape.jpg"
    assert {path.name for path in tmp_path.iterdir()} == {"inner.zip", "heap.zip"}
    assert not (tmp_path.parent.parent / "escape.jpg").exists()


def test_a_member_that_explodes_is_skipped_unread(tmp_path: Path) -> None:
    found = list(walk([_zip(tmp_path / "bomb.zip", {"bomb.bmp": bytes(60_000_000)})]))
    assert found == [Skipped("bomb.zip/bomb.bmp", "suspicious_compression")]


def test_a_picture_of_too_many_pixels_is_never_decoded(tmp_path: Path) -> None:
    header = (
        b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 50_000, 50_000, 1, 24, *[0] * 6)
    )
    (tmp_path / "huge.bmp").write_bytes(header)
    assert list(walk([(tmp_path / "huge.bmp", "huge.bmp")])) == [Skipped("huge.bmp", "too_many_pixels")]


def test_a_zip_of_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.media.collections.MOST_ZIP_BYTES", 1000)
    with pytest.raises(DecompressionBomb):
        list(walk([_zip(tmp_path / "big.zip", {"a.jpg": _bytes(CHINA)})]))


def test_a_damaged_zip_is_said_to_be(tmp_path: Path) -> None:
    path, name = _zip(tmp_path / "cut.zip", {f"{number}.jpg": _bytes(CHINA) for number in range(3)})
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    data[start : start + 4] = b"XXXX"
    path.write_bytes(data)
    with pytest.raises(CorruptFile):
        list(walk([(path, name)]))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGBA", "PNG"), ("CMYK", "JPEG"), ("L", "PNG"), ("I;16", "PNG"), ("P", "GIF"), ("1", "PNG"), ("LA", "PNG")],
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path, mode: str, kind: str) -> None:
    deep = Image.fromarray(np.asarray(CHINA.convert("L"), np.uint16) * 256)
    image = deep if mode == "I;16" else CHINA.convert(mode)
    (tmp_path / "a").write_bytes(_bytes(image, kind))
    (found,) = walk([(tmp_path / "a", "a")])
    assert isinstance(found, Picture)
    assert found.small.shape[2] == 3
    assert found.small.dtype == np.uint8
    gray = np.asarray(CHINA.convert("L"), float)
    assert abs(float(found.small.mean()) - float(gray.mean())) < 25


def test_a_turned_camera_is_honored(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(_bytes(CHINA, exif=exif))
    (found,) = walk([(tmp_path / "a.jpg", "a.jpg")])
    assert isinstance(found, Picture)
    assert found.small.shape[:2] == (640, 427)
