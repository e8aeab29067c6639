"""Every template can be run by the tools that there are, is told of in both languages, and is like no other."""

import hashlib
from collections import Counter

import pytest

from activities.graph_tools import GraphTools
from activities.tools import discover
from models.graphs.graph import Graph
from models.graphs.plan import nodes_of, plan
from models.graphs.templates import Template, templates
from models.graphs.validation import validate

CATALOGUE = discover()
TOOLS = GraphTools(CATALOGUE, frozenset())
ALL = list(templates().values())


def shape(graph: Graph, rounds: int = 6) -> str:
    """The same for two drawings of which one is the other with other names, tools and places (Weisfeiler-Leman)."""
    colors = {node.id: node.type + (shape(node.graph) if node.graph else "") for node in graph.nodes}
    for _ in range(rounds):
        colors = {
            name: _digest(
                color,
                *sorted(f">{colors[edge.target]}" for edge in graph.edges if edge.source == name),
                *sorted(f"<{colors[edge.source]}" for edge in graph.edges if edge.target == name),
            )
            for name, color in colors.items()
        }
    return _digest(*sorted(colors.values()))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@pytest.mark.parametrize("template", ALL, ids=[each.id for each in ALL])
def test_every_template_can_be_run(template: Template) -> None:
    assert [(each.path, each.message("en")) for each in validate(template.graph, TOOLS)] == []
    assert plan(template.graph, TOOLS).steps
    named = Counter(node.type for node in template.graph.nodes)
    assert named["input"] >= 1 and named["output"] >= 1 and template.tools
    assert all(node.position is not None for _, node, _ in nodes_of(template.graph))


@pytest.mark.parametrize("template", ALL, ids=[each.id for each in ALL])
def test_nothing_is_made_that_nobody_gets(template: Template) -> None:
    for path, node, graph in nodes_of(template.graph):
        asked = f"inputs.{node.parameters.get('name')}" in template.graph.model_dump_json()
        used = asked or any(edge.source == node.id for edge in graph.edges)
        assert used or node.type == "output", f"{path} leads nowhere"


def test_no_two_have_the_same_shape() -> None:
    seen: dict[str, str] = {}
    for template in ALL:
        same = seen.setdefault(shape(template.graph), template.id)
        assert same == template.id, f"{template.id} is drawn like {same}"


def test_there_are_enough_and_half_use_three_tools() -> None:
    assert len(ALL) >= 24
    assert sum(len(template.tools) >= 3 for template in ALL) * 2 >= len(ALL)
    assert Counter(template.category for template in ALL).keys() == {"image", "video", "text"}
    kinds = {node.type for template in ALL for _, node, _ in nodes_of(template.graph)}
    assert {"map", "collect", "condition", "switch", "join", "loop", "approval", "notify", "transform"} <= kinds


def test_every_tool_of_pictures_and_videos_is_in_one() -> None:
    used = {tool for template in ALL for tool in template.tools}
    wanted = {tool.id for tool in CATALOGUE.all() if tool.category in ("image", "video") and not tool.hidden}
    assert wanted - used == set()


def test_each_is_told_of_in_both_languages() -> None:
    for words in ("title", "description"):
        told = [getattr(template, words) for template in ALL]
        assert len({each.zh for each in told}) == len({each.en for each in told}) == len(ALL)
        assert not any("一" <= letter <= "鿿" for each in told for letter in each.en)
        assert all(any("一" <= letter <= "鿿" for letter in each.zh) for each in told)
    assert all(template.tags for template in ALL)


def test_templates_are_found_by_words_of_either_language() -> None:
    assert templates()["id-photo-colors"].tells_of("证件照")
    assert templates()["id-photo-colors"].tells_of("PORTRAIT red")
    assert templates()["id-photo-colors"].tells_of("image-beauty")
    assert not templates()["id-photo-colors"].tells_of("portrait podcast")
