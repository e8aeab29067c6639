"""What every tool keeps, checked over all of them on tiny inputs: none has to write these tests again."""

import hashlib
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import jsonschema
import pytest
from PIL import Image

from activities.inference.registry import discover_engines
from activities.tools import discover
from activities.tools.base import Inputs, Kind, Measure, Port, Tool, ToolResult
from activities.tools.parsing import Call, Configuration, FileFacts, parse, price
from models.errors import DomainError, InvalidInput
from tests.activities.media.clips import ffmpeg
from tests.activities.tools.context import LocalContext, file_of, perform
from tests.sampling import one_in

TOOLS = [tool for tool in discover().all() if not tool.hidden]
SIZE = 48


def rgb() -> Image.Image:
    left = Image.linear_gradient("L").resize((SIZE, SIZE))
    return Image.merge("RGB", (left, left.rotate(90), left.rotate(180)))


SHOT = {"width": 1280, "height": 720, "duration": 30}
ORDINARY = {
    "image": FileFacts("image", "image", "image/jpeg", 300_000, "ready", {"width": 1280, "height": 800}),
    "video": FileFacts(
        "video", "video", "video/mp4", 9_000_000, "ready", {"width": 1280, "height": 720, "duration": 30}
    ),
    "audio": FileFacts("audio", "audio", "audio/mpeg", 900_000, "ready", {"duration": 30}),
}

PICTURES: dict[str, Callable[[], tuple[Image.Image, dict[str, object]]]] = {
    "rgb.png": lambda: (rgb(), {}),
    "grey.png": lambda: (rgb().convert("L"), {}),
    "alpha.png": lambda: (rgb().convert("RGBA"), {}),
    "palette.png": lambda: (rgb().quantize(16), {}),
    "deep.png": lambda: (rgb().convert("L").convert("I;16"), {}),
    "cmyk.jpg": lambda: (rgb().convert("CMYK"), {}),
    "turned.jpg": lambda: (rgb().resize((SIZE, SIZE // 2)), {"exif": turned()}),
    "one.png": lambda: (rgb().resize((1, 1)), {}),
    "moving.gif": lambda: (rgb().quantize(16), {"save_all": True, "append_images": [rgb().rotate(90).quantize(16)]}),
}


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def picture(tmp_path: Path, name: str) -> Path:
    image, options = PICTURES[name]()
    path = tmp_path / name
    image.save(path, **options)
    return path


def consenting(tool: Tool) -> dict[str, bool]:
    """What a caller has to say yes to before the tool does anything."""
    return {"rights_confirmed": True} if "rights_confirmed" in tool.params.model_fields else {}


def wanted_ports(tool: Tool) -> list[Port]:
    """The required ports; where a tool has alternatives and requires none, the first of them."""
    return [port for port in tool.inputs if port.required] or [tool.inputs[0]]


def clip(folder: Path) -> Path:
    """Half a second of moving pictures with a tone."""
    path = folder / "clip.mp4"
    if not path.exists():
        pictures = ["-f", "lavfi", "-i", "testsrc2=d=0.5:s=96x64:r=10", "-f", "lavfi", "-i", "sine=d=0.5"]
        ffmpeg(*pictures, "-pix_fmt", "yuv420p", "-c:a", "aac", path)
    return path


def sees_pictures(tool: Tool) -> bool:
    return any(Kind.image in port.kinds for port in wanted_ports(tool))


def inputs_of(tool: Tool, path: Path, optional: bool = False) -> Inputs:
    """The wanted ports, each with the same picture or words; ``optional``: every port for pictures, too."""
    mime = "image/jpeg" if path.suffix == ".jpg" else f"image/{path.suffix[1:]}"
    files = {
        port.name: [file_of(path, mime)] * (2 if port.many else 1)
        for port in (tool.inputs if optional else wanted_ports(tool))
        if Kind.image in port.kinds
    }
    for port in wanted_ports(tool):
        if port.kinds == (Kind.video,):
            files[port.name] = [file_of(clip(path.parent), "video/mp4")] * (2 if port.many else 1)
    texts = {port.name: "你好 hello" for port in wanted_ports(tool) if Kind.text in port.kinds}
    return Inputs(files=files, texts=texts)


SHOWN = [(tool, name) for tool, name in product(TOOLS, PICTURES) if name == "rgb.png" or sees_pictures(tool)]


def run(tool: Tool, path: Path, scratch: Path, optional: bool = False) -> tuple[ToolResult, LocalContext]:
    scratch.mkdir()
    params = tool.params.model_validate(consenting(tool))
    context = LocalContext(scratch, tool.engines(params))
    return perform(tool, context, inputs_of(tool, path, optional), params), context


def digests(result: ToolResult) -> list[str]:
    return [hashlib.sha256(output.path.read_bytes()).hexdigest() for output in result.outputs]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
class TestDeclaration:
    def test_names_itself(self, tool: Tool) -> None:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", tool.id)
        assert re.fullmatch(r"\d+\.\d+\.\d+", tool.version)
        for text in (tool.title, tool.description, *(port.title for port in (*tool.inputs, *tool.outputs))):
            assert text.zh and text.en and text.zh != text.en
        assert (Path(discover.__code__.co_filename).parent / f"{tool.id.replace('-', '_')}.py").exists()

    def test_parameters_have_defaults_bounds_and_help(self, tool: Tool) -> None:
        schema = tool.params.model_json_schema()
        jsonschema.Draft202012Validator.check_schema(schema)
        tool.params()
        for name, field in schema["properties"].items():
            assert field.get("description"), name
            if field.get("type") in {"number", "integer"} and "enum" not in field:
                assert field.keys() & {"minimum", "exclusiveMinimum"}, name
                assert field.keys() & {"maximum", "exclusiveMaximum"}, name
            if "enum" in field:
                assert field["default"] == field["enum"][0], name

    def test_engines_exist(self, tool: Tool) -> None:
        assert set(tool.engines(tool.params())) <= set(discover_engines())

    def test_refuses_what_it_does_not_know(self, tool: Tool) -> None:
        with pytest.raises(InvalidInput) as raised:
            parse(tool, {"nonsense": "file_x"}, {"nonsense": 1})
        paths = {error["path"] for error in raised.value.errors or []}
        assert {"inputs.nonsense", "parameters.nonsense"} <= paths

    def test_ordinary_input_costs_1_to_5_credits(self, tool: Tool) -> None:
        ports = wanted_ports(tool)
        files = {port.name: [port.kinds[0].value] for port in ports if Kind.text not in port.kinds}
        texts = {port.name: "你好" for port in ports if Kind.text in port.kinds}
        call = Call(tool, tool.params.model_validate(consenting(tool)), files, texts)
        priced = price(call, ORDINARY, Configuration())
        assert 1 <= priced.credits <= 5
        assert sum(line["credits"] for line in priced.breakdown) == priced.credits


@pytest.mark.parametrize(("tool", "name"), one_in(4, SHOWN))
def test_every_kind_of_picture_works_or_is_named(tool: Tool, name: str, tmp_path: Path) -> None:
    path = picture(tmp_path, name)
    before = path.read_bytes()
    try:
        result, context = run(tool, path, tmp_path / "out")
    except DomainError as error:
        assert error.code in {"invalid_input", "corrupt_file", "unsupported_type"}
        return
    declared = {port.name for port in tool.outputs}
    assert {output.name for output in result.outputs} <= declared
    for output in result.outputs:
        assert output.path.parent == tmp_path / "out" and output.path.stat().st_size > 0
    assert result.engine
    fractions = [fraction for fraction, _ in context.steps]
    assert fractions and fractions == sorted(fractions) and fractions[0] >= 0 and fractions[-1] <= 1
    assert path.read_bytes() == before, "an input is read-only"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_the_same_call_gives_the_same_bytes(tool: Tool, tmp_path: Path) -> None:
    path = picture(tmp_path, "rgb.png")
    first, _ = run(tool, path, tmp_path / "first")
    second, _ = run(tool, path, tmp_path / "second")
    assert digests(first) == digests(second)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_damaged_input_is_named(tool: Tool, tmp_path: Path) -> None:
    path = tmp_path / "cut.png"
    whole = picture(tmp_path, "rgb.png").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    if not any(Kind.image in port.kinds for port in tool.inputs):
        pytest.skip("the tool takes no picture")
    with pytest.raises(DomainError):
        run(tool, path, tmp_path / "out", optional=True)


def test_measures_are_what_prices_see() -> None:
    assert Measure(Kind.image, "image/png", 1, 2000, 1000).megapixels == 2.0
