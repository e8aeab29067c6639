"""The library: every model is a call that its tool takes, and no two make the same."""

import hashlib
import random
import re
from pathlib import Path
from typing import Any

import pytest
import skimage

from activities.graph_prices import USUAL
from activities.library import Library, Preset
from activities.tools import discover
from activities.tools.base import Kind, Measure
from models.errors import InvalidInput, NotFound
from tests.activities.tools.context import run_tool

LIBRARY = Library(discover())
REPOSITORY = Path(__file__).parents[3]
PHOTO = Path(skimage.__file__).parent / "data" / "astronaut.png"
TEXTS = {
    "text-generation": "便携保温杯,304不锈钢内胆,保温12小时,适合上班族",
    "local-recommend": "老巷子面馆,手工面条,汤头每天现熬,人均25元",
    "article-rewrite": "今天天气很好,我们决定去公园散步。公园里有很多人,孩子们在草地上奔跑,老人坐在长椅上聊天。",
    "quote-image": "人生没有白走的路",
    "material-creation": "周年庆\n全场五折",
}
ORDINARY = {**USUAL, Kind.text: Measure(Kind.text, "text/plain", 60, characters=20)}
"""A text that is within every tool's own limits."""

QUICK = 3
"""Of the thirty, in every run of the tests; the others are long."""


def test_there_are_hundreds_and_every_one_is_a_call_that_its_tool_takes() -> None:
    known = LIBRARY.all()
    assert len(known) >= 800 and len({each.id for each in known}) == len(known)
    for each in known:
        params = each.tool.params.model_validate(dict(each.parameters))
        needed = [port for port in each.tool.inputs if port.required] or each.tool.inputs[:1]
        each.tool.check({port.name: [ORDINARY[port.kinds[0]]] for port in needed}, params)
        assert LIBRARY.get(each.id) is each
    for page in ("README.md", "CHANGELOG.md", "docs/models.md"):
        assert re.search(rf"\b{len(known)}\b", (REPOSITORY / page).read_text(encoding="utf-8")), (
            f"{page} tells another number"
        )


def test_a_models_parameters_are_laid_under_the_callers() -> None:
    applied = LIBRARY.applied("quote-image/paper-mint", "quote-image", {"author": "苏轼", "palette": "mint"})
    assert applied == {"template": "paper", "palette": "mint", "author": "苏轼"}
    assert LIBRARY.applied(None, "quote-image", {"author": "苏轼"}) == {"author": "苏轼"}
    with pytest.raises(NotFound):
        LIBRARY.applied("quote-image/none", "quote-image", {})
    for tool, parameters, path in (
        ("sketch-to-image", {}, "model"),
        ("quote-image", {"palette": "sky"}, "parameters.palette"),
    ):
        with pytest.raises(InvalidInput) as refused:
            LIBRARY.applied("quote-image/paper-mint", tool, parameters)
        assert refused.value.errors is not None and refused.value.errors[0]["path"] == path


def thirty() -> list[Preset]:
    """Drawn at random, of all tools that need no video."""
    still = [each for each in LIBRARY.all() if each.tool.category != "video" and "best" not in each.id]
    return random.Random(7).sample(still, 30)


def digest(preset: Preset, folder: Path) -> str:
    files: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for port in preset.tool.inputs:
        if port.required and Kind.text in port.kinds:
            texts[port.name] = TEXTS.get(preset.tool.id, "大家好，今天是个好日子")
        elif port.name == "image":
            files[port.name] = PHOTO
    result = run_tool(preset.tool.id, folder, files, texts, **preset.parameters)
    return hashlib.sha256(b"".join(each.path.read_bytes() for each in result.outputs)).hexdigest()


@pytest.mark.parametrize("count", [QUICK, pytest.param(30, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_drawn_at_random_they_run_and_their_outputs_differ(tmp_path: Path, count: int) -> None:
    made = {each.id: digest(each, tmp_path / str(at)) for at, each in enumerate(thirty()[:count])}
    assert len(set(made.values())) == len(made)
