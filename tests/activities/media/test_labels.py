"""Labels of generated pictures: what other programs read, what is left as it was, and what people see."""

import json
import time
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image, ImageSequence, PngImagePlugin
from skimage import data

from activities.media import labels
from activities.media.images import Picture, read_image
from activities.media.labels import KEYS, NAMESPACE, Label, says_generated, signed
from tests.activities.tools.context import engines

LABEL = Label(producer='云创 & "Co" <x>', produce_id="job-1", propagator="站点")
FORMATS = {
    "a.png": {},
    "a.jpg": {"quality": 92},
    "progressive.jpg": {"progressive": True, "quality": 70},
    "a.webp": {"quality": 90},
    "lossless.webp": {"lossless": True},
}


def photograph(path: Path, alpha: bool = False, **options: object) -> Path:
    image = Image.fromarray(data.chelsea()[:151, :203])  # odd sides: chunks get pads
    if alpha:
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    image.save(path, **options)
    return path


def animation(path: Path, **options: object) -> Path:
    """Three frames of different lengths, on nothing."""
    frames = []
    for number in range(3):
        pixels = np.zeros((160, 200, 4), np.uint8)
        pixels[20:60, 20 + 30 * number : 60 + 30 * number] = (200, 40, 40, 255)
        pixels[18:20, 20 + 30 * number : 60 + 30 * number] = (200, 40, 40, 60 if path.suffix != ".gif" else 0)
        frames.append(Image.fromarray(pixels))
    moving = {"save_all": True, "append_images": frames[1:], "duration": [100, 200, 300], "loop": 0}
    frames[0].save(path, **moving, **({"disposal": 2} if path.suffix == ".gif" else {}), **options)
    return path


def shown(path: Path) -> tuple[list[np.ndarray], list[int]]:
    """All frames as RGBA, and how long each is seen."""
    with Image.open(path) as image:
        pairs = [(np.asarray(each.convert("RGBA")), each.info["duration"]) for each in ImageSequence.Iterator(image)]
    return [pixels for pixels, _ in pairs], [int(duration) for _, duration in pairs]


def packet_with(node: str) -> str:
    rdf = f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">{node}</rdf:RDF>'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/">{rdf}</x:xmpmeta>'


def xmp_of(path: Path) -> bytes:
    """The packet as Pillow finds it."""
    with Image.open(path) as image:
        image.load()
        found = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    return found if isinstance(found, bytes) else found.encode()


def decoded(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("name", FORMATS)
def test_other_programs_read_the_label_and_the_pixels_stay(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path / name, **FORMATS[name])
    before = decoded(path)

    labels.add(path, LABEL)

    value = ElementTree.fromstring(xmp_of(path)).find(f".//{{{NAMESPACE}}}AIGC")
    assert value is not None and value.text is not None
    assert tuple(json.loads(value.text)) == KEYS
    assert json.loads(value.text)["ContentProducer"] == LABEL.producer
    assert labels.read(path) == LABEL
    np.testing.assert_array_equal(decoded(path), before)


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_an_animation_keeps_its_frames_beside_the_label(tmp_path: Path, name: str) -> None:
    path = animation(tmp_path / name)
    before, durations = shown(path)
    labels.add(path, Label(producer="first"))
    labels.add(path, LABEL)
    assert labels.read(path) == LABEL
    assert path.read_bytes().count(b"TC260:AIGC>") == 2
    after, kept = shown(path)
    np.testing.assert_array_equal(after, before)
    assert kept == durations == [100, 200, 300]


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png"])
def test_every_frame_shows_the_sign(tmp_path: Path, name: str) -> None:
    path = animation(tmp_path / name)
    before, durations = shown(path)
    labels.sign(path, f"image/{path.suffix[1:]}", "zh")
    after, kept = shown(path)
    assert kept == durations and len(after) == 3
    for one, other in zip(before, after, strict=True):
        changed = (one[:, :, 3] != other[:, :, 3]) & (np.abs(one[:, :, 3].astype(int) - other[:, :, 3]) > 40)
        assert changed[-22:, -60:].mean() > 0.3 and changed[:130].mean() < 0.01


@pytest.mark.parametrize("name", ["a.webp", "lossless.webp", "a.png"])
def test_opacity_stays(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path / name, alpha=True, **FORMATS[name])
    before = decoded(path)
    labels.add(path, LABEL)
    assert before.shape[2] == 4
    np.testing.assert_array_equal(decoded(path), before)


@pytest.mark.parametrize("name", FORMATS)
def test_profile_exif_and_other_words_stay_and_a_label_is_replaced(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x013B] = "An artist"
    title = '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>T</dc:title>'
    packet = packet_with(f"{title}</rdf:Description>").encode()
    options = {**FORMATS[name], "icc_profile": b"profile" * 40, "exif": exif}
    path = photograph(tmp_path / name, **options | ({} if name.endswith("png") else {"xmp": packet}))

    labels.add(path, Label(producer="first"))
    labels.add(path, LABEL)

    with Image.open(path) as image:
        assert image.info["icc_profile"] == b"profile" * 40
        assert image.getexif()[0x013B] == "An artist"
    found = xmp_of(path)
    assert found.count(b"<TC260:AIGC>") == 1 and b"first" not in found
    assert name.endswith("png") or b"<dc:title>T</dc:title>" in found


def png_with(path: Path, kind: bytes, content: bytes) -> Path:
    info = PngImagePlugin.PngInfo()
    info.add(kind, b"XML:com.adobe.xmp\0" + content, after_idat=True)
    return photograph(path, pnginfo=info)


def test_reads_what_other_houses_write(tmp_path: Path) -> None:
    facts = '{"Label":"1","ContentProducer":"doubao","ProduceID":"7","Extra":2}'
    escaped = facts.replace('"', "&quot;")
    element = packet_with(
        f'<rdf:Description xmlns:TC260="{NAMESPACE}"><TC260:AIGC>{escaped}</TC260:AIGC></rdf:Description>'
    )
    attribute = packet_with(f"<rdf:Description xmlns:t='{NAMESPACE}' t:AIGC='{facts}'/>")
    files = [
        png_with(tmp_path / "text.png", b"tEXt", element.encode()),
        png_with(tmp_path / "squeezed.png", b"iTXt", b"\1\0\0\0" + zlib.compress(attribute.encode())),
        photograph(tmp_path / "a.jpg", xmp=attribute.encode()),
    ]
    assert [labels.read(path) for path in files] == [Label("1", "doubao", "7")] * 3


def test_what_has_none_or_is_broken_has_none(tmp_path: Path) -> None:
    whole = photograph(tmp_path / "whole.png")
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole.read_bytes()[:3000])
    nonsense = photograph(tmp_path / "n.jpg", xmp=packet_with("<t:AIGC>{not json</t:AIGC>").encode())
    empty = tmp_path / "empty"
    empty.touch()
    other = photograph(tmp_path / "other.bmp")
    assert [labels.read(path) for path in (whole, cut, nonsense, empty, other)] == [None] * 5


def test_what_a_stranger_wrote_cannot_be_stored_as_it_is(tmp_path: Path) -> None:
    facts = {"Label": "1", "ContentProducer": "a\0b\ud800c\n", "ProduceID": {"x": 1}, "ReservedCode1": "z" * 100_000}
    path = photograph(tmp_path / "a.webp", xmp=packet_with(f"<t:AIGC>{json.dumps(facts)}</t:AIGC>").encode())
    found = labels.read(path)
    assert found is not None and (found.producer, found.produce_id) == ("abc", "{'x': 1}")
    assert len(found.reserved_1) == 1000
    labels.add(path, found)
    assert labels.read(path) == found


@pytest.mark.parametrize("trap", ["<a:AIGC>", "<a:AIGC ", " a:AIGC='", "<a:AIGC>{</a:AIGC>", "[", "<" + "a" * 50])
def test_traps_take_no_time(tmp_path: Path, trap: str) -> None:
    deep = "<a:AIGC>" + "[" * 900_000 + "</a:AIGC>" if trap == "[" else trap * (900_000 // len(trap))
    path = photograph(tmp_path / "a.webp", xmp=deep.encode())
    began = time.process_time()
    assert labels.read(path) is None
    labels.add(path, LABEL)
    assert time.process_time() - began < 1
    assert labels.read(path) == LABEL


@pytest.mark.parametrize(("language", "word"), [("zh", "AI生成"), ("en", "AI-generated")])
@pytest.mark.parametrize("ground", [0, 255, None])
def test_people_can_read_the_sign(language: str, word: str, ground: int | None) -> None:
    photo = data.coffee() if ground is None else np.full((400, 600, 3), ground, np.uint8)

    pixels = signed(Picture(photo), language).pixels

    read = [region.text for region in engines().get("ocr").find(pixels)]
    assert any(says_generated(text) for text in read), read
    assert word in [text.replace(" ", "").replace("Al", "AI") for text in read]


@pytest.mark.parametrize("size", [(400, 600), (1000, 300), (64, 64)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_capitals_are_a_twentieth_of_the_shorter_side(size: tuple[int, int], language: str) -> None:
    pixels = signed(Picture(np.zeros((*size, 3), np.uint8)), language).pixels
    rows, columns = np.nonzero(pixels[:, :, 0] > 100)
    letter = rows[columns < columns.min() + 0.1 * (columns.max() - columns.min() + 1)]  # the A alone
    assert letter.max() - letter.min() + 1 >= 0.05 * min(size)
    assert columns.min() > 0 and columns.max() < size[1] - 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_the_sign_stands_in_the_corner_alone(tmp_path: Path, name: str) -> None:
    path = photograph(tmp_path / name, **FORMATS[name])
    before = read_image(path).pixels.astype(int)

    labels.sign(path, Image.MIME[Image.registered_extensions()[path.suffix]], "zh")

    changed = np.abs(read_image(path).pixels.astype(int) - before).mean(2)
    assert changed[-25:, -60:].mean() > 20
    assert changed[:-30].max() <= (0 if name.endswith("png") else 24)
    assert changed[:-30].mean() < 2


def test_the_sign_is_opaque_over_nothing() -> None:
    clear = Picture(np.zeros((200, 200, 3), np.uint8), np.zeros((200, 200), np.uint8))
    drawn = signed(clear, "zh")
    assert drawn.alpha is not None and drawn.alpha.max() == 255
    assert drawn.alpha[:150].max() == 0


@pytest.mark.parametrize("words", ["AI生成", "AI 生成", "由人工智能生成", "AI合成", "AI-generated", "AI辅助生成"])
def test_knows_a_sign_by_its_words(words: str) -> None:
    assert says_generated(words)


@pytest.mark.parametrize("words", ["新鲜生成", "AIR", "SAID generated", "人工", "AI"])
def test_other_words_are_no_sign(words: str) -> None:
    assert not says_generated(words)
