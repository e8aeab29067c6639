"""Names of results are harmless on this machine."""

import pytest

from workers.cli.saving import safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\windows\\a.png", "a.png"),
        ("照片 1.png", "照片 1.png"),
        ("-rf", "rf"),
        ("..", "file_"),
        ("NUL.txt", "file_NUL.txt"),
        ("a\x00\n?.png", "a___.png"),
        ("x" * 300 + ".png", "x" * 116 + ".png"),
    ],
)
def test_a_name_stays_in_its_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe
