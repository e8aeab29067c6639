"""What is wrong with a field is said in the reader's language, also after a journey over the wire."""

from models.errors import DomainError, InvalidInput, wrong


def test_every_problem_is_told_in_both_languages() -> None:
    error = InvalidInput(errors=[wrong("inputs.text", "太长", "too long"), {"path": "a", "message": "English alone"}])
    again = DomainError.from_wire(error.wire())
    for each in (error, again):
        assert each.problems("zh") == [
            {"path": "inputs.text", "message": "太长"},
            {"path": "a", "message": "English alone"},
        ]
        assert each.problems("en") == [
            {"path": "inputs.text", "message": "too long"},
            {"path": "a", "message": "English alone"},
        ]


def test_none_are_none() -> None:
    assert InvalidInput().problems("zh") is None
