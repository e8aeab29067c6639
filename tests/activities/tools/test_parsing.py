"""A call that is wrong is told everything that is wrong with it, in the caller's language."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from activities.tools.parsing import Call, Configuration, FileFacts, parse, price
from models.errors import InvalidInput

from .context import find

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FACTS = {
    "p": FileFacts("p", "image", "image/png", 1, "ready", {"width": 9000, "height": 100}),
    "v": FileFacts("v", "video", "video/mp4", 1, "ready", {"duration": 2.0}),
}


def call(tool_id: str, inputs: dict[str, Any], **parameters: Any) -> Call:
    return parse(find(tool_id), inputs, parameters)


def priced(tool_id: str, inputs: dict[str, Any], **parameters: Any) -> None:
    price(call(tool_id, inputs, **parameters), FACTS, Configuration())


@pytest.mark.parametrize(
    ("attempt", "paths"),
    [
        (
            lambda: call("background-replace", {"nothing": "x"}, mode="none", shadow=1, more=2),
            {"inputs.nothing", "inputs.image", "parameters.mode", "parameters.more"},
        ),
        (lambda: call("image-enhance", {"image": 3}, scale=3), {"inputs.image", "parameters.scale"}),
        (lambda: call("image-deduplication", {"images": []}), {"inputs.images"}),
        (lambda: call("privacy-protection", {}), {"inputs"}),
        (lambda: call("sketch-to-image", {"text": " "}), {"inputs.text"}),
        (lambda: priced("image-enhance", {"image": "v"}), {"inputs.image"}),
        (lambda: priced("image-enhance", {"image": "p"}, format="webp"), {"parameters.format"}),
        (
            lambda: priced("background-replace", {"image": "p"}, mode="image"),
            {"inputs.background"},
        ),
        (
            lambda: priced("background-replace", {"image": "p"}, mode="transparent", format="jpeg"),
            {"parameters.format"},
        ),
        (
            lambda: priced("product-image", {"image": "p"}, background="transparent", format="jpeg"),
            {"parameters.format"},
        ),
        (lambda: priced("sketch-to-image", {}), {"inputs"}),
        (lambda: priced("sketch-to-image", {"text": "a" * 3000}), {"inputs.text"}),
        (lambda: priced("video-to-image", {"video": "v"}, start=5.0), {"parameters.start"}),
    ],
)
def test_all_that_is_wrong_is_told_in_the_callers_language(attempt: Callable[[], object], paths: set[str]) -> None:
    with pytest.raises(InvalidInput) as raised:
        attempt()
    chinese, english = raised.value.problems("zh") or [], raised.value.problems("en") or []
    assert {each["path"] for each in chinese} == {each["path"] for each in english} == paths
    assert all(CHINESE.search(each["message"]) for each in chinese)
    assert not any(CHINESE.search(each["message"]) for each in english)
