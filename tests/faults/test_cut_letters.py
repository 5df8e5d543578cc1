"""A mail server that breaks off at each step there is: before the message, later; once it may have it, doubt. Nothing is lost, nothing sent twice unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from store.deliveries import doubtful, resolve
from store.schema import message
from tests.channels.email.foreign import certificate
from tests.channels.serving import free_port
from tests.faults.halls import correspondent, doubts, hall_with, reasons, tried
from tests.faults.mail_servers import BreakingServer, breaking
from tests.service.hall import OPENS, Hall, until

COUNT = 6
ALWAYS = 1_000_000
EVERYBODY = Counter(f"r{n}@post.example" for n in range(COUNT))
BEFORE_THE_MESSAGE = ("banner", "EHLO", "STARTTLS", "handshake", "AUTH", "MAIL", "RCPT", "DATA")
IN_DOUBT = ("body", "dot")


@asynccontextmanager
async def post_office(
    server: BreakingServer, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hall]:
    """Six invitations by e-mail wait for a server that wants STARTTLS and a login."""
    server.tls, trusted = certificate(folder)
    async with (
        breaking(server),
        hall_with(
            url,
            folder,
            monkeypatch,
            "email",
            GENKLANG_EMAIL_PORT=str(server.port),
            GENKLANG_EMAIL_SECURITY="starttls",
            GENKLANG_EMAIL_CA_FILE=str(trusted),
            GENKLANG_EMAIL_USERNAME="kommunen",
            GENKLANG_EMAIL_PASSWORD="hemligt",
            GENKLANG_EMAIL_CONNECTIONS="2",
            GENKLANG_EMAIL_TIMEOUT_SECONDS="5",
        ) as hall,
    ):
        hall.invite(*(correspondent(n, "email") for n in range(COUNT)), sent=False)
        yield hall


@pytest.mark.parametrize("is_pipelining", [True, False])
@pytest.mark.parametrize("step", BEFORE_THE_MESSAGE)
async def test_a_cut_before_the_message_is_tried_later(
    step: str, is_pipelining: bool, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = BreakingServer(Counter({step: ALWAYS}), is_pipelining=is_pipelining)
    async with post_office(server, sqlite_url, tmp_path, monkeypatch) as hall, hall.service.outbox.running():
        await until(lambda: tried(hall) == COUNT)
        assert hall.statuses() == {"queued": COUNT}
        assert {reason for _, reason in reasons(hall)} <= {"smtp_cannot_connect", "smtp_cut_before_data"}
        assert server.accepted == Counter()
        server.cuts.clear()
        hall.pass_time(timedelta(hours=1))
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert server.accepted == EVERYBODY
        assert doubts(hall) == 0


async def test_a_server_that_nobody_can_reach_is_tried_later(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    address = {"GENKLANG_EMAIL_PORT": str(port)}
    async with hall_with(sqlite_url, tmp_path, monkeypatch, "email", **address) as hall, hall.service.outbox.running():
        hall.invite(*(correspondent(n, "email") for n in range(COUNT)), sent=False)
        hall.service.outbox.wake()
        await until(lambda: tried(hall) == COUNT)
        assert reasons(hall) == {("queued", "smtp_cannot_connect")}
        async with breaking(BreakingServer(port=port)) as server:
            hall.pass_time(timedelta(hours=1))
            await until(lambda: hall.statuses() == {"sent": COUNT})
        assert server.accepted == EVERYBODY
        assert doubts(hall) == 0


@pytest.mark.parametrize("is_pipelining", [True, False])
@pytest.mark.parametrize("step", IN_DOUBT)
async def test_a_cut_once_the_message_may_be_there_is_a_doubt_that_waits_for_a_word(
    step: str, is_pipelining: bool, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = BreakingServer(Counter({step: ALWAYS}), is_pipelining=is_pipelining)
    async with post_office(server, database_url, tmp_path, monkeypatch) as hall, hall.service.outbox.running():
        await until(lambda: hall.statuses() == {"unknown": COUNT})
        assert reasons(hall) == {("unknown", "smtp_cut_after_data")}
        taken = EVERYBODY if step == "dot" else Counter()
        assert server.accepted == taken
        server.cuts.clear()
        hall.pass_time(timedelta(hours=1))
        await hall.service.ticker.tick()
        assert hall.statuses() == {"unknown": COUNT}  # a mass message waits
        assert server.accepted == taken
        hall.do(lambda c: resolve(c, [row.message_id for row in doubtful(c)], "resend", hall.clock.now()))
        hall.service.outbox.wake()
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert server.accepted == taken + EVERYBODY
        assert doubts(hall) == COUNT


async def test_a_cut_after_everything_was_said_costs_nothing(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = BreakingServer(Counter({"QUIT": ALWAYS}))
    async with post_office(server, sqlite_url, tmp_path, monkeypatch) as hall, hall.service.outbox.running():
        await until(lambda: hall.statuses() == {"sent": COUNT})
    assert server.accepted == EVERYBODY


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
async def test_a_server_that_closes_down_in_the_stream_delays_and_loses_nothing(
    step: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {"MAIL": "250 2.1.0 Ok", "RCPT": "250 2.1.5 Ok", "DATA": "354 Go on", "dot": "450 4.0.0 not now"}
    server = BreakingServer(answers={step: [usual[step], "421 4.3.2 Closing down"]})
    async with post_office(server, sqlite_url, tmp_path, monkeypatch) as hall, hall.service.outbox.running():
        await until(lambda: tried(hall) == COUNT)
        assert set(hall.statuses()) <= {"queued", "sent"}
        hall.pass_time(timedelta(hours=1))
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert server.accepted == EVERYBODY
        assert doubts(hall) == 0
        if step == "dot":  # before it another connection may have taken the message at once
            assert any("421" in reason for _, reason in reasons(hall))


async def test_greylisting_is_waited_out(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wish = "451 4.7.1 Greylisted, try again in 300 seconds"
    server = BreakingServer(answers={"RCPT": [wish] * COUNT})
    async with post_office(server, sqlite_url, tmp_path, monkeypatch) as hall, hall.service.outbox.running():
        await until(lambda: tried(hall) == COUNT and hall.statuses() == {"queued": COUNT})
        assert {row.due_at for row in hall.rows(message)} == {OPENS + timedelta(seconds=300)}
        assert server.accepted == Counter()
        hall.pass_time(timedelta(seconds=300))
        await until(lambda: hall.statuses() == {"sent": COUNT})
        assert server.accepted == EVERYBODY
