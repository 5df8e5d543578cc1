"""The doctor on a healthy installation and on sick ones, with providers' stand-ins, a mail server and a name server on sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import dns.message
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from dns.asyncresolver import Resolver
from sqlalchemy import text
from sqlalchemy.engine import make_url

from channels.doors import Finding, Surroundings
from channels.email import EmailSettings
from channels.email.examining import examine as examine_email
from channels.email.records import PATIENCE_SECONDS
from channels.sms import SmsSettings
from channels.sms.examining import examine as examine_sms
from channels.telegram import TelegramSettings
from channels.telegram.examining import examine as examine_telegram
from sandbox.mail import Mail
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import TwilioStandIn
from service.doctor import house
from service.doctor.databases import look_at_database
from service.doctor.rounds import look
from service.settings import Settings, load_settings
from store import audit
from store.bells import hears_notifications
from store.database import Database
from store.postgres import psycopg_arguments
from tests.channels.serving import address_of, free_listener, nobody_there, serving
from tests.service.hall import OPENS, Hall
from tests.service.test_commands import Run, genklang

__all__ = ["genklang"]
HERE = Surroundings("https://dialog.sjovik.example", lambda: OPENS)


def by_subject(found: list[Finding]) -> dict[str, Finding]:
    for finding in found:
        assert finding.what
        assert finding.remedy or finding.state != "wrong", finding
    return {finding.subject: finding for finding in found}


# --- the database


def test_a_database_in_order(database: Database, database_url: str, small_hall: Hall) -> None:
    settings = load_settings(Settings, database_url=database_url)
    found = by_subject(list(look_at_database(settings, OPENS)))
    assert {finding.state for finding in found.values()} == {"fine"}
    assert ("notifications" in found) == (not database.is_sqlite)
    with database.connect() as connection, pytest.raises(Exception, match="doctor_was_here"):
        connection.execute(text("SELECT * FROM genklang_doctor_was_here"))


def test_tables_behind_and_a_trail_from_the_future_are_told(
    database: Database, database_url: str, small_hall: Hall
) -> None:
    settings = load_settings(Settings, database_url=database_url)
    with database.begin() as connection:
        audit.append(connection, actor="clock", action="closed", subject="x", now=OPENS + timedelta(hours=1))
    assert by_subject(list(look_at_database(settings, OPENS)))["clocks"].state == "wrong"
    assert by_subject(list(look_at_database(settings, OPENS + timedelta(hours=1))))["clocks"].state == "fine"
    with database.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert by_subject(list(look_at_database(settings, OPENS)))["migrations"].state == "wrong"


def test_a_database_of_a_newer_version_is_told(database: Database, database_url: str, small_hall: Hall) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
    [finding] = look_at_database(load_settings(Settings, database_url=database_url), OPENS)
    assert (finding.subject, finding.state) == ("migrations", "wrong")
    assert "f00d" in finding.what
    assert "run that version" in finding.remedy


def test_an_address_with_options_reaches_the_bells_too(postgres_url: str) -> None:
    options = {"options": "-c statement_timeout=60000 -c lock_timeout=50000"}
    url = make_url(postgres_url).update_query_dict(options).render_as_string(hide_password=False)
    assert hears_notifications(psycopg_arguments(url))


def test_a_database_that_is_away_or_not_ours_to_write_is_told(
    sqlite_url: str, small_hall: Hall, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    away = load_settings(Settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/nowhere")
    [gone] = look_at_database(away, OPENS)
    assert (gone.state, gone.subject) == ("wrong", "database")
    fresh = load_settings(Settings, database_url=f"sqlite:///{tmp_path / 'none.db'}")
    [none] = look_at_database(fresh, OPENS)
    assert none.state == "note"
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "broken.db").write_bytes(b"this is no database, whatever it is called" * 100)
    broken = load_settings(Settings, database_url=f"sqlite:///{tmp_path / 'broken.db'}")
    assert [finding.state for finding in look_at_database(broken, OPENS)] == ["wrong"]


def test_a_database_that_another_holds_is_told(
    sqlite_url: str, small_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.engines._BUSY_MILLISECONDS", 50)
    settings = load_settings(Settings, database_url=sqlite_url)
    with small_hall.service.database.begin():
        found = by_subject(list(look_at_database(settings, OPENS)))
    assert found["database writes"].state == "wrong"
    assert "BUSY" in found["database writes"].what


# --- the house


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("https://dialog.sjovik.se", "fine"),
        ("https://dialog.sjovik.se/", "fine"),
        ("http://dialog.sjovik.se", "wrong"),
        ("https://localhost:8000", "wrong"),
        ("http://127.0.0.1:8000", "wrong"),
        ("https://10.0.0.4", "wrong"),
        ("https://[::1]", "wrong"),
        ("https://servern", "wrong"),
        ("ftp://dialog.sjovik.se", "wrong"),
        ("dialog.sjovik.se", "wrong"),
        ("https://dialog.sjovik.se/?x=1", "wrong"),
    ],
)
def test_a_public_address_is_judged_by_its_form(address: str, state: str) -> None:
    assert house.public_url(address).state == state


@pytest.mark.parametrize(
    ("key", "state"),
    [
        ("Zq8_vN1x-7LrT0bWkYh3uQeM5cPdAfGs", "fine"),
        ("0123456789abcdef0123456789abcdef", "fine"),
        ("a" * 40, "wrong"),
        ("abababababababababababababababab", "wrong"),
        ("change-me-change-me-change-me-please", "wrong"),
    ],
)
def test_a_secret_key_is_judged_by_what_guessing_it_costs(key: str, state: str) -> None:
    found = house.secret_key(key)
    assert found.state == state
    assert key not in found.what + found.remedy


def test_a_disk_that_is_nearly_full_is_said_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total = 100 * house.GIGABYTE
    for free, state in ((50, "fine"), (10, "note"), (2, "wrong")):
        usage = type("Usage", (), {"total": total, "free": free * house.GIGABYTE})
        monkeypatch.setattr(house.shutil, "disk_usage", lambda _, usage=usage: usage)
        assert house.disk(tmp_path / "not" / "made" / "yet.db").state == state


def test_the_shared_clock_is_told_and_a_broken_one_is_wrong(tmp_path: Path) -> None:
    assert house.clock_file(None).state == "fine"
    assert house.clock_file(tmp_path / "none").state == "wrong"
    (tmp_path / "short").write_bytes(b"abc")
    assert house.clock_file(tmp_path / "short").state == "wrong"


def test_a_zone_or_country_that_nobody_knows_is_told(small_hall: Hall) -> None:
    assert house.time_zone(load_settings(Settings)).state == "fine"
    assert house.time_zone(load_settings(Settings, time_zone="Europe/Sjövik")).state == "wrong"
    assert house.time_zone(load_settings(Settings, country="XX")).state == "wrong"


# --- the channels


async def test_telegram_is_asked_who_we_are_and_where_updates_go() -> None:
    stand_in, listener = TelegramStandIn(now=time.time), free_listener()
    settings = TelegramSettings(token="123456:sandbox", api_base=address_of(listener))
    async with serving(stand_in.routes(), listener):
        found = by_subject(list(await examine_telegram(settings, HERE)))
        assert found["telegram bot"].state == "fine"
        assert found["telegram updates"].state == "note"  # not registered yet
        polling = settings.model_copy(update={"mode": "polling"})
        assert by_subject(list(await examine_telegram(polling, HERE)))["telegram updates"].state == "fine"
        stand_in.token = "123456:another"
        [refused] = await examine_telegram(settings, HERE)
        assert (refused.state, "BotFather" in refused.remedy) == ("wrong", True)
    [away] = await examine_telegram(settings.model_copy(update={"api_base": nobody_there()}), HERE)
    assert (away.state, "GENKLANG_TELEGRAM_API_BASE" in away.remedy) == ("wrong", True)
    assert "sandbox" not in away.what + refused.what


async def test_twilio_is_asked_for_the_account_and_the_sender() -> None:
    stand_in, listener = TwilioStandIn(now=time.time), free_listener()
    settings = SmsSettings(
        account_sid=stand_in.account_sid,
        auth_token=stand_in.auth_token,
        messaging_service_sid=stand_in.service_sid,
        api_base=address_of(listener),
    )
    async with serving(stand_in.routes(), listener):

        async def states(**changes: object) -> list[str]:
            found = await examine_sms(settings.model_copy(update=changes), HERE)
            return [finding.state for finding in by_subject(list(found)).values()]

        assert await states() == ["fine", "fine"]
        assert await states(messaging_service_sid="MG" + "0" * 32) == ["fine", "wrong"]
        assert await states(messaging_service_sid="", sender="+46766000000") == ["fine", "fine"]
        assert await states(messaging_service_sid="", sender="Sjovik") == ["fine", "note"]
        assert await states(messaging_service_sid="", sender="076-600 00 00") == ["fine", "wrong"]
        stand_in.account_type = "Trial"
        assert await states() == ["note", "fine"]
        stand_in.account_status = "suspended"
        assert await states() == ["wrong"]
        stand_in.auth_token = "another"
        assert await states() == ["wrong"]
        stand_in.faults.down = True
        assert await states() == ["wrong"]
    assert not stand_in.sent
    [away] = await examine_sms(settings.model_copy(update={"api_base": nobody_there()}), HERE)
    assert away.state == "wrong"


class Zone:
    """A name server on a socket that knows a few records, and says of all other names that there are none."""

    def __init__(self, records: Mapping[tuple[str, str], list[str]]) -> None:
        self.records = records
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._is_open = True
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def resolver(self) -> Resolver:
        made = Resolver(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], self._socket.getsockname()[1]
        return made

    def _serve(self) -> None:
        while self._is_open:
            try:
                wire, caller = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            asked = dns.message.from_wire(wire)
            answer = dns.message.make_response(asked)
            [question] = asked.question
            kind = dns.rdatatype.to_text(question.rdtype)
            found = self.records.get((question.name.to_text(omit_final_dot=True), kind))
            if found:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *found))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), caller)

    def close(self) -> None:
        self._is_open = False
        self._thread.join()
        self._socket.close()


@contextmanager
def zone(records: Mapping[tuple[str, str], list[str]]) -> Iterator[Zone]:
    made = Zone(records)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
async def mail() -> AsyncIterator[Mail]:
    stand_in = Mail(time.time, login=("kommunen", "hemligt"))
    async with stand_in.running():
        yield stand_in


def mail_settings(mail: Mail, **changes: object) -> EmailSettings:
    return EmailSettings(
        host="127.0.0.1", port=mail.port, security="none", username="kommunen", password="hemligt", door_port=0,
        sender_address="dialog@sjovik.example", domain="svar.sjovik.example", secret="a secret", timeout_seconds=30,
    ).model_copy(update=changes)  # fmt: skip


async def test_a_domain_whose_records_vouch_for_us(mail: Mail, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    public = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    records = {
        ("svar.sjovik.example", "TXT"): ['"something else"', '"v=spf1 ip4:192.0.2.1 -all"'],
        ("svar.sjovik.example", "MX"): ["10 mx.sjovik.example."],
        ("_dmarc.sjovik.example", "TXT"): ['"v=DMARC1; p=reject; rua=mailto:dmarc@sjovik.example"'],
        ("s1._domainkey.sjovik.example", "TXT"): [f'"v=DKIM1; k=rsa; p={public[:200]}" "{public[200:]}"'],
    }
    signed = mail_settings(mail, dkim_selector="s1", dkim_key_file=tmp_path / "key.pem")
    with zone(records) as names:
        found = by_subject(list(await examine_email(signed, HERE, names.resolver())))
        assert {subject: finding.state for subject, finding in found.items()} == {
            "email server": "note",  # the password goes in clear on this machine
            "email door": "fine",
            "email SPF": "fine",
            "email DMARC": "fine",
            "email MX": "fine",
            "email DKIM": "fine",
        }
        other = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "key.pem").write_bytes(other)
        found = by_subject(list(await examine_email(signed, HERE, names.resolver())))
        assert "another than the one we sign with" in found["email DKIM"].what
    assert not mail.arrivals("anybody@post.example")


async def test_a_domain_that_says_nothing_and_one_that_says_too_much(mail: Mail) -> None:
    settings = mail_settings(mail, dkim_selector="s1")
    with zone({}) as names:
        found = by_subject(list(await examine_email(settings, HERE, names.resolver())))
        assert [found[f"email {kind}"].state for kind in ("SPF", "DMARC", "MX", "DKIM")] == ["wrong"] * 4
    lax = {
        ("svar.sjovik.example", "TXT"): ['"v=spf1 +all"'],
        ("svar.sjovik.example", "MX"): ["0 ."],
        ("_dmarc.sjovik.example", "TXT"): ['"v=DMARC1; p=none"'],
    }
    with zone(lax) as names:
        found = by_subject(list(await examine_email(settings, HERE, names.resolver())))
        assert [found[f"email {kind}"].state for kind in ("SPF", "DMARC", "MX")] == ["wrong", "note", "wrong"]


async def test_what_cannot_be_looked_up_is_a_note(mail: Mail) -> None:
    deaf = Resolver(configure=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        deaf.nameservers, deaf.port = ["127.0.0.1"], silent.getsockname()[1]
        began = time.monotonic()
        found = by_subject(list(await examine_email(mail_settings(mail), HERE, deaf)))
        assert time.monotonic() - began < 2.5 * PATIENCE_SECONDS  # the look-ups wait side by side
    assert [found[f"email {kind}"].state for kind in ("SPF", "DMARC", "MX")] == ["note"] * 3
    assert found["email server"].state == "note"


async def test_a_mail_server_that_does_not_let_us_in(mail: Mail) -> None:
    with zone({}) as names:

        async def server(**changes: object) -> Finding:
            found = await examine_email(mail_settings(mail, **changes), HERE, names.resolver())
            return by_subject(list(found))["email server"]

        wrong = await server(username="someone")
        assert (wrong.state, "GENKLANG_EMAIL_USERNAME" in wrong.remedy) == ("wrong", True)
        nobody = int(nobody_there().rpartition(":")[2])
        away = await server(port=nobody)
        assert (away.state, "GENKLANG_EMAIL_HOST" in away.remedy) == ("wrong", True)


# --- the whole round, as the command


async def test_a_round_tells_everything_side_by_side(small_hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENKLANG_EMAIL_HOST", "")
    monkeypatch.setenv("GENKLANG_SMS_AUTH_TOKEN", "")
    found = by_subject(await look())
    assert found["database"].state == "fine"
    assert found["email"].what == "not in use"
    assert "GENKLANG_SMS_AUTH_TOKEN" in found["sms"].remedy
    assert found["telegram bot"].state == "wrong"  # nobody is there
    assert found["clock"].state in ("note", "wrong")


def test_the_command_ends_with_1_when_something_is_wrong(
    small_hall: Hall, genklang: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GENKLANG_EMAIL_HOST", "GENKLANG_SMS_ACCOUNT_SID", "GENKLANG_TELEGRAM_TOKEN", "GENKLANG_CLOCK_FILE"):
        monkeypatch.setenv(name, "")
    told = genklang("doctor")
    assert told.code == 1
    assert "public address" in told.out
    assert "→ set GENKLANG_PUBLIC_URL" in told.out
    monkeypatch.setenv("GENKLANG_PUBLIC_URL", "https://dialog.sjovik.se")
    monkeypatch.setenv("GENKLANG_SECRET_KEY", "Zq8_vN1x-7LrT0bWkYh3uQeM5cPdAfGs")
    monkeypatch.setattr(house.shutil, "disk_usage", lambda _: type("U", (), {"total": 1 << 40, "free": 1 << 39}))
    data = json.loads(genklang("doctor", "--json").out)
    assert [finding for finding in data["findings"] if finding["state"] == "wrong"] == []
    assert data["is_well"]
    assert genklang("doctor").code == 0


def test_settings_that_cannot_be_used_are_findings(
    genklang: Run, small_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENKLANG_SECRET_KEY", "short")
    told = genklang("doctor")
    assert told.code == 1
    assert "GENKLANG_SECRET_KEY" in told.out
    assert asyncio.run(look())[0].subject == "settings"
