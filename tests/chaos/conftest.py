"""A stack and a platform that only the chaos tests disturb."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos.disturbed_platform import DisturbedPlatform
from tests.conftest import stack_settings
from workers.embedded.stack import Stack


@pytest.fixture(scope="package")
async def chaos(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DisturbedPlatform]:
    """The platform of this folder's tests, on a stack of its own."""
    stack = Stack(stack_settings(tmp_path_factory.mktemp("chaos")))
    await stack.start()
    platform = DisturbedPlatform(stack, stack.settings(), tmp_path_factory.mktemp("points"))
    await platform.start()
    yield platform
    await platform.stop()
    await stack.stop()
