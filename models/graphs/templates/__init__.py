"""Pipelines to begin with. Each is a file ``<id>.json`` in this folder: add one, and it is offered.

``tests/models/graphs/test_templates.py`` sees to it that every one can be run and is like no other.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from ...errors import NotFound
from ...words import Words
from ..graph import Graph
from ..plan import nodes_of

FOLDER = Path(__file__).parent


class Template(BaseModel):
    """A pipeline that is ready to run once its inputs are given. ``category`` is that of what it makes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,63}$")]
    category: Literal["image", "video", "text"]
    tags: tuple[str, ...]
    title: Words
    description: Words
    graph: Graph

    @property
    def tools(self) -> list[str]:
        """The tools that it uses, each once, in the order of the drawing."""
        return list(dict.fromkeys(node.tool for _, node, _ in nodes_of(self.graph) if node.tool is not None))

    def tells_of(self, words: str) -> bool:
        """Whether every one of ``words`` is somewhere in what it says of itself, in either language."""
        told = " ".join(
            [self.id, self.title.zh, self.title.en, self.description.zh, self.description.en, *self.tags, *self.tools]
        ).casefold()
        return all(word in told for word in words.casefold().split())


@cache
def templates() -> Mapping[str, Template]:
    """All of them by id, in alphabetical order; raises ``ValidationError`` for a file that is none."""
    files = sorted(FOLDER.glob("*.json"))
    read = [Template.model_validate_json(file.read_text(encoding="utf-8")) for file in files]
    return {template.id: template for template in read}


def template_of(template_id: str) -> Template:
    """Raises ``NotFound``."""
    found = templates().get(template_id)
    if found is None:
        raise NotFound(what="template")
    return found
