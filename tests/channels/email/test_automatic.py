"""Machines are told from people: by headers first, by addresses, by subjects last; and what answers itself comes to rest."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from channels.email.adapter import Email
from channels.email.addresses import OurAddresses
from channels.email.automatic import is_automatic
from channels.email.loops import LoopGuard
from sandbox.mail import Mail
from tests.channels.email.rig import DOMAIN, build
from tests.channels.email.test_door import reply
from tests.channels.serving import RecordingDesk

SENDER = "asa@post.example"
HEADERS = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "Auto-Generated; owner-email=asa@post.example"),
    ("Auto-Submitted", "auto-notified"),
    ("Precedence", "auto_reply"),
    ("Precedence", "Junk"),
    ("Precedence", "list"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", ""),
    ("X-Autoresponder", "1"),
    ("X-Autoreply-From", "asa@post.example"),
    ("X-Auto-Submitted", "auto-replied"),
    ("Delivered-To", "Autoresponder"),
    ("X-MS-Exchange-Generated-Message-Source", "Mailbox Rules Agent"),
    ("X-POST-MessageClass", "9; Autoresponder"),
    ("X-FC-MachineGenerated", "true"),
    ("X-Failed-Recipients", "kim@post.example"),
    ("List-Id", "Byalaget <byalaget.sjovik.example>"),
    ("List-Unsubscribe", "<mailto:leave@sjovik.example>"),
    ("Return-Path", "<>"),
    ("From", "MAILER-DAEMON@post.example"),
    ("From", "Mail System <postmaster@post.example>"),
    ("From", "noreply@shop.example"),
    ("From", "no-reply+7@shop.example"),
    ("From", "byalaget-request@lists.example"),
    ("Content-Type", 'multipart/report; report-type=disposition-notification; boundary="x"'),
]
SUBJECTS = [
    "Automatic reply: Parken", "Out of Office: Parken", "Autosvar: Parken", "Frånvarande: Parken", "Automatiskt svar: Parken",
    "Automaattinen vastaus: Park", "رد تلقائي: الحديقة", "پاسخ خودکار: پارک", "Автоматический ответ: Парк", "Автоответ: Парк",
    "Автоматична відповідь: Парк", "Odpowiedź automatyczna: Park", "Automatski odgovor: Park", "Automatische Antwort: Park",
    "Otomatik Yanıt: Park", "תשובה אוטומטית: הפארק", "Automatisk svar: Parken", "Undeliverable: Parken", "Automatisch antwoord: Park",
]  # fmt: skip
PEOPLE = [
    {"Subject": "Sv: Autosvar: Parken"}, {"Subject": "Automatiska dörrar i parken"}, {"Subject": "Frånvaro av bänkar"},
    {"Auto-Submitted": "no"}, {"Precedence": "first-class"}, {"X-Auto-Response-Suppress": "DR, RN, NRN"},
    {"From": "Rootsy Ek <rootsy@post.example>"}, {"X-Priority": "1"}, {"Importance": "high"},
    {"X-Mailer": "iPhone Mail (22D82)"}, {"Disposition-Notification-To": "asa@post.example"},
]  # fmt: skip


def with_header(name: str, value: str) -> EmailMessage:
    message = reply("Jag är på semester.")
    del message[name]
    message[name] = value
    return message


@pytest.mark.parametrize(("name", "value"), HEADERS)
def test_a_header_says_that_a_machine_wrote_it(name: str, value: str) -> None:
    assert is_automatic(with_header(name, value), SENDER)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_an_absence_notice_without_any_header_is_known_by_its_subject(subject: str) -> None:
    assert is_automatic(with_header("Subject", subject), SENDER)


@pytest.mark.parametrize("headers", PEOPLE, ids=str)
def test_a_person_is_a_person(headers: dict[str, str]) -> None:
    ((name, value),) = headers.items()
    assert not is_automatic(with_header(name, value), SENDER)


@pytest.mark.parametrize("sender", ["", "<>", "MAILER-DAEMON@post.example", "noreply@post.example"])
def test_an_envelope_without_a_person_is_a_machines(sender: str) -> None:
    assert is_automatic(reply(), sender)


@pytest.mark.parametrize("address", ["dialog@sjovik.example", f"reply+ToK@{DOMAIN}"])
async def test_our_own_letter_that_comes_back_is_not_answered(
    mail: Mail, channel: Email, desk: RecordingDesk, address: str
) -> None:
    await mail.send(with_header("From", address), sender=SENDER)
    assert [inbound.kind for inbound in desk.inbounds] == ["auto_reply"]


async def test_a_copy_of_our_letter_is_known_by_its_message_id(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    own = OurAddresses(DOMAIN, b"a long random text for tests").message_id(41)
    await mail.send(with_header("Message-ID", own))
    assert [inbound.kind for inbound in desk.inbounds] == ["auto_reply"]


async def test_whoever_writes_too_often_is_taken_for_a_machine(mail: Mail, desk: RecordingDesk) -> None:
    channel = build(mail.port, most_per_hour=5)
    async with channel.running(desk):
        assert channel.door_port is not None
        mail.door = ("127.0.0.1", channel.door_port)
        for number in range(7):
            await mail.send(with_header("Message-ID", f"<{number}@post.example>"))
    assert [inbound.kind for inbound in desk.inbounds] == ["said"] * 5 + ["auto_reply"] * 2


# The guard -----------------------------------------------------------------------------------------------------------


def test_an_hour_later_one_may_speak_again() -> None:
    guard = LoopGuard(2)
    assert [guard.is_loop("a", str(n), "1", at=n) for n in range(4)] == [False, False, True, True]
    assert not guard.is_loop("a", "9", "1", at=3700)


def test_addresses_are_counted_apart() -> None:
    guard = LoopGuard(1)
    assert not guard.is_loop("a", "1", "1", at=0)
    assert not guard.is_loop("b", "2", "1", at=0)


def test_a_message_that_is_sent_again_counts_once() -> None:
    guard = LoopGuard(1)
    assert [guard.is_loop("a", "same", "1", at=n) for n in range(3)] == [False] * 3


def test_the_same_long_text_again_and_again_is_a_machines_but_the_same_short_answer_is_not() -> None:
    guard = LoopGuard(50)
    long = "Jag är på semester och läser inte min e-post förrän den 15 augusti."
    assert [guard.is_loop("a", f"l{n}", long, at=n) for n in range(5)] == [False, False, False, True, True]
    assert not any(guard.is_loop("b", f"s{n}", "Ja", at=n) for n in range(20))


def test_the_guard_keeps_no_address_and_no_more_than_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.email.loops.MOST_ADDRESSES", 3)
    guard = LoopGuard(5)
    for n in range(10):
        guard.is_loop(f"asa{n}@post.example", "1", "hemligt", at=0)
    assert len(guard._heard) == 3
    assert "asa" not in repr(guard)
