"""Mail fetched from a mailbox by the whole service: one turn for one letter, however often the connection breaks and by whichever way it comes."""

from __future__ import annotations

from email.message import EmailMessage

import aiosmtplib
import pytest

from channels.doors import Surroundings
from channels.email import EmailSettings, door
from channels.email.adapter import Email
from sandbox.imap import ImapServer
from store.schema import answer, contact, inbound_seen, message
from tests.service.hall import OPENS, Hall, resident, until

LOGIN = ("kommunen", "hemligt")
SECRET = "signs bounce addresses in tests"
DONE = "Genklang done"


def channel_of(server: ImapServer) -> Email:
    settings = EmailSettings(
        host="127.0.0.1",
        port=9,
        security="none",
        sender_address="dialog@vallby.example",
        secret=SECRET,
        door_port=0,
        imap_host="127.0.0.1",
        imap_port=server.port,
        imap_security="none",
        imap_username=LOGIN[0],
        imap_password=LOGIN[1],
        imap_poll_seconds=0.1,
    )
    channel = door.build(settings, Surroundings("https://dialog.vallby.example", lambda: OPENS, "Vallby kommun"))
    assert isinstance(channel, Email)
    return channel


def letter(hall: Hall, text: str, name: str, sender: str = "r1@post.example") -> bytes:
    """A reply as it lies in the mailbox."""
    made = EmailMessage()
    made["From"], made["To"] = sender, f"reply+{hall.links.token(hall.participation(1).id)}@vallby.example"
    made["Subject"], made["Message-ID"] = "Sv: Parken", f"<{name}@post.example>"
    made.set_content(text)
    return f"Return-Path: <{sender}>\r\n".encode() + bytes(made).replace(b"\n", b"\r\n")


@pytest.mark.parametrize("lost", ["cut_at", "cut_after"])
async def test_a_letter_whose_move_was_lost_is_one_turn(hall: Hall, lost: str) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    server = ImapServer(LOGIN, lacks=frozenset({"MOVE"}))
    setattr(server.faults, lost, "UID COPY")
    server.put(letter(hall, "2", "one"))
    async with server.running(), channel_of(server).running(hall.service.desk):
        await until(lambda: not server.folders["INBOX"].letters)
    assert (hall.count(inbound_seen), hall.count(answer)) == (1, 1)
    assert hall.count(message, message.c.purpose == "reply") == 1


async def test_a_letter_that_comes_by_the_door_and_by_the_mailbox_is_one_turn(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    server, data = ImapServer(LOGIN), letter(hall, "2", "one")
    async with server.running():
        channel = channel_of(server)
        async with channel.running(hall.service.desk):
            to = f"reply+{hall.links.token(hall.participation(1).id)}@vallby.example"
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=channel.door_port, start_tls=False) as session:
                await session.sendmail("r1@post.example", [to], data)
            server.put(b"Received: by another server\r\n" + data)
            await until(
                lambda: len(server.folders.get(DONE, server.folders["INBOX"]).letters) == 1 and DONE in server.folders
            )
    assert (hall.count(inbound_seen), hall.count(answer)) == (1, 1)


async def test_a_bounce_in_the_mailbox_stops_the_address_until_its_holder_writes(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    [sent] = hall.rows(message)
    server = ImapServer(LOGIN)
    async with server.running():
        channel = channel_of(server)
        bounced = channel._ours.bounce(sent.id)
        server.put(
            f"Return-Path: <>\r\nDelivered-To: {bounced}\r\nFrom: mailer-daemon@mx.example\r\nTo: {bounced}\r\n"
            "Subject: Undelivered\r\nMessage-ID: <b@mx.example>\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n--x\r\n\r\nGone.\r\n'
            "--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
            "Final-Recipient: rfc822; r1@post.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n".encode()
        )
        async with channel.running(hall.service.desk):
            await until(lambda: [row.gone_reason for row in hall.rows(contact)] == ["bounce_5.1.1"])
            server.put(letter(hall, "2", "two"))
            await until(lambda: hall.count(answer) == 1)
    assert [row.gone_at for row in hall.rows(contact)] == [None]
