"""Files find the input that takes them; parameters become what the tool's schema says."""

from pathlib import Path
from typing import Any

import pytest

from workers.cli.mapping import assign, parameters
from workers.cli.output import Problem, Screen

USAGE = Screen(False, "en").usage


def port(name: str, *kinds: str, required: bool = True, many: bool = False) -> dict[str, Any]:
    return {"name": name, "kinds": list(kinds), "required": required, "many": many}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    named = {name: tmp_path / name for name in ("a.jpg", "b.png", "c.zip", "d.mp4", "noname")}
    for path in named.values():
        path.write_bytes(b"x")
    return named


def test_a_list_takes_all_and_an_optional_input_waits_for_what_is_left(files: dict[str, Path]) -> None:
    a, b = files["a.jpg"], files["b.png"]
    assert assign([port("images", "image", many=True)], [a, b], [], USAGE).files == {"images": [a, b]}
    ports = [port("background", "image", required=False), port("image", "image")]
    assert assign(ports, [a], [], USAGE).files == {"image": [a]}
    assert assign(ports, [a, b], [], USAGE).files == {"image": [a], "background": [b]}


def test_kinds_sort_the_files_and_names_override(files: dict[str, Path]) -> None:
    a, c, unknown = files["a.jpg"], files["c.zip"], files["noname"]
    ports = [port("images", "image", required=False, many=True), port("archive", "archive", required=False)]
    assert assign(ports, [c, a], [], USAGE).files == {"archive": [c], "images": [a]}
    assert assign(ports, [a], [f"archive={unknown}"], USAGE).files == {"archive": [unknown], "images": [a]}
    assert assign([port("text", "text")], [], ["text=a=b"], USAGE).texts == {"text": "a=b"}


@pytest.mark.parametrize(
    ("given", "explicit", "word"),
    [
        (["d.mp4"], [], "No input is left"),
        (["a.jpg", "b.png"], [], "No input is left"),
        ([], [], "missing: image"),
        (["a.jpg"], ["picture=a.jpg"], "no input picture"),
        (["gone.jpg"], [], "no file gone.jpg"),
        (["a.jpg"], ["image"], "NAME=VALUE"),
    ],
)
def test_mistakes_are_named(files: dict[str, Path], given: list[str], explicit: list[str], word: str) -> None:
    with pytest.raises(Problem, match=word) as raised:
        assign([port("image", "image")], [files.get(each, Path(each)) for each in given], explicit, USAGE)
    assert raised.value.exit_code == 2


def test_parameters_follow_the_schema() -> None:
    schema = {
        "$defs": {"Mode": {"type": "string", "enum": ["1", "2"]}},
        "properties": {
            "scale": {"type": "integer"},
            "face": {"type": "boolean"},
            "color": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "mode": {"$ref": "#/$defs/Mode"},
            "sizes": {"type": "array"},
        },
    }
    words = ["scale=4", "face=true", "color=123", "mode=2", "sizes=[1, 2]"]
    expected = {"scale": 4, "face": True, "color": "123", "mode": "2", "sizes": [1, 2]}
    assert parameters(schema, words, USAGE) == expected
    assert parameters(schema, ["color=null", "scale=large"], USAGE) == {"color": None, "scale": "large"}
    with pytest.raises(Problem, match="no parameter scael; there are: scale"):
        parameters(schema, ["scael=4"], USAGE)
