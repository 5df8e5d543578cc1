"""Many commands at once: every envelope gets its own right outcome, whatever the server does at whichever step."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.sinks import sink
from channels.email.connections import Connections
from channels.email.envelopes import Envelope, Outcome
from channels.email.errors import Step, from_reply
from channels.errors import Doubtful, Misconfigured, RecipientGone, Refused, SendError, TryLater
from tests.channels.email.foreign import foreign_server
from tests.channels.email.rig import settings as email_settings
from tests.channels.email.scripted import CUT, GARBLED, SILENT, Script, ScriptedServer, scripted
from tests.channels.serving import nobody_there

FINE = Script()
BODY = b"Subject: hej\r\n\r\n.a line that begins with a dot\r\n..two\r\nend\r\n"


def envelopes(scripts: Sequence[Script], body: bytes = BODY) -> tuple[int, Callable[[int], Envelope]]:
    """So many, and how each is made: what `Connections.deliver` wants."""
    return len(scripts), lambda n: Envelope(f"bounce+{n}@a.example", f"resident{n}@b.example", body)


async def deliver(
    scripts: Sequence[Script], *, server: ScriptedServer | None = None, body: bytes = BODY, **changes: object
) -> tuple[list[Outcome], ScriptedServer]:
    """Hand the envelopes over by one connection at a time (unless told otherwise), and give what came of it."""
    made = server or ScriptedServer({})
    made.scripts = {f"bounce+{n}@a.example": script for n, script in enumerate(scripts)}
    async with scripted(made) as running:
        options = {"connections": 1, **changes}
        connections = Connections(email_settings(running.port, **options))
        async with connections.running():
            outcomes = await asyncio.wait_for(connections.deliver(*envelopes(scripts, body)), 60)
    return outcomes, made


def told(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{type(o).__name__} {o.reason}" if isinstance(o, SendError) else "sent" for o in outcomes]


def recipients(server: ScriptedServer) -> list[str]:
    return [recipient for recipient, _ in server.taken]


async def test_the_next_envelope_rides_behind_the_end_of_the_one_before() -> None:
    outcomes, server = await deliver([FINE] * 20)
    assert told(outcomes) == ["sent"] * 20
    assert server.most_lines_at_once == BODY.count(b"\r\n") + 1 + 3
    assert server.sessions == 1


async def test_messages_arrive_as_they_were_with_their_dots_doubled_on_the_wire() -> None:
    _, server = await deliver([FINE] * 3)
    assert [data.replace(b"\r\n..", b"\r\n.") for _, data in server.taken] == [BODY] * 3


async def test_without_pipelining_one_command_waits_for_the_answer_to_the_one_before() -> None:
    outcomes, server = await deliver([FINE] * 5, server=ScriptedServer({}, has_pipelining=False))
    assert told(outcomes) == ["sent"] * 5
    assert server.most_lines_at_once == BODY.count(b"\r\n") + 1
    outcomes, server = await deliver([FINE] * 5, pipelining=False)
    assert server.most_lines_at_once == BODY.count(b"\r\n") + 1


@pytest.mark.parametrize("is_stubborn", [False, True])
async def test_a_refused_recipient_gets_nothing_though_data_was_sent_already(is_stubborn: bool) -> None:
    gone = Script(rcpt="550 5.1.1 nobody", is_stubborn=is_stubborn)
    outcomes, server = await deliver([FINE, gone, gone, FINE, gone])
    assert [type(o) for o in outcomes] == [str, RecipientGone, RecipientGone, str, RecipientGone]
    assert recipients(server) == ["resident0@b.example", "resident3@b.example"]
    assert all(data for _, data in server.taken)
    assert server.sessions == 1


async def test_a_dot_is_not_sent_to_a_recipient_that_was_accepted() -> None:
    """MAIL refused, RCPT and DATA granted: a lone dot would deliver an empty message."""
    taken: list[bytes] = []
    has_ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while line := await reader.readline():
            answers = {
                b"EHLO": b"250-x\r\n250 PIPELINING\r\n",
                b"MAIL": b"550 5.7.1 not you\r\n",
                b"DATA": b"354 go\r\n",
            }
            if line == b".\r\n":
                taken.append(line)
            writer.write(answers.get(line[:4], b"250 ok\r\n"))
        writer.close()
        has_ended.set()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        connections = Connections(email_settings(listener.sockets[0].getsockname()[1], connections=1))
        async with connections.running():
            outcomes = await connections.deliver(*envelopes([FINE] * 2))
        await asyncio.wait_for(has_ended.wait(), 60)
    assert [type(o) for o in outcomes] == [Misconfigured] * 2
    assert not taken


async def test_a_server_that_answers_drop_by_drop_is_taken_for_silent() -> None:
    has_ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while (line := await reader.readline()) and line != b".\r\n":
            answers = {b"EHLO": b"250-x\r\n250 PIPELINING\r\n", b"DATA": b"354 go\r\n"}
            if line[:4] in (*answers, b"MAIL", b"RCPT"):
                writer.write(answers.get(line[:4], b"250 ok\r\n"))
        try:
            while not reader.at_eof():
                writer.write(b"2")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass  # we have hung up: that is what is hoped for
        finally:
            writer.transport.abort()
            has_ended.set()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listener:
        mail_server = email_settings(listener.sockets[0].getsockname()[1], connections=1, timeout_seconds=2)
        connections = Connections(mail_server)
        async with connections.running():
            outcomes = await asyncio.wait_for(connections.deliver(*envelopes([FINE])), 60)
        await asyncio.wait_for(has_ended.wait(), 60)
    assert told(outcomes) == ["Doubtful smtp_cut_after_data"]


STEPS = ("mail", "rcpt", "data", "message")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "answer", [CUT, SILENT, GARBLED, "421 4.3.2 closing", "451 4.7.1 greylisted", "552 5.3.4 too big"]
)
async def test_trouble_at_any_step_harms_only_its_own_envelope(step: str, answer: str) -> None:
    patience = 2 if answer == SILENT else 30
    outcomes, server = await deliver([FINE, FINE, Script(**{step: answer}), FINE, FINE], timeout_seconds=patience)
    expected: type[object] = Refused if answer.startswith("552") else TryLater
    if step == "message" and answer in (CUT, SILENT, GARBLED):
        expected = Doubtful
    assert [type(o) for o in outcomes] == [str, str, expected, str, str]
    assert Counter(recipients(server)) == Counter(f"resident{n}@b.example" for n in (0, 1, 3, 4))


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("enough", ["452 4.5.3 Too many recipients", "421 4.7.0 Too many messages, come again"])
async def test_a_server_that_takes_few_over_each_connection_gets_all_over_many(enough: str, pipelining: bool) -> None:
    server = ScriptedServer({}, most_a_session=3, enough=enough)
    outcomes, server = await deliver([FINE] * 10, server=server, pipelining=pipelining)
    assert told(outcomes) == ["sent"] * 10
    assert len(server.taken) == 10
    assert server.sessions == 4


async def test_a_server_that_takes_nothing_at_all_is_asked_once_for_each() -> None:
    outcomes, server = await deliver([FINE] * 4, server=ScriptedServer({}, most_a_session=0))
    assert told(outcomes) == ["TryLater smtp_recipient_452_4.5.3"] * 4
    assert server.sessions <= 4


@pytest.mark.parametrize("pipelining", [True, False])
async def test_of_a_code_that_nobody_knows_the_first_digit_counts(pipelining: bool) -> None:
    odd = Script(mail="240 hm", rcpt="252 cannot verify, will try", data="350 go on", message="299 all right")
    outcomes, server = await deliver([FINE, odd, odd, FINE], pipelining=pipelining)
    assert told(outcomes) == ["sent"] * 4
    assert (len(server.taken), server.sessions) == (4, 1)


async def test_a_server_that_knows_no_ehlo_is_greeted_as_of_old() -> None:
    outcomes, server = await deliver([FINE] * 3, server=ScriptedServer({}, has_ehlo=False))
    assert told(outcomes) == ["sent"] * 3
    assert len(server.taken) == 3


async def test_a_greylisting_servers_wish_is_heard() -> None:
    outcomes, _ = await deliver([Script(rcpt="451 4.7.1 Greylisted, try again in 5 minutes"), FINE])
    assert isinstance(outcomes[0], TryLater)
    assert outcomes[0].after_seconds == 300


async def test_a_cut_in_the_middle_of_a_long_message_is_no_doubt() -> None:
    """The final dot never left us, so the server cannot have taken it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while not (line := await reader.readline()).startswith(b"DATA"):
            writer.write(b"250-x\r\n250 PIPELINING\r\n" if line.startswith(b"EHLO") else b"250 ok\r\n")
        writer.write(b"354 go\r\n")
        await reader.read(100_000)
        writer.transport.abort()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1000)
    async with listener:
        connections = Connections(email_settings(listener.sockets[0].getsockname()[1], connections=1))
        (outcome,) = await connections.deliver(*envelopes([FINE], b"x" * 70 + b"\r\n" + b"y" * 50_000_000 + b"\r\n"))
    assert told([outcome]) == ["TryLater smtp_cut_in_message"]


async def test_a_long_message_arrives_whole() -> None:
    body = b"Subject: long\r\n\r\n" + b"a line of some length, again and again\r\n" * 20_000
    outcomes, server = await deliver([FINE] * 3, body=body)
    assert told(outcomes) == ["sent"] * 3
    assert [data for _, data in server.taken] == [body] * 3


async def test_an_urgent_envelope_overtakes_those_that_wait() -> None:
    server = ScriptedServer({f"bounce+{n}@a.example": FINE for n in range(500)} | {"u@a.example": FINE})
    async with scripted(server):
        connections = Connections(email_settings(server.port, connections=1, messages_per_connection=1000))
        async with connections.running():
            crowd = asyncio.create_task(connections.deliver(*envelopes([FINE] * 500)))
            while not server.taken:  # noqa: ASYNC110  (the server tells nobody)
                await asyncio.sleep(0)
            await connections.deliver(1, lambda _: Envelope("u@a.example", "urgent@b.example", BODY), urgent={0})
            await crowd
    assert recipients(server).index("urgent@b.example") < 400
    assert len(server.taken) == 501


async def test_a_server_that_lets_in_few_of_us_gets_all_through_those() -> None:
    outcomes, server = await deliver([FINE] * 200, server=ScriptedServer({}, most_sessions=2), connections=6)
    assert told(outcomes) == ["sent"] * 200
    assert len(server.taken) == 200


async def test_an_address_with_a_command_in_it_is_refused() -> None:
    server = ScriptedServer({"a@a.example": FINE})
    async with scripted(server):
        connections = Connections(email_settings(server.port))
        async with connections.running():
            (outcome,) = await connections.deliver(1, lambda _: Envelope("a@a.example", "x@y>\r\nRCPT TO:<z@y", BODY))
    assert isinstance(outcome, Refused)
    assert not recipients(server)


async def test_what_cannot_be_made_harms_no_other() -> None:
    server = ScriptedServer({f"bounce+{n}@a.example": FINE for n in range(9)})
    count, make = envelopes([FINE] * 9)

    def refusing(place: int) -> Envelope:
        if place % 2 == 0:
            raise Refused("no_such_letter")
        return make(place)

    async with scripted(server):
        connections = Connections(email_settings(server.port, connections=1))
        async with connections.running():
            outcomes = await connections.deliver(count, refusing)
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [place % 2 == 0 for place in range(9)]
    assert recipients(server) == [f"resident{place}@b.example" for place in (1, 3, 5, 7)]


async def test_a_defect_in_the_making_is_heard_and_nobody_waits_for_ever() -> None:
    server = ScriptedServer({})
    async with scripted(server):
        connections = Connections(email_settings(server.port, connections=2))
        async with connections.running():
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(connections.deliver(5, lambda n: 1 // 0), 60)  # type: ignore[arg-type, return-value]


async def test_a_defect_of_ours_is_heard_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.email.transactions.from_reply", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await deliver([FINE, Script(rcpt="550 no"), FINE])


# Several servers ------------------------------------------------------------------------------------------------------


async def test_the_next_server_is_used_while_the_first_is_down() -> None:
    second = ScriptedServer({f"bounce+{n}@a.example": FINE for n in range(10)})
    async with scripted(second):
        down = int(nobody_there().rpartition(":")[2])
        connections = Connections(email_settings(down, more_relays=f"127.0.0.1:{second.port}", connections=2))
        async with connections.running():
            outcomes = await connections.deliver(*envelopes([FINE] * 10))
    assert told(outcomes) == ["sent"] * 10
    assert len(second.taken) == 10


async def test_servers_used_in_turn_leave_the_second_alone_while_the_first_is_well() -> None:
    second = ScriptedServer({})
    async with scripted(second):
        outcomes, first = await deliver([FINE] * 10, more_relays=f"127.0.0.1:{second.port}", connections=4)
    assert told(outcomes) == ["sent"] * 10
    assert (len(first.taken), second.sessions) == (10, 0)


async def test_spread_servers_share_the_work() -> None:
    second = ScriptedServer({f"bounce+{n}@a.example": FINE for n in range(200)})
    async with scripted(second):
        options = {"more_relays": f"127.0.0.1:{second.port}", "relay_order": "spread", "connections": 2}
        outcomes, first = await deliver([FINE] * 200, **options)
    assert told(outcomes) == ["sent"] * 200
    assert first.taken
    assert second.taken
    assert (first.sessions, second.sessions) == (2, 2) or first.sessions + second.sessions >= 4
    assert sorted(recipients(first) + recipients(second)) == sorted(f"resident{n}@b.example" for n in range(200))


@pytest.mark.parametrize("relay", ["mail2.example.org", "mail2:port", ":25", "mail2:99999"])
def test_a_server_without_a_port_is_refused_with_a_remedy(relay: str) -> None:
    with pytest.raises(ValueError, match="write host:port"):
        email_settings(25, more_relays=relay)


# Foreign servers ------------------------------------------------------------------------------------------------------


async def test_a_foreign_server_without_pipelining_takes_a_crowd() -> None:
    async with foreign_server() as server:
        connections = Connections(email_settings(server.port, connections=3))
        async with connections.running():
            outcomes = await connections.deliver(*envelopes([FINE] * 60))
    assert told(outcomes) == ["sent"] * 60
    assert len({envelope.rcpt_tos[0] for envelope in server.taken}) == 60


@pytest.mark.skipif(shutil.which("smtp-sink", path="/usr/sbin:/usr/bin") is None, reason="Postfix is not installed")
async def test_postfix_takes_a_crowd() -> None:
    with sink() as port:
        connections = Connections(email_settings(port, connections=5))
        async with connections.running():
            outcomes = await connections.deliver(*envelopes([FINE] * 1000))
    assert told(outcomes) == ["sent"] * 1000


# Any script -----------------------------------------------------------------------------------------------------------

REFUSALS = ("450 4.2.1 busy", "451 4.7.1 wait 30 seconds", "550 5.1.1 nobody", "554 5.7.1 policy", "552 5.2.2 full")
TROUBLE = st.sampled_from((*REFUSALS, "421 4.3.2 closing", CUT, GARBLED))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    step = draw(st.sampled_from(("none", "none", *STEPS)))
    fields = {} if step == "none" else {step: draw(TROUBLE)}
    if draw(st.booleans()):
        fields["rcpt"] = draw(st.sampled_from(REFUSALS))
    return Script(**fields, is_stubborn=draw(st.booleans()))


def foreseen(script: Script) -> str:
    """What the first step that goes wrong means, read off the script alone."""
    names: dict[str, Step] = {"mail": "sender", "rcpt": "recipient", "data": "data", "message": "message"}
    for field, step in names.items():
        answer = getattr(script, field)
        if answer == getattr(FINE, field):
            continue
        if answer in (CUT, GARBLED) and step == "message":
            return "Doubtful smtp_cut_after_data"
        if answer in (CUT, GARBLED):
            return f"TryLater {'smtp_cut_before_data' if answer == CUT else 'smtp_answer_not_understood'}"
        error = from_reply(step, int(answer[:3]), answer[4:])
        return f"{type(error).__name__} {error.reason}"
    return "sent"


@settings(max_examples=150, deadline=None)
@given(st.lists(scripts(), min_size=1, max_size=8), st.integers(1, 4), st.integers(1, 3))
def test_many_at_once_come_to_what_one_by_one_comes_to(batch: list[Script], most: int, connections: int) -> None:
    async def both() -> None:
        options = {"messages_per_connection": most, "connections": connections}
        plain, took_plainly = await deliver(batch, pipelining=False, **options)
        grouped, took = await deliver(batch, **options)
        assert told(grouped) == told(plain) == [foreseen(script) for script in batch]
        assert sorted(took.taken) == sorted(took_plainly.taken)
        sent = [f"resident{n}@b.example" for n, outcome in enumerate(grouped) if isinstance(outcome, str)]
        assert sorted(recipients(took)) == sent
        assert all(data for _, data in took.taken)

    asyncio.run(both())
