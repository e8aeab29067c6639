"""Every mistake of a drawing is named at its place, and a good drawing has none."""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.graphs.graph import Graph
from models.graphs.nodes import NODE_TYPES
from models.graphs.ports import GraphPort, ToolShape
from models.graphs.validation import MESSAGES, GraphError, validate

IMAGE, TEXT = frozenset({"image"}), frozenset({"text"})
SHAPES = {
    "cut-out": ToolShape(
        "cut-out", (GraphPort("image", IMAGE),), (GraphPort("image", IMAGE),), (), frozenset({"size"})
    ),
    "sheet": ToolShape("sheet", (GraphPort("images", IMAGE, many=True),), (GraphPort("report", TEXT, many=True),)),
    "hide": ToolShape(
        "hide",
        (GraphPort("image", IMAGE, required=False), GraphPort("video", frozenset({"video"}), required=False)),
        (GraphPort("result", IMAGE),),
        one_of=("image", "video"),
    ),
}


class Catalogue:
    def shape(self, tool_id: str) -> ToolShape | None:
        return SHAPES.get(tool_id)

    def problems(self, tool_id: str, parameters: Mapping[str, object]) -> Sequence[tuple[str, str]]:
        return [(name, "unknown") for name in parameters.keys() - SHAPES[tool_id].parameters]


def node(node_id: str, kind: str = "tool", **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": kind, **more}


def source(node_id: str = "in", **parameters: Any) -> dict[str, Any]:
    return node(node_id, "input", parameters={"name": node_id, **parameters})


def edge(start: str, end: str) -> dict[str, str]:
    """``a.port`` to ``b.port``; the port may be left out."""
    (source, _, from_port), (target, _, to_port) = start.partition("."), end.partition(".")
    named = {"from": source, "from_port": from_port, "to": target, "to_port": to_port}
    return {key: value for key, value in named.items() if value}


def check(nodes: list[dict[str, Any]], *edges: dict[str, str]) -> list[GraphError]:
    return validate(Graph.model_validate({"nodes": nodes, "edges": list(edges)}), Catalogue())


def codes(nodes: list[dict[str, Any]], *edges: dict[str, str]) -> list[tuple[str, str | None, str | None]]:
    return [(error.code, error.node, error.port) for error in check(nodes, *edges)]


CUT = node("cut", tool="cut-out")
OUT = node("out", "output", parameters={"name": "result"})


def test_a_good_graph_has_no_error() -> None:
    nodes = [source(), CUT, node("ask", "condition", parameters={"expression": "value.width > 100"}), OUT]
    assert check(nodes, edge("in", "cut"), edge("cut.image", "ask"), edge("ask.true", "out")) == []


def test_an_empty_graph_is_a_beginning() -> None:
    assert check([]) == []


@pytest.mark.parametrize(
    ("nodes", "edges", "expected"),
    [
        ([source("a"), source("a")], [], ("duplicate_id", "a", None)),
        ([node("x", "magic")], [], ("unknown_type", "x", None)),
        ([node("x", tool="nothing")], [], ("unknown_tool", "x", None)),
        ([CUT], [], ("missing_input", "cut", "image")),
        ([source(), {**CUT, "parameters": {"colour": 1}}], [edge("in", "cut")], ("invalid_parameter", "cut", None)),
        ([source(), CUT], [edge("in", "cut.picture")], ("unknown_port", "cut", "picture")),
        ([source(kind="text"), CUT], [edge("in", "cut")], ("type_mismatch", "cut", "image")),
        ([source(many=True), CUT], [edge("in", "cut")], ("list_needs_map", "cut", "image")),
        ([source(), source("b"), CUT], [edge("in", "cut"), edge("b", "cut")], ("port_taken", "cut", "image")),
        ([source(), node("h", tool="hide")], [edge("in", "h.image"), edge("in", "h.video")],
         ("one_of_wanted", "h", None)),
        ([node("h", tool="hide")], [], ("one_of_wanted", "h", None)),
        ([source(), node("if", "condition", parameters={"expression": "value >"})], [edge("in", "if")],
         ("invalid_expression", "if", None)),
        ([source(), node("if", "condition", parameters={"expression": "valeu > 1"})], [edge("in", "if")],
         ("invalid_expression", "if", None)),
        ([node("m", "map", inputs={"items": []})], [], ("graph_missing", "m", None)),
        ([source(), {**CUT, "graph": {}}], [edge("in", "cut")], ("graph_unwanted", "cut", None)),
        ([source(), node("i2", "input", parameters={"name": "in"})], [], ("duplicate_name", "i2", None)),
        ([source(), node("w", "wait"), OUT], [edge("in", "w"), edge("gone", "out")], ("unknown_node", None, None)),
    ],
)  # fmt: skip
def test_a_mistake_is_named(
    nodes: list[dict[str, Any]], edges: list[dict[str, str]], expected: tuple[str, str | None, str | None]
) -> None:
    assert expected in codes(nodes, *edges)


def test_a_cycle_names_its_nodes_and_not_what_lies_around() -> None:
    waits = [node(name, "join") for name in "abc"]
    errors = check(
        [source(), *waits, OUT], edge("in", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a"), edge("c", "out")
    )
    assert [(error.code, error.params["nodes"]) for error in errors] == [("cycle", "a, b, c")]


def test_a_list_goes_through_a_map_whose_own_graph_is_looked_at() -> None:
    inner = {"nodes": [source("item"), {**CUT, "parameters": {"nope": 1}}], "edges": [edge("item", "cut")]}
    errors = check(
        [source(many=True), node("each", "map", graph=inner), OUT], edge("in", "each"), edge("each.items", "out")
    )
    assert [error.path for error in errors] == ["nodes.1.graph.nodes.1.parameters.nope"]


def test_a_parameter_can_be_wired() -> None:
    size = source("size", kind="number")
    assert check([source(), size, CUT], edge("in", "cut.image"), edge("size", "cut.parameters.size")) == []


def test_an_error_branch_is_a_port() -> None:
    branching = {**CUT, "on_error": "branch"}
    assert check([source(), branching, OUT], edge("in", "cut"), edge("cut.error", "out")) == []
    assert ("unknown_port", "cut", "error") in codes([source(), CUT, OUT], edge("in", "cut"), edge("cut.error", "out"))


def test_every_error_speaks_both_languages_and_leaves_no_gap() -> None:
    for code, words in MESSAGES.items():
        assert set(words) == {"zh", "en"}, code
    for error in check([node("x", tool="nothing"), node("y", "magic")]):
        assert "{" not in error.message("zh") + error.message("en")


def test_every_type_says_what_it_is() -> None:
    for declared in NODE_TYPES.values():
        assert set(declared.titles) == set(declared.descriptions) == {"zh", "en"}
        declared.parameters.model_json_schema()


@given(st.data())
def test_any_acyclic_drawing_is_acyclic_in_any_order(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 12))
    pairs = data.draw(st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
    forward = [edge(f"n{min(pair)}", f"n{max(pair)}") for pair in pairs if pair[0] != pair[1]]
    nodes = [node(f"n{at}", "join") for at in range(size)]
    random.Random(data.draw(st.integers())).shuffle(nodes)
    assert "cycle" not in {code for code, _, _ in codes(nodes, *forward)}
    if forward:
        back = {"from": forward[0]["to"], "to": forward[0]["from"]}
        assert "cycle" in {code for code, _, _ in codes(nodes, *forward, back)}


def test_unknown_keys_of_a_node_are_kept_and_a_round_trip_changes_nothing() -> None:
    drawn = {
        "nodes": [{**source(), "color": "red", "position": {"x": 1.0, "y": 2.0}}, CUT],
        "edges": [edge("in", "cut")],
    }
    assert Graph.model_validate(drawn).as_json() == drawn


def test_a_thousand_nodes_are_judged_at_once() -> None:
    nodes = [source(), *({**CUT, "id": f"cut{at}"} for at in range(1000))]
    edges = [edge("in" if at == 0 else f"cut{at - 1}.image", f"cut{at}.image") for at in range(1000)]
    graph = Graph.model_validate({"nodes": nodes, "edges": edges})
    began = time.perf_counter()
    assert validate(graph, Catalogue()) == []
    assert time.perf_counter() - began < 2, "quadratic"
