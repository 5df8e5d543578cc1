"""What comes in by IMAP: taken in once, and out of the folder only when its effect is committed; whatever the server lacks, and when it breaks off."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.contents import Content
from channels.api import Outbound
from channels.email.adapter import Email
from channels.email.examining import _ways_in
from channels.email.mailbox import _quoted
from sandbox.imap import ImapServer
from sandbox.mail import Mail
from tests.channels.email.foreign import certificate
from tests.channels.email.rig import DOMAIN, LOGIN, build, settings
from tests.channels.email.test_door import OURS, fixture, reply
from tests.channels.serving import ChokingDesk, RecordingDesk

ALL = frozenset({"IDLE", "MOVE", "UIDPLUS", "AUTH=PLAIN"})
DONE, ASIDE = "Genklang done", "Genklang aside"


def lying(message: EmailMessage, *, return_path: str = "<asa@post.example>") -> bytes:
    """A message as a mail server leaves it in a mailbox."""
    return f"Return-Path: {return_path}\r\n".encode() + bytes(message).replace(b"\n", b"\r\n")


async def seen(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.01)


def at(server: ImapServer, folder: str) -> int:
    return len(server.folders[folder].letters) if folder in server.folders else 0


@asynccontextmanager
async def reading(server: ImapServer, desk: RecordingDesk, **changes: object) -> AsyncIterator[Email]:
    """The adapter, reading a mailbox instead of keeping a door."""
    options = {
        "door_port": None,
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_security": "none",
        "imap_username": server.login[0],
        "imap_password": server.login[1],
        "imap_poll_seconds": 0.1,
        **changes,
    }
    channel = build(int(str(options.pop("port", 9))), **options)
    async with channel.running(desk):
        yield channel


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    stand_in = ImapServer(LOGIN)
    async with stand_in.running():
        yield stand_in


@pytest.mark.parametrize("lacks", [frozenset(), frozenset({"IDLE"}), frozenset({"MOVE"}), ALL])
async def test_a_reply_is_taken_in_and_leaves_the_folder(lacks: frozenset[str], desk: RecordingDesk) -> None:
    server = ImapServer(LOGIN, lacks=lacks)
    server.put(lying(reply("1")))
    async with server.running(), reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
        server.put(lying(reply("2", Message_ID="<2@post.example>")))
        await seen(lambda: at(server, DONE) == 2 and at(server, "INBOX") == 0)  # without MOVE a copy comes first
    assert [(inbound.said.text, inbound.token) for inbound in desk.inbounds] == [("1", "ToK"), ("2", "ToK")]
    assert ("IDLE" in server.commands) == ("IDLE" not in lacks)


async def test_a_server_that_tells_of_messages_is_not_asked_again_and_again(
    server: ImapServer, desk: RecordingDesk
) -> None:
    async with reading(server, desk, imap_poll_seconds=3600):
        await seen(lambda: "IDLE" in server.commands)
        server.put(lying(reply()))
        await seen(lambda: at(server, DONE) == 1)
    assert server.commands.count("UID SEARCH") == 2


async def test_what_was_taken_in_is_deleted_where_no_folder_is_set(server: ImapServer, desk: RecordingDesk) -> None:
    server.put(lying(reply()))
    async with reading(server, desk, imap_done_folder=""):
        await seen(lambda: at(server, "INBOX") == 0)
    assert len(desk.inbounds) == 1
    assert set(server.folders) == {"INBOX", ASIDE}


@pytest.mark.parametrize("lost", ["at", "after"])
@pytest.mark.parametrize("lacks", [frozenset(), ALL])
async def test_a_break_between_commit_and_move_leads_to_a_repetition_with_the_same_name(
    lost: str, lacks: frozenset[str], desk: RecordingDesk
) -> None:
    server = ImapServer(LOGIN, lacks=lacks)
    command = "UID COPY" if lacks else "UID MOVE"
    setattr(server.faults, f"cut_{lost}", command)
    server.put(lying(reply()))
    async with server.running(), reading(server, desk):
        await seen(lambda: at(server, "INBOX") == 0)
    names = {inbound.external_id for inbound in desk.inbounds}
    assert len(names) == 1
    assert len(desk.inbounds) == (1 if lost == "after" and not lacks else 2)


async def test_a_message_stays_until_the_desk_has_committed(server: ImapServer, desk: RecordingDesk) -> None:
    desk.fails = True
    server.put(lying(reply()))
    async with reading(server, desk):
        await seen(lambda: desk.touched >= 1)
        assert at(server, "INBOX") == 1
        desk.fails = False
        await seen(lambda: at(server, DONE) == 1)
    assert len(desk.inbounds) == 1


async def test_a_poisonous_message_holds_up_nobody_and_is_put_aside(
    server: ImapServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email.collecting.FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("channels.email.collecting.LONGEST_PAUSE_SECONDS", 0.02)
    desk = ChokingDesk()
    server.put(lying(reply("poison", Message_ID="<0@post.example>")))
    with caplog.at_level(logging.DEBUG):
        async with reading(server, desk):
            for number in range(1, 100):
                server.put(lying(reply(str(number), Message_ID=f"<{number}@post.example>")))
                await seen(lambda n=number: len(desk.inbounds) == n)  # type: ignore[misc]
                if at(server, ASIDE):
                    break
            await seen(lambda: at(server, "INBOX") == 0)
    assert at(server, ASIDE) == 1
    assert "poison" not in caplog.text
    assert "asa@" not in caplog.text.lower()


async def test_what_cannot_be_read_and_what_is_not_for_us_is_put_aside(server: ImapServer, desk: RecordingDesk) -> None:
    server.put(b"\x00\xff not a message at all")
    server.put(lying(reply("Hello", To="dialog@sjovik.example")))
    server.put(lying(reply("x" * 20_000)))
    server.put(lying(reply("2")))
    async with reading(server, desk, door_size_bytes=10_000):
        await seen(lambda: at(server, "INBOX") == 0)
    assert (at(server, ASIDE), at(server, DONE)) == (3, 1)
    assert [inbound.said.text for inbound in desk.inbounds] == ["2"]


async def test_an_answer_to_the_sender_itself_is_known_by_the_message_that_it_answers(
    server: ImapServer, desk: RecordingDesk
) -> None:
    server.put(lying(reply("2", To="dialog@sjovik.example", In_Reply_To=OURS.message_id(41))))
    async with reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
    (inbound,) = desk.inbounds
    assert (inbound.token, inbound.message_id, inbound.address) == (None, 41, "asa@post.example")


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("dsn_rfc3464_unknown_user.eml", OURS.bounce(41), ("gone", 41)),
        ("dsn_mailbox_full.eml", OURS.bounce(41), ("failed", 41)),
        ("arf_rfc5965_abuse.eml", f"complaints@{DOMAIN}", ("opted_out", 41)),
    ],
)
async def test_bounces_and_complaints_are_reports(
    name: str, address: str, expected: tuple[str, int], server: ImapServer, desk: RecordingDesk
) -> None:
    server.put(f"Return-Path: <>\r\nDelivered-To: {address}\r\n".encode() + fixture(name, address))
    async with reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
    (report,) = desk.reports
    assert (report.status, report.message_id) == expected


async def test_an_absence_notice_is_no_word_of_the_resident(server: ImapServer, desk: RecordingDesk) -> None:
    server.put(lying(reply("I am away", Auto_Submitted="auto-replied"), return_path="<>"))
    async with reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
    assert [inbound.kind for inbound in desk.inbounds] == ["auto_reply"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_login_goes_over_tls(security: str, tmp_path: Path, desk: RecordingDesk) -> None:
    context, trusted = certificate(tmp_path)
    server = ImapServer(LOGIN, tls=context, is_starttls=security == "starttls")
    server.put(lying(reply()))
    async with server.running(), reading(server, desk, imap_security=security, ca_file=trusted):
        await seen(lambda: at(server, DONE) == 1)


@pytest.mark.parametrize("lacks", [frozenset(), frozenset({"AUTH=PLAIN"})])
@pytest.mark.parametrize("login", [("svar@sjövik.example", "hemligtåäö€"), ("svar och fråga", 'a "b" \\ c')])
async def test_a_name_and_a_password_may_hold_any_letters(
    login: tuple[str, str], lacks: frozenset[str], desk: RecordingDesk
) -> None:
    server = ImapServer(login, lacks=lacks)
    server.put(lying(reply()))
    async with server.running(), reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
    assert ("AUTHENTICATE" in server.commands, "LOGIN" in server.commands) == (not lacks, bool(lacks))


async def test_a_server_that_talks_nonsense_is_asked_again(
    server: ImapServer, desk: RecordingDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("channels.email.collecting.FIRST_PAUSE_SECONDS", 0.05)
    server.faults.nonsense_at = "UID SEARCH"
    server.put(lying(reply()))
    async with reading(server, desk):
        await seen(lambda: at(server, DONE) == 1)
    assert "cannot be read: ValueError" in caplog.text


async def test_nothing_is_told_to_a_server_that_is_not_trusted(
    tmp_path: Path, desk: RecordingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    context, _ = certificate(tmp_path)
    server = ImapServer(LOGIN, tls=context)
    async with server.running(), reading(server, desk, imap_security="tls"):
        await seen(lambda: "out of reach: SSLCertVerificationError" in caplog.text)
    assert server.commands == []


async def test_a_server_that_was_away_is_found_again(
    server: ImapServer, desk: RecordingDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("channels.email.collecting.FIRST_PAUSE_SECONDS", 0.05)
    server.faults.down = True
    async with reading(server, desk):
        await seen(lambda: "out of reach" in caplog.text)
        server.faults.down = False
        await seen(lambda: "IDLE" in server.commands)
        server.hang_up()
        server.put(lying(reply()))
        await seen(lambda: at(server, DONE) == 1)
    assert len(desk.inbounds) == 1


async def test_leaving_does_not_wait_for_the_server(server: ImapServer, desk: RecordingDesk) -> None:
    async with asyncio.timeout(60):
        async with reading(server, desk, imap_poll_seconds=3600):
            await seen(lambda: "IDLE" in server.commands)


async def test_a_conversation_by_mail_whose_answers_lie_in_a_mailbox(server: ImapServer, desk: RecordingDesk) -> None:
    mail = Mail(time.time, mailbox=server)
    async with mail.running(), reading(server, desk, port=mail.port) as channel:
        content = Content("Är parken trygg?", "sv", title="Parken")
        await channel.send([Outbound(41, "email", "asa@post.example", content, "invitation", reply_token="ToK")])
        await mail.say("asa@post.example", "Ja, för det mesta", style="outlook")
        await seen(lambda: len(desk.inbounds) == 1)
    assert (desk.inbounds[0].said.text, desk.inbounds[0].token) == ("Ja, för det mesta", "ToK")


def test_a_folder_with_letters_beyond_ascii_is_named_in_modified_utf7() -> None:
    assert _quoted("Inkorg/Åtgärdat & klart") == '"Inkorg/&AMU-tg&AOQ-rdat &- klart"'
    assert _quoted("~peter/mail/台北/日本語") == '"~peter/mail/&U,BTFw-/&ZeVnLIqe-"'  # RFC 3501, 5.1.3


async def test_doctor_tells_whether_the_mailbox_lets_us_in(server: ImapServer) -> None:
    server.put(lying(reply()))
    for password, expected in (("hemligt", ("note", "1 waiting")), ("wrong", ("wrong", "does not let us in"))):
        set_up = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none", "door_port": None}
        made = settings(9, imap_username="kommunen", imap_password=password, **set_up)
        (finding,) = await _ways_in(made)
        assert (finding.state, expected[1] in finding.what) == (expected[0], True)
    assert at(server, "INBOX") == 1
