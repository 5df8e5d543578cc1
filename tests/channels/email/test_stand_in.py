"""The mail stand-in behaves as mail does: its SMTP, its mailboxes, and what residents do in them."""

from __future__ import annotations

import asyncio

import aiosmtplib
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.contents import Content
from channels.api import Outbound
from channels.email.adapter import Email
from sandbox.mail import Mail, NotByMail
from sandbox.smtp import SmtpSession
from sandbox.wire import Arrival
from tests.channels.serving import free_listener, serving

BODIES = st.lists(st.sampled_from([".", "..", ".x", "", "a.", "Hej", ". "]), max_size=8)


class Ears(asyncio.Transport):
    """The other end of a session, which hears what is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = b""
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.heard += bytes(data)

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True

    def is_closing(self) -> bool:
        return self.is_over


@settings(max_examples=150, deadline=None)
@given(bodies=st.lists(BODIES, min_size=1, max_size=3), cuts=st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_messages_arrive_whole_however_the_stream_is_cut(bodies: list[list[str]], cuts: list[int]) -> None:
    mail, ears = Mail(lambda: 0.0), Ears()
    session = SmtpSession(mail, lambda _: None)
    session.connection_made(ears)
    stream = b"EHLO x\r\n"
    for body in bodies:
        stuffed = "".join(f"{'.' if line.startswith('.') else ''}{line}\r\n" for line in body)
        stream += b"MAIL FROM:<a@x.example> SIZE=10\r\nRCPT TO:<b@x.example>\r\nDATA\r\n" + stuffed.encode() + b".\r\n"
    stream += b"QUIT\r\n"
    at = 0
    for step in [*cuts, len(stream)]:
        session.data_received(stream[at : at + step])
        at += step
    assert [m.data.decode() for m in mail.accepted] == ["".join(f"{line}\r\n" for line in body) for body in bodies]
    assert ears.heard.endswith(b"221 2.0.0 Bye\r\n")
    assert ears.is_over


async def test_an_arrival_shows_what_a_mail_program_shows(mail: Mail, channel: Email) -> None:
    seen: list[Arrival] = []
    mail.listen(seen.append)
    content = Content("Är parken trygg?", "sv", title="Parken")
    page, stop = "http://127.0.0.1:9/p/x?a=1&b=2", "http://127.0.0.1:9/u/x"
    await channel.send([Outbound(1, "email", "a@post.example", content, "invitation", "Tok", page, stop)])
    (arrival,) = seen
    assert (arrival.channel, arrival.address, arrival.subject) == ("email", "a@post.example", "Parken")
    assert "Är parken trygg?" in arrival.text
    assert "Är parken trygg?" in arrival.html
    assert arrival.links == (page, stop)
    assert arrival.unsubscribe_url == stop
    assert arrival.headers["Reply-To"] == "reply+Tok@svar.sjovik.example"
    assert mail.arrivals("a@post.example") == seen


async def test_one_click_posts_what_the_standard_says(mail: Mail, channel: Email) -> None:
    posted: list[tuple[str, str]] = []

    async def unsubscribe(request: Request) -> Response:
        posted.append((request.headers["content-type"], (await request.body()).decode()))
        return Response(status_code=200 if request.path_params["token"] == "x" else 404)

    with free_listener() as listener:
        async with serving([Route("/u/{token}", unsubscribe, methods=["POST"])], listener) as base:
            for token in ("x", "y"):
                outbound = Outbound(1, "email", "a@post.example", Content("Hej", "sv"), "invitation")
                await channel.send([outbound._replace(unsubscribe_url=f"{base}/u/{token}")])
            first, second = mail.arrivals("a@post.example")
            await mail.unsubscribe(first)
            with pytest.raises(NotByMail, match="404"):
                await mail.unsubscribe(second)
    assert posted[0] == ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click")


async def test_a_resident_cannot_press_or_answer_nothing(mail: Mail) -> None:
    with pytest.raises(NotByMail):
        await mail.say("nobody@post.example", "2")
    with pytest.raises(NotByMail):
        await mail.press("a@post.example", Arrival("email", "a@post.example", "1", "", 0.0), "1.1")


@pytest.mark.parametrize(
    ("login", "code"), [(("kommunen", "hemligt"), 235), (("kommunen", "fel"), 535), (("andra", "hemligt"), 535)]
)
@pytest.mark.parametrize("method", ["auth_plain", "auth_login"])
async def test_login_is_checked(method: str, login: tuple[str, str], code: int) -> None:
    mail = Mail(lambda: 0.0, login=("kommunen", "hemligt"))
    async with mail.running(), aiosmtplib.SMTP(hostname="127.0.0.1", port=mail.port, start_tls=False) as session:
        try:
            answered = (await getattr(session, method)(*login)).code
        except aiosmtplib.SMTPAuthenticationError as refusal:
            answered = refusal.code
    assert answered == code


async def test_a_bounce_that_finds_no_door_is_noted() -> None:
    mail = Mail(lambda: 0.0, door=("127.0.0.1", 9), attempts=2)
    mail.faults.bounce.add("b@x.example")
    async with mail.running():
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=mail.port, start_tls=False) as session:
            await session.sendmail("bounce+1.x@svar.example", ["b@x.example"], b"Subject: x\r\n\r\nx\r\n")
        await mail.settled()
    assert mail.undeliverable == ["bounce: SMTPConnectError"]
