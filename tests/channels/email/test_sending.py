"""Handing letters to mail servers: our stand-in, a foreign one, and ones that break off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.contents import Content
from channels.api import Outbound, Receipt
from channels.email import door
from channels.email.adapter import Email
from channels.email.errors import from_reply
from channels.errors import ChannelError, Doubtful, Misconfigured, RecipientGone, Refused, SendError, TryLater
from sandbox.mail import Mail
from tests.channels.email.foreign import certificate, foreign_server, hanging_up_at, silent_after_greeting
from tests.channels.email.rig import build, settings, surroundings
from tests.channels.serving import RecordingDesk, nobody_there

HELLO = Content("Hej!", "sv", title="Hej")


def outbound(number: int = 1, address: str = "astrid@post.example") -> Outbound:
    return Outbound(number, "email", address, HELLO, "invitation", reply_token="Tok")


async def send_one(channel: Email) -> Receipt | SendError:
    (outcome,) = await channel.send([outbound()])
    return outcome


async def test_a_batch_goes_to_everybody_over_few_connections(mail: Mail, channel: Email) -> None:
    batch = [outbound(n, f"resident{n}@post.example") for n in range(1, 251)]
    outcomes = await channel.send(batch)
    assert [outcome.message_id for outcome in outcomes if isinstance(outcome, Receipt)] == list(range(1, 251))
    assert {accepted.recipient for accepted in mail.accepted} == {o.address for o in batch}
    assert len(mail.accepted) == 250


async def test_outcomes_keep_their_order_when_some_are_refused(mail: Mail, channel: Email) -> None:
    mail.faults.gone = {"resident2@post.example"}
    mail.faults.refuse = {"resident4@post.example"}
    batch = [outbound(n, f"resident{n}@post.example") for n in range(1, 7)]
    kinds = [type(outcome) for outcome in await channel.send(batch)]
    assert kinds == [Receipt, RecipientGone, Receipt, Refused, Receipt, Receipt]


async def test_greylisting_means_later_and_then_it_goes_through(mail: Mail, channel: Email) -> None:
    mail.faults.greylist = True
    first = await send_one(channel)
    assert isinstance(first, TryLater)
    assert first.after_seconds == 60
    assert isinstance(await send_one(channel), Receipt)


async def test_a_sender_that_may_not_send_needs_a_person(mail: Mail, channel: Email) -> None:
    mail.faults.sender_refused = True
    assert isinstance(await send_one(channel), Misconfigured)


async def test_a_cut_in_the_message_leaves_doubt_and_one_before_it_none(mail: Mail, channel: Email) -> None:
    mail.faults.cut_in_data = True
    assert isinstance(await send_one(channel), Doubtful)
    mail.faults.cut_in_data, mail.faults.cut_at_mail = False, True
    assert isinstance(await send_one(channel), TryLater)
    mail.faults.cut_at_mail = False
    assert isinstance(await send_one(channel), Receipt)
    assert len(mail.accepted) == 1


async def test_a_connection_closed_while_idle_is_opened_anew(mail: Mail, channel: Email) -> None:
    assert isinstance(await send_one(channel), Receipt)
    for session in list(mail._sessions):
        session.close()
    assert isinstance(await send_one(channel), Receipt)


async def test_a_server_that_was_down_is_used_again_when_it_is_back(mail: Mail, channel: Email) -> None:
    await send_one(channel)
    mail.faults.down = True
    assert isinstance(await send_one(channel), TryLater)
    mail.faults.down = False
    assert isinstance(await send_one(channel), Receipt)


async def test_connections_are_renewed_after_their_number_of_messages(mail: Mail) -> None:
    channel = build(mail.port, connections=1, messages_per_connection=3, door_port=None)
    greeted = 0
    greet = mail.greet

    def count() -> str:
        nonlocal greeted
        greeted += 1
        return greet()

    mail.greet = count  # type: ignore[method-assign]
    async with channel.running(RecordingDesk()):
        await channel.send([outbound(n) for n in range(7)])
    assert greeted == 3


@pytest.mark.parametrize("word", [b"EHLO", b"MAIL", b"RCPT", b"DATA"])
async def test_a_wire_that_breaks_before_the_message_means_later(word: bytes) -> None:
    async with hanging_up_at(word) as port:
        assert isinstance(await send_one(build(port)), TryLater)


@pytest.mark.parametrize("word", [b"<HALF>", b"."])
async def test_a_wire_that_breaks_in_or_after_the_message_leaves_doubt(word: bytes) -> None:
    async with hanging_up_at(word) as port:
        assert isinstance(await send_one(build(port)), Doubtful)


async def test_a_silent_server_means_later_for_the_whole_batch_at_once() -> None:
    async with hanging_up_at(b"EHLO", greeting=b"") as port:
        outcomes = await build(port, timeout_seconds=0.2).send([outbound(n) for n in range(40)])
    assert {type(outcome) for outcome in outcomes} == {TryLater}


async def test_a_server_that_speaks_no_smtp_means_later() -> None:
    async with hanging_up_at(b"NEVER", greeting=b"HTTP/1.1 400 Bad Request\r\n") as port:
        assert isinstance(await send_one(build(port)), TryLater)


async def test_nobody_listening_means_later() -> None:
    port = int(nobody_there().rpartition(":")[2])
    assert isinstance(await send_one(build(port)), TryLater)


async def test_a_send_that_is_given_up_leaves_no_connection_behind() -> None:
    reached, left = asyncio.Event(), asyncio.Event()
    async with silent_after_greeting(reached, left) as port:
        sending = asyncio.create_task(build(port, timeout_seconds=60).send([outbound()]))
        await reached.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.wait_for(left.wait(), 60)


# A foreign server ----------------------------------------------------------------------------------------------------


async def test_a_foreign_server_takes_our_letters() -> None:
    async with foreign_server() as server:
        channel = build(server.port, door_port=None)
        async with channel.running(RecordingDesk()):
            outcomes = await channel.send([outbound(n) for n in range(1, 21)])
    assert all(isinstance(outcome, Receipt) for outcome in outcomes)
    assert {envelope.rcpt_tos[0] for envelope in server.taken} == {"astrid@post.example"}
    assert len({envelope.mail_from for envelope in server.taken}) == 20


async def test_login_goes_over_starttls(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    async with foreign_server(tls=context, login=("kommunen", "hemligt")) as server:
        options = {"security": "starttls", "ca_file": trusted, "username": "kommunen"}
        assert isinstance(await send_one(build(server.port, password="hemligt", **options)), Receipt)
        assert isinstance(await send_one(build(server.port, password="fel", **options)), Misconfigured)


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    async with foreign_server(tls=context, is_implicit=True) as server:
        assert isinstance(await send_one(build(server.port, security="tls", ca_file=trusted)), Receipt)


@pytest.mark.parametrize(("security", "is_implicit"), [("tls", True), ("starttls", False)])
async def test_a_certificate_that_nobody_vouches_for_needs_a_person(
    tmp_path: Path, security: str, is_implicit: bool
) -> None:
    context, _ = certificate(tmp_path)
    async with foreign_server(tls=context, is_implicit=is_implicit) as server:
        assert isinstance(await send_one(build(server.port, security=security)), Misconfigured)


async def test_a_server_without_starttls_is_not_spoken_to_in_the_clear() -> None:
    async with foreign_server() as server:
        assert isinstance(await send_one(build(server.port, security="starttls")), Misconfigured)
        assert not server.taken


async def test_one_refusal_does_not_spoil_the_connection() -> None:
    async with foreign_server() as server:
        channel = build(server.port, connections=1, door_port=None)
        async with channel.running(RecordingDesk()):
            server.recipient_reply = "550 5.1.1 nobody"
            assert isinstance(await send_one(channel), RecipientGone)
            server.recipient_reply = "250 Ok"
            assert isinstance(await send_one(channel), Receipt)
        assert len(server.sessions) == 1


# What answers mean ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "code", "text", "kind"),
    [
        ("recipient", 550, "5.1.1 <x@y> User unknown", RecipientGone),
        ("recipient", 550, "No such user here", RecipientGone),
        ("recipient", 553, "mailbox name not allowed", RecipientGone),
        ("recipient", 556, "5.1.10 Recipient has null MX", RecipientGone),
        ("recipient", 550, "5.7.1 Blocked by policy", Refused),
        ("recipient", 552, "5.2.2 Mailbox full", Refused),
        ("recipient", 554, "5.7.1 <x@y>: Relay access denied", Misconfigured),
        ("recipient", 530, "5.7.0 Authentication required", Misconfigured),
        ("recipient", 450, "4.2.1 Busy", TryLater),
        ("recipient", 421, "4.7.0 Closing", TryLater),
        ("sender", 550, "5.1.8 Sender domain does not exist", Misconfigured),
        ("sender", 553, "5.7.1 Sender not owned by user", Misconfigured),
        ("sender", 552, "5.3.4 Message too big", Refused),
        ("sender", 451, "4.3.0 Try later", TryLater),
        ("message", 554, "5.6.0 Not liked", Refused),
        ("message", 550, "5.7.26 DMARC fails", Misconfigured),
        ("message", 550, "5.1.1 No such user", RecipientGone),
        ("message", 452, "4.3.1 Out of space", TryLater),
        ("login", 535, "5.7.8 Bad credentials", Misconfigured),
        ("login", 454, "4.7.0 Temporary failure", TryLater),
        ("connect", 554, "No service", Misconfigured),
    ],
)
def test_an_answer_means_one_named_failure(step: str, code: int, text: str, kind: type[SendError]) -> None:
    error = from_reply(step, code, text)
    assert type(error) is kind
    assert "x@y" not in error.reason


@pytest.mark.parametrize(
    ("text", "seconds"), [("try again in 5 minutes", 300), ("wait 30 seconds", 30), ("busy", None)]
)
def test_a_servers_wish_is_heard(text: str, seconds: float | None) -> None:
    assert from_reply("recipient", 451, f"4.7.1 Greylisted, {text}").after_seconds == seconds


# Settings ------------------------------------------------------------------------------------------------------------


def test_without_a_server_there_is_no_channel() -> None:
    assert door.build(settings(25, host=""), surroundings()) is None


@pytest.mark.parametrize("missing", ["sender_address", "secret"])
def test_half_a_configuration_is_refused_by_name(missing: str) -> None:
    with pytest.raises(ChannelError, match=f"GENKLANG_EMAIL_{missing.upper()}"):
        door.build(settings(25, **{missing: ""}), surroundings())


def test_every_setting_has_a_default_and_a_description() -> None:
    fields = door.settings.model_fields
    assert not [name for name, field in fields.items() if field.is_required() or not field.description]
