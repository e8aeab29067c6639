"""The real stack for the whole session: PostgreSQL, S3, Temporal and an outbox, in a folder of its own."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from models.session import Database
from models.settings import Settings
from tests.openai_stand_in import OpenAiStandIn
from tests.running_platform import RunningPlatform, User, free_port
from workers.embedded.stack import Stack

REPOSITORY = Path(__file__).parent.parent

hypothesis_settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("shared machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--chaos-seed N`` replays one seed of the nemesis."""
    parser.addoption("--chaos-seed", type=int, default=None, help="run the nemesis with this seed alone")


@pytest.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The running stack; ``stack.supervisor`` restarts its parts, ``stack.environment()`` is for processes."""
    running = Stack(stack_settings(tmp_path_factory.mktemp("workshop")))
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="session")
def settings(stack: Stack) -> Settings:
    """Settings that lead to the stack. Change some with ``settings.model_copy(update={...})``."""
    return stack.settings()


def stack_settings(home: Path) -> Settings:
    """Settings of a stack that starts every part itself, whatever the environment says; weights are shared."""
    return Settings.model_construct(
        _fields_set={"workshop_home", "weights_cache", "temporal_ui_port", "api_port"},
        workshop_home=home,
        weights_cache=REPOSITORY / ".workshop" / "weights",
        temporal_ui_port=0,
        api_port=free_port(),
    )


@pytest.fixture(scope="session")
async def platform(stack: Stack, settings: Settings, text_provider: OpenAiStandIn) -> AsyncIterator[RunningPlatform]:
    """API and workers as processes of their own, with one text provider and a checkpoint that its test still makes."""
    providers = [text_provider.provider("stand-in", "slow")]
    checkpoints = [{"name": "house", "source": str(stack.home / "checkpoint"), "steps": 2}]
    overrides = {
        "TEXT_PROVIDERS": json.dumps(providers),
        "CHECKPOINTS": json.dumps(checkpoints),
        "ALLOW_PRIVATE_ADDRESSES": "true",
    }
    running = RunningPlatform(stack, settings, overrides)
    await running.start()
    yield running
    await running.stop()


@pytest.fixture(scope="session")
async def text_provider() -> AsyncIterator[OpenAiStandIn]:
    """What the platform takes for a service that speaks the OpenAI protocol."""
    async with OpenAiStandIn.running() as running:
        yield running


@pytest.fixture(scope="session")
def api_url(platform: RunningPlatform) -> str:
    """Base URL of the running API."""
    return platform.url


@pytest.fixture
async def user(api_url: str) -> AsyncIterator[User]:
    """A user who has just registered."""
    registered = await User.register(api_url)
    yield registered
    await registered.aclose()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """A door to the stack's PostgreSQL."""
    door = Database(settings)
    yield door
    await door.close()
