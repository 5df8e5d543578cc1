"""The flag that records transcripts anew, and the service that they are replayed through, started once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.transcripts.performances import Performance, perform
from tests.transcripts.scripts import Script
from tests.transcripts.stage import Stage, open_stage


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record",
        action="store_true",
        help="write the texts of the transcripts anew, and events where none are written",
    )


@pytest.fixture
def is_recording(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record", default=False))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The service, its database and the providers' stand-ins: one set for a worker's whole session."""
    with pytest.MonkeyPatch.context() as patch:
        async with open_stage(tmp_path_factory.mktemp("stage"), _sqlite_template, patch.setenv) as opened:
            yield opened


@pytest.fixture(scope="session")
def played(stage: Stage) -> Callable[[Script], Awaitable[dict[str, Performance]]]:
    """Plays a transcript over all its wires at once, and remembers how it went for the tests of the other wires."""
    performances: dict[str, dict[str, Performance]] = {}

    async def play(script: Script) -> dict[str, Performance]:
        if script.name not in performances:
            performances[script.name] = await perform(stage, script)
        return performances[script.name]

    return play
