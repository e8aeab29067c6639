"""Every tool of the catalogue has a page, and the page says what the declaration says."""

import subprocess
import sys
from pathlib import Path

import pytest

from activities.tools import discover

DOCS = Path(__file__).parents[2] / "docs"


def test_pages_repeat_the_declarations() -> None:
    checked = subprocess.run(
        [sys.executable, DOCS / "pages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, f"{checked.stdout}{checked.stderr}\nRun python docs/pages.py"


@pytest.mark.parametrize("tool_id", [tool.id for tool in discover().all() if not tool.hidden])
def test_a_page_shows_a_picture_and_tells_engine_limits_and_price(tool_id: str) -> None:
    page = (DOCS / "tools" / f"{tool_id}.md").read_text(encoding="utf-8")
    for heading in ("## Engine", "## Limits", "## Price"):
        assert heading in page, heading
    assert f"](images/{tool_id}." in page
    picture = next((DOCS / "tools" / "images").glob(f"{tool_id}.*"))
    assert 5_000 < picture.stat().st_size < 200_000
