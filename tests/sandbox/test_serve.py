"""The whole sandbox as a process of its own: what a service sends over the real wires is read, and what residents do comes back over them."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import aiosmtplib
import httpx2 as httpx
import pytest
from aiosmtpd.smtp import SMTP
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import SharedClock
from sandbox.standins import ACCOUNT_SID, AUTH_TOKEN, TELEGRAM_TOKEN
from sandbox.world import Habit, Resident, World
from tests.channels.serving import free_port
from tests.sandbox.scripted_wire import PHRASES
from tests.sandbox.served_app import served

pytestmark = pytest.mark.slow

START = 1_770_000_000.0
SV = PHRASES["languages"]["sv"]
INVITATION = f"{SV['invitation'].replace('…', 'dig')}. {SV['card']} i maj. Svara BÖRJA."
PEOPLE = {
    "telegram": ("900000000001", Habit()),
    "sms": ("+46701740605", Habit()),
    "email": ("resident@post.sjovik.example", Habit()),
    "blocked": ("900000000002", Habit(reach="blocked")),
    "dead phone": ("+46701740606", Habit(reach="bounces")),
    "dead mailbox": ("gone@post.sjovik.example", Habit(reach="refused")),
}


class Service:
    """As much of a service as the wires need: it takes in what the providers tell, and does nothing about it."""

    def __init__(self):
        self.heard = {}

    def app(self):
        async def take(request):
            is_json = request.headers["content-type"] == "application/json"
            data = await request.json() if is_json else dict(await request.form())
            self.heard.setdefault(request.url.path, []).append(data)
            return Response()

        paths = ("/telegram/webhook", "/sms/inbound", "/sms/status")
        return Starlette(routes=[Route(path, take, methods=["POST"]) for path in paths])

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.heard.setdefault("mail", []).append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


@contextmanager
def sandbox(tmp_path, service_url, door):
    residents = tuple(
        Resident(name, "SJ01", "sv", 1980, "f", {channel_of(address): address}, (), habit)
        for name, (address, habit) in PEOPLE.items()
    )
    World("Village", 7, "Europe/Stockholm", {"SJ01": "Centre"}, residents).save(tmp_path / "world.json")
    (tmp_path / "phrases.json").write_bytes(httpx.Request("POST", "http://x", json=PHRASES).read())
    port, smtp_port = free_port(), free_port()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sandbox", "serve", "--world", tmp_path / "world.json", "--clock", tmp_path / "clock",
            "--phrases", tmp_path / "phrases.json", "--port", str(port), "--smtp-port", str(smtp_port),
            "--service-url", service_url, "--mail-door", f"127.0.0.1:{door}",
        ]
    )  # fmt: skip
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            wait(lambda: answers(client), "the sandbox to listen")
            yield client, smtp_port
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def channel_of(address):
    return "email" if "@" in address else "sms" if address.startswith("+") else "telegram"


def answers(client):
    try:
        return client.get("/sandbox/pulse").status_code == 200
    except httpx.TransportError:
        return False


def wait(is_so, what, seconds=60):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)


def telegram(client, method, **parameters):
    return client.post(f"/bot{TELEGRAM_TOKEN}/{method}", json=parameters)


def text_message(client, service_url, to):
    form = {
        "To": to,
        "MessagingServiceSid": "MG" + "5" * 32,
        "Body": INVITATION,
        "StatusCallback": f"{service_url}/sms/status",
    }
    return client.post(f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", data=form, auth=(ACCOUNT_SID, AUTH_TOKEN))


async def mail(port, to):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "dialog@sjovik.example", to, "Bussen"
    message["Reply-To"] = "reply+abc@sjovik.example"
    message.set_content(INVITATION)
    return await aiosmtplib.send(message, hostname="127.0.0.1", port=port, start_tls=False)


async def test_a_village_is_invited_over_three_wires_and_answers_over_them(tmp_path):
    service = Service()
    loop = asyncio.get_running_loop()
    door = await loop.create_server(lambda: SMTP(service, loop=loop), "127.0.0.1", 0)
    door_port = door.sockets[0].getsockname()[1]
    async with door:
        with SharedClock.create(tmp_path / "clock", START) as clock, served(service.app()) as service_url:
            await asyncio.to_thread(played, tmp_path, clock, service, service_url, door_port)


def played(tmp_path, clock, service, service_url, door):
    with sandbox(tmp_path, service_url, door) as (client, smtp_port):
        telegram(client, "setWebhook", url=f"{service_url}/telegram/webhook", secret_token="s")
        for name in ("telegram", "blocked"):
            sent = telegram(client, "sendMessage", chat_id=PEOPLE[name][0], text=INVITATION)
            assert sent.json()["ok"] == (name == "telegram")
        for name in ("sms", "dead phone"):
            assert text_message(client, service_url, PEOPLE[name][0]).status_code == 201
        asyncio.run(mail(smtp_port, PEOPLE["email"][0]))
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            asyncio.run(mail(smtp_port, PEOPLE["dead mailbox"][0]))
        wait(lambda: client.get("/sandbox/pulse").json()["idle"], "everybody to have read")
        clock.set(START + 7200)
        wait(lambda: service.heard.get("mail"), "the reply by e-mail")
        wait(lambda: client.get("/sandbox/pulse").json()["idle"], "everybody to have answered")
        state = client.get("/sandbox/state").json()

    assert state["unread_oddities"] == []
    invited = {r["ref"]: r["invited_on"] for r in state["residents"] if r["invited"] == 1}
    assert invited == {"telegram": "telegram", "sms": "sms", "email": "email"}
    assert [u["message"]["text"] for u in service.heard["/telegram/webhook"]] == ["börja"]
    assert [m["Body"] for m in service.heard["/sms/inbound"]] == ["börja"]
    [(recipients, text)] = service.heard["mail"]
    assert recipients == ["reply+abc@sjovik.example"]
    assert "börja" in words_of(text)
    final = {m["To"]: (m["MessageStatus"], m.get("ErrorCode")) for m in service.heard["/sms/status"]}
    assert final == {"+46701740605": ("delivered", None), "+46701740606": ("undelivered", "30005")}


def words_of(source):
    return message_from_bytes(source, policy=default).get_body(("plain",)).get_content()
