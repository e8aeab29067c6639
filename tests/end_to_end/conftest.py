"""What the tests of the whole platform share."""

from pathlib import Path

import pytest

from tests.activities.inference.tiny_checkpoint import save_checkpoint
from tests.running_platform import RunningPlatform


@pytest.fixture(scope="session")
def checkpoint(platform: RunningPlatform) -> Path:
    """What the platform's settings name as what paints."""
    return save_checkpoint(platform.stack.home / "checkpoint")
