"""image-enhance: larger and clearer, nothing lost, and no promise that it cannot keep."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from activities.tools.base import InputFile, Inputs, Kind, Measure
from models.errors import CorruptFile, InvalidInput, OutputTooLarge

from .context import LocalContext, find, run_tool, run_with_context

CHINA = Image.fromarray(load_sample_image("china.jpg"))
TOOL = "image-enhance"


def _saved(image: Image.Image, path: Path, **options: object) -> Path:
    image.save(path, **options)
    return path


def _error(one: Image.Image, other: Image.Image) -> float:
    return float(np.sqrt(np.mean((np.asarray(one, float) - np.asarray(other, float)) ** 2)))


def test_detail_that_was_lost_comes_back(tmp_path: Path) -> None:
    photograph = CHINA.crop((200, 100, 520, 340))
    small = photograph.resize((160, 120), Image.Resampling.BICUBIC)
    result = run_tool(TOOL, tmp_path / "out", {"image": _saved(small, tmp_path / "in.png")}, denoise=0)
    enlarged = Image.open(result.outputs[0].path)
    assert enlarged.size == photograph.size
    assert _error(enlarged, photograph) < _error(small.resize(photograph.size, Image.Resampling.BICUBIC), photograph)
    assert "SPAN" in result.engine
    assert result.data == {"width": 320, "height": 240, "scale": 2}


def test_denoise_cleans_grain(tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    plain = np.clip(128 + dice.normal(0, 14, (96, 96, 3)), 0, 255).astype(np.uint8)
    source = _saved(Image.fromarray(plain), tmp_path / "in.png")
    grain = [
        float(
            np.asarray(
                Image.open(run_tool(TOOL, tmp_path / str(much), {"image": source}, denoise=much).outputs[0].path)
            ).std()
        )
        for much in (0, 0.5, 1)
    ]
    assert grain[0] > 1.3 * grain[1] > 1.6 * grain[2]


def test_four_times_and_transparent(tmp_path: Path) -> None:
    image = CHINA.crop((0, 0, 90, 70)).convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(image.size))
    result, context = run_with_context(TOOL, tmp_path / "out", {"image": _saved(image, tmp_path / "in.png")}, scale=4)
    enlarged = Image.open(result.outputs[0].path)
    assert (enlarged.size, enlarged.mode) == ((360, 280), "RGBA")
    back = np.asarray(enlarged.resize(image.size, Image.Resampling.BOX))[:, :, 3].astype(int)
    assert np.abs(back - np.asarray(image)[:, :, 3]).max() < 8
    fractions = [fraction for fraction, _ in context.steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] <= 1


def test_jpeg_of_a_transparent_picture_lies_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    source = _saved(image, tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": source}, format="jpeg", engine="fast")
    assert result.outputs[0].mime_type == "image/jpeg"
    assert np.asarray(Image.open(result.outputs[0].path)).min() > 245


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "I;16", "1"])
def test_odd_pixels_work(tmp_path: Path, mode: str) -> None:
    image = CHINA.crop((0, 0, 48, 32))
    deep = Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257)
    source = _saved(
        deep if mode == "I;16" else image.convert(mode), tmp_path / f"in.{'tiff' if mode == 'CMYK' else 'png'}"
    )
    result = run_tool(TOOL, tmp_path / "out", {"image": source}, denoise=0)
    assert Image.open(result.outputs[0].path).size == (96, 64)


def test_one_pixel_works(tmp_path: Path) -> None:
    source = _saved(Image.new("RGB", (1, 1), "navy"), tmp_path / "in.png")
    assert Image.open(run_tool(TOOL, tmp_path / "out", {"image": source}).outputs[0].path).size == (2, 2)


@pytest.mark.long
def test_the_best_engine_leaves_no_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("activities.media.enlarging.STEP", 56)
    source = _saved(CHINA.crop((200, 120, 312, 200)), tmp_path / "in.png")
    result = run_tool(TOOL, tmp_path / "out", {"image": source}, engine="quality", denoise=1)
    pixels = np.asarray(Image.open(result.outputs[0].path), float)
    across = np.abs(np.diff(pixels, axis=1)).mean((0, 2))
    assert across[110:113].max() < np.quantile(across, 0.99)
    assert "x4plus" in result.engine


def test_sideways_photographs_come_out_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = _saved(CHINA.crop((0, 0, 60, 40)), tmp_path / "in.jpg", exif=exif)
    assert Image.open(run_tool(TOOL, tmp_path / "out", {"image": source}).outputs[0].path).size == (80, 120)


def test_a_cut_off_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "in.png"
    broken.write_bytes(_saved(CHINA, tmp_path / "whole.png").read_bytes()[:20_000])
    with pytest.raises(CorruptFile):
        run_tool(TOOL, tmp_path / "out", {"image": broken})


def test_too_large_an_output_is_refused_before_it_is_paid() -> None:
    tool = find(TOOL)
    measures = {"image": [Measure(Kind.image, "image/png", 1, 9000, 6000)]}
    with pytest.raises(OutputTooLarge):
        tool.check(measures, tool.params())
    wide = {"image": [Measure(Kind.image, "image/png", 1, 9000, 100)]}
    with pytest.raises(InvalidInput):
        tool.check(wide, tool.params.model_validate({"format": "webp"}))
    tool.check(wide, tool.params())


@pytest.mark.parametrize(
    ("size", "params", "credits"),
    [((1000, 1000), {}, 1), ((4000, 3000), {}, 6), ((1000, 1000), {"scale": 4}, 2), ((1, 1), {"engine": "quality"}, 3)],
)
def test_price_follows_the_output(size: tuple[int, int], params: dict[str, object], credits: int) -> None:
    tool = find(TOOL)
    measures = {"image": [Measure(Kind.image, "image/png", 1, *size)]}
    assert tool.price(measures, tool.params.model_validate(params)).credits == credits


class Lamp:
    """Stands for the low-light engine, whose own test lies beside it."""

    label = "lamp"

    def enhance(self, pixels: np.ndarray) -> np.ndarray:
        return np.minimum(255, pixels.astype(int) * 4).astype(np.uint8)


class DarkRoom(LocalContext):
    def engine(self, name: str) -> object:
        return Lamp() if name == "lowlight" else super().engine(name)


def test_a_dark_picture_is_lit_first(tmp_path: Path) -> None:
    tool = find(TOOL)
    params = tool.params.model_validate({"low_light": True, "denoise": 0})
    dark = CHINA.crop((0, 0, 128, 96)).point(lambda value: value // 4)
    source = InputFile(_saved(dark, tmp_path / "in.png"), "in.png", "image/png", "0" * 64)
    assert tool.engines(params)[0] == "lowlight"
    assert tool.run is not None
    result = tool.run(DarkRoom(tmp_path, tool.engines(params)), Inputs({"image": [source]}), params)
    assert np.asarray(Image.open(result.outputs[0].path)).mean() > 3 * np.asarray(dark).mean()
    assert result.engine == "lamp + SPAN x2"
