"""Quote pictures: what is written can be read in every template and size, and never leaves the picture."""

from itertools import product
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from PIL import Image
from skimage import data

from activities.inference.painter import CheckpointPainter
from activities.media.palettes import palettes
from activities.media.posters import Materials
from activities.media.posters_text import set_stack
from activities.media.templates import PRESETS, templates
from activities.tools.base import Kind, Measure, ToolResult
from activities.tools.quote_image import MOST_CHARACTERS, Params
from models.errors import InvalidInput
from tests.activities.tools.context import engines, find, run_tool
from tests.sampling import one_in

TOOL = "quote-image"
NAMES = tuple(templates("quote"))
SENTENCE = "人生没有白走的路，每一步都算数"
LONG = ("我们总以为来日方长，却忘了世事无常。那些说好要一起去的地方，常常在不经意间就成了回忆。" * 9)[:MOST_CHARACTERS]


def choices(name: str) -> set[str]:
    return set(get_args(Params.model_fields[name].annotation)) - {"auto"}


def made(result: ToolResult) -> np.ndarray:
    return np.asarray(Image.open(result.outputs[0].path).convert("RGB"))


def read(pixels: np.ndarray) -> str:
    found = engines().get("ocr").find(pixels)
    return "".join(region.text for region in sorted(found, key=lambda each: round(each.box[1] / 40)))


def only_chinese(text: str) -> str:
    return "".join(each for each in text if "\u4e00" <= each <= "\u9fff")


@pytest.fixture(scope="module")
def coffee(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "coffee.png"
    Image.fromarray(data.coffee()).save(path)  # type: ignore[no-untyped-call]
    return path


def test_the_parameters_name_all_templates_palettes_sizes_and_fonts() -> None:
    assert choices("template") == set(NAMES) and len(NAMES) >= 10
    assert choices("palette") == set(palettes())
    assert choices("size") < set(PRESETS)
    assert choices("font") == set(engines().get("fonts").names)


@pytest.mark.parametrize("template", NAMES)
def test_what_is_written_can_be_read(tmp_path: Path, template: str) -> None:
    """By a machine that knows nothing of templates; two letters of fifteen may be taken for others in handwriting."""
    result = run_tool(TOOL, tmp_path, {}, {"text": SENTENCE}, template=template, size="1:1", background="plain")
    seen, wanted = only_chinese(read(made(result))), only_chinese(SENTENCE)
    assert sum(each in seen for each in wanted) >= len(wanted) - 2, seen
    assert result.outputs[0].metadata["contrast"] >= 4.5


@pytest.mark.parametrize("template", NAMES)
def test_text_reads_on_a_photograph(tmp_path: Path, template: str, coffee: Path) -> None:
    result = run_tool(TOOL, tmp_path, {"image": coffee}, {"text": SENTENCE}, template=template, author="佚名")
    assert result.outputs[0].metadata["contrast"] >= 4.5
    assert result.data == {"template": template, "background": "image", "contrast": result.data["contrast"]}


def test_the_photograph_is_seen(tmp_path: Path, coffee: Path) -> None:
    with_coffee: dict[str, Path | list[Path]] = {"image": coffee}
    with_photo, without = (
        made(run_tool(TOOL, tmp_path / str(len(files)), files, {"text": "早安"}, template="photo", size="1:1"))
        for files in (with_coffee, {})
    )
    assert np.abs(with_photo.astype(float) - without).mean() > 15
    red = with_photo[700:900, 100:300].reshape(-1, 3).astype(float).mean(0)
    assert red[0] > red[2] + 10, "the red table of the photograph"


LONGEST = (LONG, "国" * MOST_CHARACTERS, ("Words are wind, my friend. " * 9)[:MOST_CHARACTERS])


@pytest.mark.parametrize(("template", "size"), one_in(5, product(NAMES, sorted(choices("size")))))
def test_the_longest_text_fits_everywhere(template: str, size: str) -> None:
    width, height = PRESETS[size]
    layout, colors = templates("quote")[template].layout(width, height), palettes()["mono"]
    for text in LONGEST:
        materials = Materials({"text": text, "author": "佚" * 30}, colors, engines().get("fonts"))
        for stack in layout.stacks:
            for placed in set_stack(stack, width, height, min(width, height) / 1000, materials):
                if placed.block is not None:
                    left, top, right, bottom = placed.block.ink
                    assert placed.block.size >= 14
                    assert placed.box[0] + left >= 0 and placed.box[0] + right <= width
                    assert placed.box[1] + top >= 0 and placed.box[1] + bottom <= height


@pytest.mark.long
@pytest.mark.parametrize("size", sorted(choices("size")))
@pytest.mark.parametrize("template", NAMES)
def test_the_longest_text_can_be_read_everywhere(tmp_path: Path, template: str, size: str) -> None:
    for number, text in enumerate(LONGEST):
        texts = {"text": text}
        result = run_tool(TOOL, tmp_path / str(number), {}, texts, template=template, size=size, author="佚名")
        assert made(result).shape[:2] == PRESETS[size][::-1]
        assert result.outputs[0].metadata["contrast"] >= 4.5


def test_a_longer_text_is_refused_before_it_is_paid() -> None:
    tool = find(TOOL)
    with pytest.raises(InvalidInput):
        tool.check({"text": [Measure(Kind.text, "text/plain", 900, characters=MOST_CHARACTERS + 1)]}, Params())
    tool.check({"text": [Measure(Kind.text, "text/plain", 900, characters=MOST_CHARACTERS)]}, Params())


@pytest.mark.parametrize("text", ["ภาษาไทย", "\u200b\u200e", "\n" * 3 + "第一行\n" * 90])
def test_what_cannot_be_set_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        run_tool(TOOL, tmp_path, {}, {"text": text})
    assert (raised.value.errors or [])[0]["path"] == "inputs.text"


def test_an_author_without_a_font_is_named_by_its_parameter(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as raised:
        run_tool(TOOL, tmp_path, {}, {"text": "你好"}, author="김철수")
    assert (raised.value.errors or [])[0]["path"] == "parameters.author"


def test_drawings_fit_the_meaning_in_both_languages(tmp_path: Path) -> None:
    art: Any = engines().get("emoji-art")
    assert art.find("早安,喝一杯咖啡", 1) == [art.svg("☕")]
    assert art.find("I drink coffee in the morning", 1) == [art.svg("☕")]
    assert art.svg("🍉") in art.find("夏天的海边，和喜欢的人吃西瓜", 3)
    assert len(set(art.find(SENTENCE, 6))) == 6
    drawn = run_tool(TOOL, tmp_path / "art", {}, {"text": "喝咖啡"}, template="window")
    plain = run_tool(TOOL, tmp_path / "plain", {}, {"text": "喝咖啡"}, template="window", background="plain")
    assert (drawn.data["background"], plain.data["background"]) == ("art", "plain")
    assert np.abs(made(drawn).astype(int) - made(plain)).max(2).mean() > 3


def test_emoji_in_the_text_are_drawn_in_color(tmp_path: Path) -> None:
    pixels = made(run_tool(TOOL, tmp_path, {}, {"text": "火🔥"}, template="gradient", palette="mono", format="png"))
    colorful = (pixels.max(2).astype(int) - pixels.min(2)) > 120
    assert colorful.sum() > 2000


def test_font_palette_author_and_format_are_obeyed(tmp_path: Path) -> None:
    words = {"text": SENTENCE}
    plain, brush = (
        made(run_tool(TOOL, tmp_path / font, {}, words, template="paper", font=font))
        for font in ("serif", "zcool-kuaile")
    )
    assert np.abs(plain.astype(int) - brush).mean() > 1
    dark = run_tool(TOOL, tmp_path / "dark", {}, words, template="paper", palette="night", format="webp")
    assert made(dark).mean() < 60 and dark.outputs[0].mime_type == "image/webp"
    signed = run_tool(TOOL, tmp_path / "signed", {}, words, template="paper", author="李宗盛")
    assert "李宗盛" in read(made(signed))


def test_transparent_photographs_lie_on_white(tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (300, 400), (255, 0, 0, 0)).save(path)
    result = run_tool(TOOL, tmp_path / "out", {"image": path}, {"text": "留白"}, template="paper")
    assert made(result)[50, 50].min() > 200


def test_a_checkpoint_paints_the_photograph_where_none_is_given(
    tmp_path: Path, coffee: Path, painter: CheckpointPainter
) -> None:
    words = {"text": SENTENCE}
    wishes: dict[str, Any] = {"template": "photo", "size": "1:1", "format": "png"}
    painted = run_tool(TOOL, tmp_path / "painted", {}, words, painter, **wishes)
    other = run_tool(TOOL, tmp_path / "other", {}, words, painter, seed=1, **wishes)
    assert (painted.data["background"], painted.outputs[0].generated) == ("checkpoint", True)
    assert painted.engine.startswith("house; ")
    assert (made(painted) != made(other)).mean() > 0.3
    assert made(painted).shape == (1080, 1080, 3)

    photographed: dict[str, Path | list[Path]] = {"image": coffee}
    for name, files, background in (("given", photographed, "auto"), ("art", {}, "art")):
        result = run_tool(TOOL, tmp_path / name, files, words, painter, background=background, **wishes)
        assert not result.outputs[0].generated and "house" not in result.engine
        assert result.data["background"] == ("image" if files else "art")


def test_painting_is_wanted_and_paid_without_a_photograph_alone() -> None:
    tool = find(TOOL)
    wanted = {
        (given, background): tool.paints(frozenset(given), Params.model_validate({"background": background}))
        for given in (("text",), ("text", "image"))
        for background in ("auto", "art", "plain")
    }
    assert [key for key, value in wanted.items() if value == "may"] == [(("text",), "auto")]
    assert set(wanted.values()) == {"may", "never"}
