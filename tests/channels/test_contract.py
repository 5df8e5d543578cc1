"""Every channel runs every case of the contract that its rig can play, over real sockets."""

from __future__ import annotations

import pytest

from tests.channels.cases import CASES, Case
from tests.channels.rigs import Rig, rigs

TABLE = [
    pytest.param(name, case, id=f"{name}-{case.says}")
    for name, kind in rigs().items()
    for case in CASES
    if case.needs <= kind.can
]


@pytest.mark.parametrize(("rig", "case"), TABLE, indirect=["rig"])
async def test_every_channel_keeps_the_contract(rig: Rig, case: Case, caplog: pytest.LogCaptureFixture) -> None:
    await case.run(rig, caplog)


def test_every_case_is_played_by_some_channel() -> None:
    played = {case.says for parameters in TABLE for case in parameters.values[1:]}
    assert played == {case.says for case in CASES}
