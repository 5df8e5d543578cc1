"""What comes in by the door: replies, automatic answers, bounces and complaints; and what does not."""

from __future__ import annotations

import asyncio
import logging
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from bot.contents import Content
from channels.api import Outbound
from channels.email.adapter import Email
from channels.email.addresses import OurAddresses
from channels.email.automatic import is_automatic
from channels.email.reading import parse, words_of
from sandbox.mail import Mail
from tests.channels.email.rig import DOMAIN, build
from tests.channels.serving import RecordingDesk

OURS = OurAddresses(DOMAIN, b"a long random text for tests")
OTHERS = OurAddresses(DOMAIN, b"another")
MESSAGES = Path(__file__).parent / "messages"


def reply(text: str = "2", **headers: str) -> EmailMessage:
    message = EmailMessage()
    fields = {"From": "Åsa Ek <Asa@Post.example>", "To": f"reply+ToK@{DOMAIN}", "Subject": "Sv: Parken",
              "Message-ID": "<1@post.example>"}  # fmt: skip
    for name, value in {**fields, **{name.replace("_", "-"): value for name, value in headers.items()}}.items():
        message[name] = value
    message.set_content(text)
    return message


def fixture(name: str, address: str) -> bytes:
    """A message from the RFCs' pages, sent to one of our addresses."""
    text = (MESSAGES / name).read_text(encoding="utf-8").replace("{address}", address)
    return text.replace("{message_id}", OURS.message_id(41)).replace("\n", "\r\n").encode()


async def deliver(mail: Mail, data: bytes, address: str, sender: str = "") -> None:
    """Hand bytes to the door as they are."""
    assert mail.door is not None
    host, port = mail.door
    async with aiosmtplib.SMTP(hostname=host, port=port, start_tls=False) as session:
        await session.mail(sender)
        await session.rcpt(address)
        await session.data(data)


# Replies -------------------------------------------------------------------------------------------------------------


async def test_a_reply_names_its_participation_author_and_message(
    mail: Mail, channel: Email, desk: RecordingDesk
) -> None:
    await mail.send(reply("2\n", In_Reply_To=OURS.message_id(41), Date="Mon, 02 Mar 2026 10:00:00 +0100"))
    (inbound,) = desk.inbounds
    assert (inbound.kind, inbound.said.text, inbound.token) == ("said", "2", "ToK")
    assert (inbound.address, inbound.message_id) == ("asa@post.example", 41)
    assert inbound.sent_at is not None
    assert inbound.sent_at.hour == 9


async def test_a_message_id_that_we_never_gave_names_none(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    await mail.send(reply(In_Reply_To=OTHERS.message_id(41)))
    assert desk.inbounds[0].message_id is None


async def test_a_whole_conversation_by_mail(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    content = Content("Är parken trygg?", "sv", title="Parken")
    await channel.send([Outbound(41, "email", "asa@post.example", content, "invitation", reply_token="ToK")])
    await mail.say("asa@post.example", "Ja, för det mesta", style="outlook")
    (inbound,) = desk.inbounds
    assert (inbound.said.text, inbound.token) == ("Ja, för det mesta", "ToK")
    assert inbound.message_id == 41


async def test_what_the_store_did_not_take_is_sent_again(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    desk.fails = True
    asyncio.get_running_loop().call_later(0.15, setattr, desk, "fails", False)
    await mail.send(reply())
    assert [inbound.said.text for inbound in desk.inbounds] == ["2"]


@pytest.mark.parametrize(
    "address",
    [f"dialog@{DOMAIN}", f"reply+@{DOMAIN}", "reply+ToK@elsewhere.example", OTHERS.bounce(41), f"bounce+41@{DOMAIN}",
     f"postmaster@{DOMAIN}"],
)  # fmt: skip
async def test_only_addresses_that_we_made_are_taken_in(
    mail: Mail, channel: Email, desk: RecordingDesk, address: str
) -> None:
    with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refusal:
        await deliver(mail, reply().as_bytes(), address, "asa@post.example")
    assert refusal.value.code == 550
    assert desk.touched == 0


async def test_what_is_too_big_is_refused(mail: Mail, desk: RecordingDesk) -> None:
    channel = build(mail.port, door_size_bytes=20_000)
    async with channel.running(desk):
        assert channel.door_port is not None
        mail.door = ("127.0.0.1", channel.door_port)
        with pytest.raises(aiosmtplib.SMTPResponseException, match="552"):
            await mail.send(reply("rad\n" * 10_000))
    assert desk.touched == 0


async def test_the_door_speaks_lmtp_and_answers_for_each_recipient(mail: Mail, desk: RecordingDesk) -> None:
    channel = build(mail.port, door_protocol="lmtp")
    async with channel.running(desk):
        reader, writer = await asyncio.open_connection("127.0.0.1", channel.door_port)
        lines = [
            "LHLO x",
            "MAIL FROM:<asa@post.example>",
            f"RCPT TO:<reply+A@{DOMAIN}>",
            f"RCPT TO:<reply+B@{DOMAIN}>",
            "DATA",
        ]
        for line in lines:
            writer.write(line.encode() + b"\r\n")
            while (await reader.readline())[3:4] == b"-":
                pass
            if line == "LHLO x":
                continue
        await reader.readline()
        writer.write(reply().as_bytes().replace(b"\n", b"\r\n") + b"\r\n.\r\n")
        answers = [await asyncio.wait_for(reader.readline(), 60) for _ in range(2)]
        writer.close()
        await writer.wait_closed()
    assert [answer[:3] for answer in answers] == [b"250", b"250"]
    assert [inbound.token for inbound in desk.inbounds] == ["A", "B"]
    assert len({inbound.external_id for inbound in desk.inbounds}) == 2


async def test_no_address_or_text_reaches_any_log(
    mail: Mail, channel: Email, desk: RecordingDesk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.fails = True
    with caplog.at_level(logging.DEBUG), pytest.raises(aiosmtplib.SMTPDataError):
        await deliver(mail, reply("Hemlig").as_bytes(), f"reply+ToK@{DOMAIN}", "asa@post.example")
    assert "ConnectionError" in caplog.text
    assert not [secret for secret in ("asa@", "ToK", "Hemlig") if secret in caplog.text]


# Automatic answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "Frånvaro"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
    ],
)
async def test_what_a_machine_answers_is_marked_and_not_read(
    mail: Mail, channel: Email, desk: RecordingDesk, headers: dict[str, str]
) -> None:
    await mail.send(reply("Jag är på semester.", **headers))
    (inbound,) = desk.inbounds
    assert (inbound.kind, inbound.said.text, inbound.token) == ("auto_reply", None, "ToK")


async def test_what_has_no_return_path_is_automatic(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    await mail.send(reply("Jag är på semester."), sender="")
    assert desk.inbounds[0].kind == "auto_reply"


def test_auto_submitted_no_is_a_person() -> None:
    assert not is_automatic(reply(Auto_Submitted="no"), "asa@post.example")


@pytest.mark.parametrize(
    ("subject", "words"),
    [("STOPP", "STOPP"), ("Res: ja", "Res: ja"), ("Ja", "Ja"), ("2", "2")]
    + [
        (f"{prefix} Parken", "")
        for prefix in ("Sv:", "Re:", "SV :", "RE[2]:", "Odp.:", "Отв:", "Відп:", "پاسخ:", "Antw:")
    ],
)
def test_an_empty_message_says_its_subject_unless_that_is_ours(subject: str, words: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("")
    assert words_of(message) == words


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\xff\xfe\x00", b"From: =?utf-8?b?!!?=\r\nDate: x\r\nMessage-ID: <[x]>\r\n\r\n2"]
)
async def test_what_is_hardly_a_message_is_taken_in_all_the_same(
    mail: Mail, channel: Email, desk: RecordingDesk, raw: bytes
) -> None:
    await deliver(mail, raw, f"reply+ToK@{DOMAIN}", "asa@post.example")
    assert [inbound.token for inbound in desk.inbounds] == ["ToK"]


def test_broken_mime_is_read_as_far_as_it_goes() -> None:
    raw = b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nJa\r\n"
    assert words_of(parse(raw)) == "Ja"


# Bounces and complaints ----------------------------------------------------------------------------------------------


async def test_a_mailbox_that_bounces_is_reported_gone(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    mail.faults.bounce.add("asa@post.example")
    content = Content("Hej", "sv")
    await channel.send([Outbound(41, "email", "asa@post.example", content, "invitation", reply_token="ToK")])
    await mail.settled()
    (report,) = desk.reports
    assert (report.status, report.message_id, report.reason) == ("gone", 41, "bounce_5.1.1")
    assert mail.undeliverable == []


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("dsn_rfc3464_unknown_user.eml", "gone", "bounce_5.1.1"),
        ("dsn_rfc3464_expired.eml", "failed", "bounce_4.4.7"),
        ("dsn_mailbox_full.eml", "failed", "bounce_5.2.2"),
        ("dsn_status_in_diagnostic.eml", "gone", "bounce_5.1.1"),
        ("dsn_delivered.eml", "delivered", "dsn"),
        ("bounce_qmail.eml", "gone", "bounce_5.1.1"),
        ("arf_rfc5965_abuse.eml", "opted_out", "complaint"),
    ],
)
async def test_what_a_server_reports_is_understood(
    mail: Mail, channel: Email, desk: RecordingDesk, name: str, status: str, reason: str
) -> None:
    await deliver(mail, fixture(name, OURS.bounce(41)), OURS.bounce(41))
    (report,) = desk.reports
    assert (report.channel, report.status, report.message_id, report.reason) == ("email", status, 41, reason)
    assert not desk.inbounds


@pytest.mark.parametrize("name", ["dsn_rfc3464_delayed.eml", "vacation.eml"])
async def test_a_delay_or_a_vacation_settles_nothing(
    mail: Mail, channel: Email, desk: RecordingDesk, name: str
) -> None:
    await deliver(mail, fixture(name, OURS.bounce(41)), OURS.bounce(41))
    assert desk.touched == 0


async def test_a_repeated_bounce_has_the_same_id(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    for _ in range(2):
        await deliver(mail, fixture("dsn_rfc3464_unknown_user.eml", OURS.bounce(41)), OURS.bounce(41))
    first, second = desk.reports
    assert first.external_id == second.external_id


async def test_a_complaint_is_known_by_the_message_it_carries(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    await deliver(mail, fixture("arf_rfc5965_abuse.eml", OURS.bounce(41)), f"complaints@{DOMAIN}")
    assert [(report.status, report.message_id) for report in desk.reports] == [("opted_out", 41)]


async def test_a_complaint_about_a_forged_message_settles_nothing(
    mail: Mail, channel: Email, desk: RecordingDesk
) -> None:
    data = fixture("arf_rfc5965_abuse.eml", OTHERS.bounce(41)).replace(
        OURS.message_id(41).encode(), OTHERS.message_id(41).encode()
    )
    await deliver(mail, data, f"complaints@{DOMAIN}")
    assert desk.touched == 0
