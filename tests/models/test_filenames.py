"""Names from hostile and ordinary users."""

import pytest

from models.filenames import LONGEST, disposition, for_display, for_saving


@pytest.mark.parametrize(
    ("given", "shown", "saved"),
    [
        ("photo.jpg", "photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd", "passwd"),
        ("C:\\Users\\Lin\\假期 1.png", "假期 1.png", "假期 1.png"),
        ("a\x00b\r\n.txt", "ab.txt", "ab.txt"),
        ("‮gpj.exe", "gpj.exe", "gpj.exe"),
        ("..", "..", "file"),
        ("", "file", "file"),
        (".bashrc", ".bashrc", "bashrc"),
        ("CON.txt", "CON.txt", "_CON.txt"),
        ("a<b>|?*.png", "a<b>|?*.png", "a_b_.png"),
    ],
)
def test_names(given: str, shown: str, saved: str) -> None:
    assert (for_display(given), for_saving(given)) == (shown, saved)


def test_long_names_keep_their_suffix() -> None:
    assert len(for_display("长" * 500 + ".jpeg")) == LONGEST
    assert for_display("长" * 500 + ".jpeg").endswith(".jpeg")


def test_a_name_cannot_break_out_of_its_header() -> None:
    header = disposition("attachment", 'a"; filename="b.exe')
    assert header == "attachment; filename=\"a_; filename=_b.exe\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe"
