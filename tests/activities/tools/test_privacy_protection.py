"""What is covered stays covered: faces, text and plates are found wherever they lie, and nothing of them is left."""

import io
from itertools import product
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

from activities.media.covering import Area, Method, cover
from activities.tools.base import ToolResult
from activities.tools.privacy_protection import PLATE
from tests.activities.media.clips import BUNNY, ffmpeg
from tests.activities.tools.context import engines, run_tool
from tests.sampling import one_in

FACE = data.astronaut()[30:200, 140:310]
GROUNDS = {"china": load_sample_image("china.jpg"), "flower": load_sample_image("flower.jpg"), "cat": data.chelsea()}


def planted(ground: str, size: int, angle: float, light: float, at: tuple[int, int]) -> np.ndarray:
    """A face of ``size`` pixels on another photograph of a megapixel, turned by ``angle`` degrees."""
    behind = cv2.resize(GROUNDS[ground], (1200, 840)).astype(np.float32)
    oval = np.zeros(FACE.shape[:2], np.float32)
    cv2.ellipse(oval, (85, 85), (62, 80), 0, 0, 360, 1, -1)
    motion = cv2.getRotationMatrix2D((85, 85), angle, size / 110)
    motion[:, 2] += np.array(at) - 85
    face, mask = (cv2.warpAffine(each, motion, (1200, 840)) for each in (FACE, cv2.GaussianBlur(oval, (0, 0), 3)))
    lit = np.clip(face.astype(np.float32) * light, 0, 255)
    return (behind * (1 - mask[:, :, None]) + lit * mask[:, :, None]).round().astype(np.uint8)


def with_text(words: str, size: float = 1.6) -> np.ndarray:
    picture = cv2.resize(data.coffee(), (900, 600))
    cv2.rectangle(picture, (40, 40), (60 + int(22 * size * len(words)), 120), (30, 60, 200), -1)
    return cv2.putText(picture, words, (60, 100), cv2.FONT_HERSHEY_DUPLEX, size, (255, 255, 255), 3, cv2.LINE_AA)


def holds(box: tuple[float, float, float, float], point: tuple[float, float]) -> bool:
    x, y, width, height = box
    return x <= point[0] <= x + width and y <= point[1] <= y + height


def protect(folder: Path, picture: np.ndarray, **parameters: Any) -> tuple[np.ndarray, ToolResult]:
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture).save(folder / "in.png")
    result = run_tool("privacy-protection", folder / "out", {"image": folder / "in.png"}, **parameters)
    return np.asarray(Image.open(result.outputs[0].path)), result


@pytest.mark.parametrize(
    ("ground", "size", "turned"),
    one_in(5, product(GROUNDS, [44, 90, 260], [(0, 1.0), (25, 0.5), (-25, 1.3), (90, 1.0)])),
)
def test_a_planted_face_is_found(ground: str, size: int, turned: tuple[float, float]) -> None:
    angle, light = turned
    at = (700 - size // 3, 300 + size // 2)
    found = engines().get("faces").detect(planted(ground, size, angle, light, at))
    assert any(holds(face.box, at) for face in found), found


@pytest.mark.parametrize("method", ["blur", "pixelate", "solid", "emoji"])
def test_nobody_finds_a_face_afterwards_and_the_rest_is_untouched(tmp_path: Path, method: str) -> None:
    before = data.astronaut()
    after, result = protect(tmp_path, before, method=method)
    assert result.data["found"] == 1
    x, y, width, height = result.data["regions"][0]["box"]
    outside = np.ones(before.shape[:2], bool)
    outside[y : y + height, x : x + width] = False
    assert (after[outside] == before[outside]).all()
    if method != "emoji":  # a smile is a face to a detector, but nobody's
        middle = (x + width / 2, y + height / 2)
        assert not any(holds(face.box, middle) for face in engines().get("faces").detect(after))
    inner = np.s_[y + height // 4 : y + 3 * height // 4, x + width // 4 : x + 3 * width // 4]
    grey = [cv2.cvtColor(picture[inner], cv2.COLOR_RGB2GRAY).astype(float) for picture in (before, after)]
    detail = [each - cv2.GaussianBlur(each, (0, 0), 6) for each in grey]
    left = (detail[0] * detail[1]).sum() / (detail[0] ** 2).sum()
    assert abs(left) < 0.12, "fine detail of the face is still there"


@pytest.mark.parametrize("method", ["blur", "pixelate", "solid"])
def test_text_is_read_no_more(tmp_path: Path, method: str) -> None:
    before = with_text("CALL 13800138000")
    assert "13800138000" in "".join(line.text for line in engines().get("ocr").find(before))
    after, result = protect(tmp_path, before, targets="text", method=method)
    assert result.data["found"] >= 1
    read = "".join(line.text for line in engines().get("ocr").find(after))
    assert not any("13800138000"[at : at + 3] in read for at in range(9)), read


@pytest.mark.parametrize("method", ["blur", "pixelate", "solid"])
@pytest.mark.parametrize("edge", [20, 1, -3], ids=["wide", "tight", "cutting"])
def test_covered_text_cannot_be_guessed_by_covering_guesses(method: Method, edge: int) -> None:
    """Two lines of digits on white: whatever they say, and however tight they are covered, the result is the same."""
    results = set()
    for first, second in (("13800138000", "2026"), ("99988877766", "2026"), ("13800138000", "7711")):
        page = np.full((240, 420, 3), 250, np.uint8)
        areas = []
        for words, line in ((first, 100), (second, 126)):
            cv2.putText(page, words, (70, line), cv2.FONT_HERSHEY_DUPLEX, 1.0, (20, 20, 20), 2, cv2.LINE_AA)
            areas.append(Area(70 - edge, line - 24 - edge, 240 + 2 * edge, 26 + 2 * edge))
        covered = cover(page, areas, method)
        place = areas[0].inside(420, 240)
        assert place is not None
        results.add(covered[place].tobytes())
    assert len(results) == 1, "the result depends on what was covered"


@pytest.mark.parametrize("method", ["blur", "pixelate"])
def test_covered_text_tells_nothing_of_the_lines_beside_it(method: Method) -> None:
    areas = [Area(40, top, 200, 29) for top in (50, 80, 110)]
    blank, full = np.full((200, 300, 3), 250, np.uint8), np.full((200, 300, 3), 250, np.uint8)
    full[50:79, 40:240] = full[110:139, 40:240] = 20
    shown = [cover(page, areas, method)[80:109, 40:240] for page in (blank, full)]
    assert (shown[0] == shown[1]).all()


def test_what_lies_beside_the_picture_is_no_concern(tmp_path: Path) -> None:
    after, _ = protect(tmp_path, GROUNDS["cat"], regions=[[5000, 5000, 10, 10]])
    assert (after == GROUNDS["cat"]).all()


def test_plates_are_told_from_other_text(tmp_path: Path) -> None:
    picture = with_text("KX 8F21")
    cv2.putText(picture, "Coffee house", (300, 560), cv2.FONT_HERSHEY_DUPLEX, 1.6, (255, 255, 255), 3, cv2.LINE_AA)
    after, result = protect(tmp_path, picture, targets="plates", method="solid")
    assert [each["target"] for each in result.data["regions"]] == ["plate"]
    read = " ".join(line.text for line in engines().get("ocr").find(after))
    assert "8F21" not in read and "offee" in read


@pytest.mark.parametrize("text", ["京A12345", "粤B·D12345", "沪AD12345", "KX 8F21", "AB12 CDE", "M-AB 1234"])
def test_what_reads_like_a_plate(text: str) -> None:
    assert PLATE.match(text)


@pytest.mark.parametrize("text", ["EXIT", "2026", "Coffee", "13800138000", "hello 42", "COFFEE HOUSE"])
def test_what_does_not(text: str) -> None:
    assert not PLATE.match(text)


def test_regions_are_covered_whatever_is_in_them(tmp_path: Path) -> None:
    after, _ = protect(tmp_path, GROUNDS["flower"], regions=[[10, 20, 100, 50], [600, 400, 500, 500]], method="solid")
    assert len(np.unique(after[25:65, 15:105].reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(after[405:, 605:].reshape(-1, 3), axis=0)) == 1


def test_the_file_tells_nothing_of_place_or_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera Maker"
    exif.get_ifd(0x8825)[1] = "N"
    packet = io.BytesIO()
    Image.fromarray(GROUNDS["flower"]).save(packet, "JPEG", exif=exif.tobytes(), xmp=b"<x:xmpmeta>Maker</x:xmpmeta>")
    (tmp_path / "in.jpg").write_bytes(packet.getvalue())
    result = run_tool("privacy-protection", tmp_path / "out", {"image": tmp_path / "in.jpg"}, format="jpeg")
    content = result.outputs[0].path.read_bytes()
    assert b"Maker" not in content and b"Exif" not in content and b"xmpmeta" not in content


def test_nothing_found_gives_the_pixels_back_for_the_least(tmp_path: Path) -> None:
    after, result = protect(tmp_path, GROUNDS["cat"])
    assert (after == GROUNDS["cat"]).all()
    assert (result.data["found"], result.credits) == (0, 1)


def filmed(path: Path, pictures: list[np.ndarray]) -> Path:
    """A video of these pictures with the rabbit's sound, that says where it was taken."""
    height, width = pictures[0].shape[:2]
    raw = path.with_suffix(".raw")
    raw.write_bytes(b"".join(picture.tobytes() for picture in pictures))
    ffmpeg(
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", raw,
        "-i", BUNNY, "-map", "0:v", "-map", "1:a", "-shortest", "-c:v", "libx264", "-crf", "18", "-preset", "veryfast",
        "-metadata", "location=+31.2304+121.4737/", "-metadata", "com.apple.quicktime.model=Phone", path,
    )  # fmt: skip
    return path


def walking(count: int) -> tuple[list[np.ndarray], list[tuple[int, int]]]:
    """A face that moves over a photograph, and its middle in each picture."""
    middles = [(250 + 12 * number, 300 + 4 * number) for number in range(count)]
    return [cv2.resize(planted("china", 120, 0, 1.0, at), (600, 420)) for at in middles], middles


def test_a_face_is_covered_in_every_picture_of_a_video_and_the_sound_stays(tmp_path: Path) -> None:
    pictures, middles = walking(40)
    source = filmed(tmp_path / "walk.mp4", pictures)
    result = run_tool("privacy-protection", tmp_path / "out", {"video": source}, method="pixelate")
    assert result.data == {"found": 1, "trails": {"face": 1}}
    (made,) = result.outputs
    with av.open(str(made.path)) as container:
        assert "location" not in str(container.metadata) and "Phone" not in str(container.metadata)
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(shown) == 40
    for before, after, (x, y) in zip(pictures, shown, middles, strict=True):
        face = np.s_[y // 2 - 25 : y // 2 + 25, x // 2 - 20 : x // 2 + 20]
        gone = [cv2.Laplacian(cv2.cvtColor(each[face], cv2.COLOR_RGB2GRAY), cv2.CV_32F) for each in (before, after)]
        assert np.corrcoef(gone[0].ravel(), gone[1].ravel())[0, 1] < 0.2
        far = np.ones(before.shape[:2], bool)
        far[max(0, y // 2 - 80) : y // 2 + 80, max(0, x // 2 - 70) : x // 2 + 70] = False
        assert np.abs(before[far].astype(int) - after[far]).mean() < 5


def test_a_video_without_faces_stays_and_regions_are_covered_all_the_time(tmp_path: Path) -> None:
    source = filmed(tmp_path / "lake.mp4", [cv2.resize(GROUNDS["china"], (320, 240))] * 10)
    plain = run_tool("privacy-protection", tmp_path / "plain", {"video": source})
    assert (plain.data["found"], plain.credits) == (0, 1)
    covered = run_tool(
        "privacy-protection", tmp_path / "covered", {"video": source}, regions=[[40, 60, 100, 50]], method="solid"
    )
    with av.open(str(covered.outputs[0].path)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(shown) == 10
    assert all(np.ptp(frame[65:105, 45:135].astype(int), (0, 1)).max() < 12 for frame in shown)
