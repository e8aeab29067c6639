"""SmolLM2 writes: token by token, the same for a seed, within a grammar, and ends when it is told to."""

import re
import sys
from pathlib import Path

import psutil
import pytest

from activities.inference.engines.smollm2 import load_smollm2
from activities.inference.registry import weights_of
from activities.writing.engine import Message, Request
from models.errors import ContentRefused, ToolFailed, WeightsUnavailable
from tests.activities.tools.context import engines, weights

REQUEST = Request((Message("user", "Name three things in a kitchen."),), most_tokens=12, seed=3)


def test_tokens_are_told_as_they_come_and_a_seed_repeats() -> None:
    told: list[str] = []
    smollm2 = engines().get("smollm2")
    written = smollm2.write(REQUEST, told.append)
    assert written.text == "".join(told) and 5 < len(told) <= written.tokens == 12
    assert written.engine == smollm2.label and written.prompt_tokens > 10 and written.milliseconds > 0
    smollm2.write(Request((Message("user", "Hi"),), most_tokens=2), told.append)
    assert smollm2.write(REQUEST, told.append).text == written.text


def test_a_grammar_leaves_it_no_other_words() -> None:
    grammar = 'start: "It is $19, " WORD " and " WORD "."\nWORD: /light|warm|small/\n'
    bounded = Request(REQUEST.messages, most_tokens=30, seed=1, grammar=grammar)
    text = engines().get("smollm2").write(bounded, len).text
    assert re.fullmatch(r"It is \$19, (light|warm|small) and (light|warm|small)\.", text)


def test_what_listening_raises_ends_the_text_and_is_raised() -> None:
    heard: list[str] = []

    def refuse(piece: str) -> None:
        heard.append(piece)
        raise ContentRefused(file="text", category="insult")

    with pytest.raises(ContentRefused):
        engines().get("smollm2").write(Request(REQUEST.messages, most_tokens=200, seed=1), refuse)
    assert len(heard) <= 3


def test_a_request_too_long_is_a_named_error_and_the_next_one_is_served() -> None:
    smollm2 = engines().get("smollm2")
    with pytest.raises(ToolFailed, match="context size"):
        smollm2.write(Request((Message("user", "word " * 3000),)), len)
    assert smollm2.write(REQUEST, len).tokens == 12


def test_it_listens_on_no_port_and_holds_what_it_says() -> None:
    process = psutil.Process()
    before = {each.laddr for each in process.net_connections("inet")}
    files = {name: weights().ensure(name) for name in weights_of("smollm2")}
    loaded = load_smollm2(files, engines()._device, 2)
    assert {each.laddr for each in process.net_connections("inet")} == before
    paths = [each.laddr for each in process.net_connections("unix") if "nobody.sock" in str(each.laddr)]
    assert paths and not any(Path(path).exists() for path in paths)
    assert loaded.bytes > 150_000_000


def test_without_llama_cpp_it_is_named_as_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(WeightsUnavailable, match="xllamacpp"):
        load_smollm2({"smollm2": tmp_path / "none"}, engines()._device, 2)


def test_a_broken_file_is_a_named_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(WeightsUnavailable):
        load_smollm2({"smollm2": broken}, engines()._device, 2)
