"""The list of mutants keeps pace with the product: each still fits its file, and its test is still there."""

from pathlib import Path

import pytest

from tests.chaos.mutants import MUTANTS, REPOSITORY, Mutant, mutated


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_fits(mutant: Mutant) -> None:
    source = (REPOSITORY / mutant.file).read_text(encoding="utf-8")
    compile(mutated(mutant, source), mutant.file, "exec")
    file, _, test = mutant.test.partition("::")
    assert f"def {test.partition('[')[0]}(" in Path(REPOSITORY / file).read_text(encoding="utf-8")
