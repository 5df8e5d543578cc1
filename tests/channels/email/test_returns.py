"""Bounces from before the standard: hard told from soft by what each maker's server says, over the door's own wire."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from channels.email.adapter import Email
from channels.email.returns import judged
from sandbox.mail import Mail
from tests.channels.email.rig import DOMAIN
from tests.channels.email.test_door import OTHERS, OURS, deliver
from tests.channels.serving import RecordingDesk

FOLDER = Path(__file__).parent / "returns"
OUTCOMES: dict[str, list[str]] = tomllib.loads((FOLDER / "outcomes.toml").read_text("utf-8"))
REPLY = f"reply+token@{DOMAIN}"


def made(name: str, address: str, message_id: str = OURS.message_id(41)) -> bytes:
    text = (FOLDER / name).read_text("utf-8").replace("{address}", address).replace("{message_id}", message_id)
    return text.replace("\n", "\r\n").encode()


def test_every_file_has_its_outcome() -> None:
    assert {path.name for path in FOLDER.glob("*.eml")} == set(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
async def test_a_bounce_says_whether_the_address_is_dead(
    mail: Mail, channel: Email, desk: RecordingDesk, name: str
) -> None:
    address = REPLY if name.startswith("to_the_reply") else OURS.bounce(41)
    await deliver(mail, made(name, address), address)
    told = [(report.message_id, report.status, report.reason) for report in desk.reports]
    assert told == ([(41, *OUTCOMES[name])] if OUTCOMES[name] else [])
    assert not desk.inbounds


async def test_a_bounce_to_a_reply_address_about_a_forged_message_settles_nothing(
    mail: Mail, channel: Email, desk: RecordingDesk
) -> None:
    await deliver(mail, made("to_the_reply_address.eml", REPLY, OTHERS.message_id(41)), REPLY)
    assert (desk.reports, [inbound.kind for inbound in desk.inbounds]) == ([], ["auto_reply"])


async def test_a_resident_cannot_bounce_for_a_mail_server(mail: Mail, channel: Email, desk: RecordingDesk) -> None:
    await deliver(mail, made("to_the_reply_address.eml", REPLY), REPLY, sender="asa@post.example")
    assert desk.reports == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("452 4.2.2 The email account is over quota", ("failed", "bounce_4.2.2")),
        ("450 user unknown, try again later", ("failed", "bounce_450")),
        ("550 5.7.1 blocked using a list", ("failed", "bounce_5.7.1")),
        ("550 Domain not found", ("gone", "bounce_550_unknown_user")),
        ("Kunde inte levereras", ("failed", "bounce_unspecified")),
    ],
)
def test_the_surest_words_decide(said: str, outcome: tuple[str, str]) -> None:
    assert judged(said) == outcome
