"""What a provider must answer for its drawing to be taken."""

import json
from typing import Any

from activities.drafting.asking import draw
from activities.tools import discover
from activities.writing.engine import Request, Tell, Written
from models.errors import ProviderFailed

GOOD: dict[str, Any] = {
    "graph": {
        "nodes": [
            {"id": "photo", "type": "input", "parameters": {"name": "photo", "kind": "image"}},
            {"id": "cut", "type": "tool", "tool": "ai-background-removal"},
            {"id": "done", "type": "output", "parameters": {"name": "picture"}},
        ],
        "edges": [
            {"from": "photo", "to": "cut", "to_port": "image"},
            {"from": "cut", "from_port": "image", "to": "done"},
        ],
    },
    "explanation": "Cuts the subject out.",
}
CATALOGUE = discover()


class Scripted:
    """A writer that says what the test wrote, in turn; None fails as a provider does."""

    label = "scripted"

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def write(self, request: Request, tell: Tell) -> Written:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if answer is None:
            raise ProviderFailed(reason="silent")
        return Written(answer, self.label)


def changed(tool: str) -> str:
    nodes = [{**each, **({"tool": tool} if each["id"] == "cut" else {})} for each in GOOD["graph"]["nodes"]]
    return json.dumps({**GOOD, "graph": {**GOOD["graph"], "nodes": nodes}})


def ask(writer: Scripted) -> Any:
    return draw("cut my photo out", "en", CATALOGUE, writer, lambda piece: None)


def test_a_good_answer_is_taken_and_laid_out() -> None:
    writer = Scripted(json.dumps(GOOD))
    drawn = ask(writer)
    assert (drawn.explanation, drawn.engine) == ("Cuts the subject out.", "scripted")
    assert [node.position["x"] for node in drawn.graph.nodes] == [0, 280, 560]
    assert writer.asked[0].json
    assert "ai-background-removal | in image*" in writer.asked[0].messages[0].content
    assert "sample-echo" not in writer.asked[0].messages[0].content


def test_a_wrong_answer_is_mended_once_by_what_is_wrong() -> None:
    writer = Scripted(changed("magic"), json.dumps(GOOD))
    assert ask(writer) is not None
    assert "there is no tool magic" in writer.asked[1].messages[-1].content


def test_who_is_wrong_twice_or_silent_is_not_taken() -> None:
    assert ask(Scripted(changed("magic"), changed("magic"))) is None
    assert ask(Scripted("no JSON at all", '{"graph": {}}')) is None
    assert ask(Scripted(json.dumps({"graph": {"nodes": []}, "explanation": "nothing"}), "[]")) is None
    assert ask(Scripted(None)) is None
