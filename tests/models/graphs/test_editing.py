"""Operations change what they name and nothing else, and leave a drawing that holds together."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from models.errors import InvalidInput
from models.graphs.editing import AnyOperation, Operations, apply
from models.graphs.graph import Graph

PARSE: TypeAdapter[list[AnyOperation]] = TypeAdapter(Operations)

GRAPH = Graph.model_validate(
    {
        "nodes": [
            {"id": "in", "type": "input", "parameters": {"name": "photo"}, "note": "the editor's own"},
            {"id": "cut", "type": "tool", "tool": "cut-out", "parameters": {"size": 3}, "retry": {"attempts": 2}},
            {"id": "out", "type": "output", "parameters": {"name": "result"}},
        ],
        "edges": [{"from": "in", "to": "cut"}, {"from": "cut", "from_port": "image", "to": "out"}],
    }
)


def edited(*operations: dict[str, Any], graph: Graph = GRAPH) -> dict[str, Any]:
    return apply(graph, PARSE.validate_python(list(operations))).as_json()


def refused(*operations: dict[str, Any], graph: Graph = GRAPH) -> str:
    """The path that the refusal names."""
    with pytest.raises(InvalidInput) as error:
        apply(graph, PARSE.validate_python(list(operations)))
    assert error.value.errors
    return error.value.errors[0]["path"]


def test_a_node_is_put_between_two_others() -> None:
    new = {"id": "big", "type": "tool", "tool": "enlarge", "position": {"x": 1, "y": 2}}
    after = edited(
        {"op": "add_node", "node": new},
        {"op": "remove_edge", "edge": {"from": "cut", "from_port": "image", "to": "out"}},
        {"op": "add_edge", "edge": {"from": "cut", "to": "big"}},
        {"op": "add_edge", "edge": {"from": "big", "from_port": "image", "to": "out"}},
    )
    assert [node["id"] for node in after["nodes"]] == ["in", "cut", "out", "big"]
    assert after["nodes"][:3] == GRAPH.as_json()["nodes"] and after["nodes"][3] == new
    assert [(edge["from"], edge["to"]) for edge in after["edges"]] == [("in", "cut"), ("cut", "big"), ("big", "out")]


def test_an_update_replaces_keys_and_null_takes_them_away() -> None:
    changes = {"parameters": {"size": 4}, "retry": None, "label": "cut it"}
    after = edited({"op": "update_node", "id": "cut", "changes": changes})
    assert after["nodes"][1] == {
        "id": "cut", "type": "tool", "tool": "cut-out", "parameters": {"size": 4}, "label": "cut it",
    }  # fmt: skip
    assert edited({"op": "update_node", "id": "in", "changes": {"note": None}})["nodes"][0].get("note") is None


def test_a_removed_node_takes_its_edges_along() -> None:
    after = edited({"op": "remove_node", "id": "cut"})
    assert [node["id"] for node in after["nodes"]] == ["in", "out"] and after["edges"] == []


def test_a_moved_node_is_only_moved() -> None:
    after = edited({"op": "move_node", "id": "in", "position": {"x": 10, "y": -4.5}})
    expected = GRAPH.as_json()
    expected["nodes"][0]["position"] = {"x": 10, "y": -4.5}
    assert after == expected


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ({"op": "add_node", "node": {"id": "cut", "type": "join"}}, "node.id"),
        ({"op": "update_node", "id": "nobody", "changes": {}}, "id"),
        ({"op": "update_node", "id": "cut", "changes": {"id": "other"}}, "changes.id"),
        ({"op": "update_node", "id": "cut", "changes": {"type": None}}, "changes.type"),
        ({"op": "update_node", "id": "cut", "changes": {"retry": {"attempts": 99}}}, "changes.retry.attempts"),
        ({"op": "remove_node", "id": "nobody"}, "id"),
        ({"op": "move_node", "id": "nobody", "position": {}}, "id"),
        ({"op": "add_edge", "edge": {"from": "in", "to": "cut"}}, "edge"),
        ({"op": "add_edge", "edge": {"from": "nobody", "to": "cut"}}, "edge.from"),
        ({"op": "add_edge", "edge": {"from": "in", "to": "nobody"}}, "edge.to"),
        ({"op": "remove_edge", "edge": {"from": "in", "to": "out"}}, "edge"),
        ({"op": "remove_edge", "edge": {"from": "cut", "to": "out"}}, "edge"),
    ],
)
def test_what_cannot_be_done_is_named_by_its_number(operation: dict[str, Any], path: str) -> None:
    harmless = {"op": "move_node", "id": "in", "position": {"x": 0, "y": 0}}
    assert refused(harmless, operation) == f"operations.1.{path}"


def test_a_drawing_with_mistakes_can_be_mended() -> None:
    twice = Graph.model_validate({"nodes": [{"id": "a", "type": "x"}, {"id": "a", "type": "y"}], "edges": []})
    assert edited({"op": "remove_node", "id": "a"}, graph=twice)["nodes"] == []
    loose = Graph.model_validate({"nodes": [], "edges": [{"from": "a", "to": "b"}]})
    assert edited({"op": "remove_edge", "edge": {"from": "a", "to": "b"}}, graph=loose)["edges"] == []


IDS = st.sampled_from(["a", "b", "c", "d"])
PORTS = st.none() | st.sampled_from(["one", "two"])
EDGES = st.fixed_dictionaries({"from": IDS, "to": IDS, "from_port": PORTS, "to_port": PORTS})
OPERATIONS = st.one_of(
    st.fixed_dictionaries(
        {"op": st.just("add_node"), "node": st.fixed_dictionaries({"id": IDS, "type": st.just("tool")})}
    ),
    st.fixed_dictionaries(
        {
            "op": st.just("update_node"),
            "id": IDS,
            "changes": st.dictionaries(st.sampled_from(["tool", "mine"]), st.none() | st.text(max_size=3)),
        }
    ),
    st.fixed_dictionaries({"op": st.just("remove_node"), "id": IDS}),
    st.fixed_dictionaries(
        {
            "op": st.just("move_node"),
            "id": IDS,
            "position": st.fixed_dictionaries({"x": st.integers(0, 9), "y": st.just(0)}),
        }
    ),
    st.fixed_dictionaries({"op": st.just("add_edge"), "edge": EDGES}),
    st.fixed_dictionaries({"op": st.just("remove_edge"), "edge": EDGES}),
)


@given(st.lists(OPERATIONS, min_size=1, max_size=40))
def test_any_operations_leave_a_drawing_that_holds_together(operations: list[dict[str, Any]]) -> None:
    nodes = [{"id": name, "type": "tool"} for name in "abc"]
    graph = Graph.model_validate({"nodes": nodes, "edges": [{"from": "a", "to": "b"}, {"from": "b", "to": "c"}]})
    for number, operation in enumerate(operations):
        before = graph.as_json()
        try:
            graph = apply(graph, PARSE.validate_python([operation]))
        except InvalidInput:
            assert graph.as_json() == before, f"operation {number} was refused and changed something"
        ids = [node.id for node in graph.nodes]
        ends = [(edge.source, edge.from_port, edge.target, edge.to_port) for edge in graph.edges]
        assert len(ids) == len(set(ids)) and len(ends) == len(set(ends))
        assert {end for edge in graph.edges for end in (edge.source, edge.target)} <= set(ids)
    assert Graph.model_validate(graph.as_json()) == graph
