"""Every code that leaves the tool is one that a scanner reads, also from a bad photograph of it."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from skimage import data

from activities.tools.base import Kind, Measure, ToolResult
from models.errors import InvalidInput
from tests.activities.tools.context import find, run_tool

LINK = "https://example.com/创意工坊?a=1&b=2"


def make(folder: Path, text: str = LINK, logo: Path | None = None, **parameters: Any) -> ToolResult:
    return run_tool("qr-code-generator", folder, {"logo": logo} if logo else {}, {"text": text}, **parameters)


def photographed(path: Path) -> np.ndarray:
    """As a phone sees it: aslant, out of focus, in poor light, with noise and JPEG's marks."""
    sheet = np.full((900, 900, 3), 190, np.uint8)
    code = cv2.resize(np.asarray(Image.open(path).convert("RGB")), (560, 560), interpolation=cv2.INTER_AREA)
    sheet[170:730, 170:730] = code
    corners = np.array([[0, 0], [900, 0], [900, 900], [0, 900]], np.float32)
    seen = np.array([[60, 20], [860, 70], [820, 880], [20, 830]], np.float32)
    slanted = cv2.warpPerspective(sheet, cv2.getPerspectiveTransform(corners, seen), (900, 900))
    blurred = cv2.GaussianBlur(slanted, (0, 0), 1.5)
    noisy = blurred * 0.55 + np.random.default_rng(1).normal(30, 8, blurred.shape)
    _, jpeg = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 50])
    decoded = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def read(path: Path) -> str:
    found = zxingcpp.read_barcodes(photographed(path))
    return found[0].text if found else ""


@pytest.mark.parametrize("shape", ["square", "round", "dots"])
def test_a_phone_reads_it(tmp_path: Path, shape: str) -> None:
    result = make(tmp_path, shape=shape, color="#1d3557")
    assert read(result.outputs[0].path) == LINK
    assert Image.open(result.outputs[0].path).size == (512, 512)


def test_a_scanner_of_another_make_reads_it(tmp_path: Path) -> None:
    picture = cv2.imread(str(make(tmp_path, "https://example.com/shop?id=42").outputs[0].path))
    assert picture is not None
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == "https://example.com/shop?id=42"


def test_a_logo_lies_in_the_middle_and_the_level_is_the_highest(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.fromarray(data.chelsea()[50:250, 100:300]).save(logo)
    result = make(tmp_path / "out", "https://example.com/shop?id=42", logo, size=600)
    assert result.data["error_level"] == "h"
    assert read(result.outputs[0].path) == "https://example.com/shop?id=42"
    middle = np.asarray(Image.open(result.outputs[0].path))[240:360, 240:360].astype(int)
    seen = np.asarray(Image.open(logo).resize((132, 132)))[6:126, 6:126].astype(int)
    assert np.abs(middle - seen).mean() < 12


def test_vectors_draw_the_same_code(tmp_path: Path) -> None:
    import resvg_py

    drawn, vectors = (make(tmp_path / each, format=each, shape="round") for each in ("png", "svg"))
    assert vectors.outputs[0].mime_type == "image/svg+xml"
    svg = vectors.outputs[0].path.read_text(encoding="utf-8")
    (tmp_path / "again.png").write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=512, height=512)))
    one, other = (np.asarray(Image.open(path).convert("L")) for path in (drawn.outputs[0].path, tmp_path / "again.png"))
    assert np.abs(one.astype(int) - other).mean() < 3


def test_a_transparent_background_is_transparent(tmp_path: Path) -> None:
    result = make(tmp_path, background_color="transparent")
    picture = Image.open(result.outputs[0].path)
    assert picture.mode == "RGBA" and picture.getpixel((2, 2))[3] == 0


def test_the_longest_text_of_a_level_fits_and_one_byte_more_is_named(tmp_path: Path) -> None:
    assert make(tmp_path, "x" * 1273, error_level="h", size=1600).data["version"] == 40
    tool = find("qr-code-generator")
    measures = {"text": [Measure(Kind.text, "text/plain", 1274, characters=1274)]}
    with pytest.raises(InvalidInput) as raised:
        tool.check(measures, tool.params.model_validate({"error_level": "h"}))
    assert raised.value.errors and raised.value.errors[0]["path"] == "inputs.text"


@pytest.mark.parametrize("colors", [("#888", "#999"), ("white", "black"), ("yellow", "white")])
def test_colors_that_cameras_confuse_are_refused_before_it_costs(colors: tuple[str, str]) -> None:
    tool = find("qr-code-generator")
    params = tool.params.model_validate({"color": colors[0], "background_color": colors[1]})
    with pytest.raises(InvalidInput) as raised:
        tool.check({"text": [Measure(Kind.text, "text/plain", 5, characters=5)]}, params)
    assert raised.value.errors and raised.value.errors[0]["path"] == "parameters.color"


def test_a_code_too_small_to_be_read_is_not_handed_out(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        make(tmp_path, "x" * 1200, error_level="h", size=64)
    assert raised.value.errors and raised.value.errors[0]["path"] == "parameters.size"
    assert list(tmp_path.iterdir()) == []
