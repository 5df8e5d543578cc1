"""People who were invited to the survey that is measured, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from bench.walks import NOW, Walk, form, xform
from bot.contents import Said
from bot.dialogues import Dialogue
from bot.engine import Engine
from campaigns.definition import Definition
from campaigns.definition_files import read_definition
from locales import load_lexicon
from store.campaigns import Dates, list_waves, save_campaign
from store.launching import launch
from store.people import import_people
from store.releasing import release_wave
from store.vault import Vault

EXAMPLE = Path(__file__).parent.parent / "examples" / "torget" / "campaign.yaml"


@dataclass(frozen=True)
class Resident:
    ref: str
    contacts: dict[str, str]
    area: str | None = None
    language: str = "en"
    birth_year: int | None = None
    sex: str = ""
    groups: tuple[str, ...] = ()
    source: str = "register"
    lawful_basis: str = "public_task"


def welcome(connection: Connection, secret: str, numbers: Iterable[str], now: datetime) -> None:
    """Import people with these phone numbers, and launch a campaign with the survey among them."""
    vault = Vault(secret.encode())
    import_people(connection, (Resident(number, {"sms": number}) for number in numbers), vault, now)
    made = plan(now)
    _save(connection, made, now)
    launch(connection, made.id, {"kind": "everyone"}, channels=("sms",), languages=("en",), waves=(), now=now)


def plan(now: datetime) -> Definition:
    """The example's charter, open from now on. Its survey is made ready too, so that a launch begins with rows."""
    xform()
    days = {"closes_at": 21, "decision_at": 40, "feedback_at": 60}
    moments = {name: now + timedelta(days=count) for name, count in days.items()}
    return replace(read_definition(EXAMPLE.read_bytes()), opens_at=now, **moments)  # type: ignore[arg-type]


def _save(connection: Connection, made: Definition, now: datetime) -> None:
    dates = Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    save_campaign(connection, made.id, made.to_data(), dates, xform=xform(), now=now)


def said_by(walk: Walk) -> list[str]:
    """What one writes who answers like this in a chat without buttons: first yes, then numbers and words."""
    return ["yes", *(_said(path, value, choices) for path, value, choices in _with_choices(walk))]


def _with_choices(walk: Walk) -> Iterator[tuple[str, str, list[str]]]:
    entry = form().new(now=NOW)
    kinds = {question.path: question.type for question in form().questions}
    for path, value in walk:
        choices = entry.choices(path, entry.language) if kinds[path].startswith("select") else ()
        yield path, value, [choice.value for choice in choices]
        entry.set(path, value)


def _said(path: str, value: str, choices: list[str]) -> str:
    return ", ".join(str(choices.index(part) + 1) for part in value.split()) if choices else value


def waiting(walk: Walk) -> Dialogue:
    """The dialogue of one who has answered like this and has not finished."""
    engine = Engine(load_lexicon())
    dialogue = engine.invite(form(), language="en", opens_with_question=False, now=NOW).dialogue
    for text in said_by(walk):
        dialogue = engine.reply(form(), dialogue, Said(text=text), now=NOW).dialogue
    assert len(dialogue.answered) == len(walk), "it has to have heard everything"
    assert dialogue.position, "it has to wait for more"
    return dialogue


def people_with(connection: Connection, secret: str, channel: str, addresses: Iterable[str], now: datetime) -> None:
    """A register of people who have one address each, on the same channel."""
    residents = (Resident(f"r{n}", {channel: address}) for n, address in enumerate(addresses))
    import_people(connection, residents, Vault(secret.encode()), now)


def people_with_mail(connection: Connection, secret: str, count: int, now: datetime) -> None:
    """A register of people who have an e-mail address."""
    people_with(connection, secret, "email", (f"resident{n}@post.example" for n in range(count)), now)


def people_with_telephones(connection: Connection, secret: str, count: int, now: datetime) -> None:
    """A register of people who have a telephone."""
    residents = (Resident(f"r{n}", {"sms": f"+4670{n:07d}"}) for n in range(count))
    import_people(connection, residents, Vault(secret.encode()), now)


def launch_by(connection: Connection, channel: str, made: Definition, now: datetime) -> None:
    """Launch the campaign to everybody on one channel, and queue its invitations."""
    _save(connection, made, now)
    waves = [("invitation", 1, now)]
    launch(connection, made.id, {"kind": "everyone"}, channels=(channel,), languages=("en",), waves=waves, now=now)
    wave = list_waves(connection, made.id)[0]
    release_wave(connection, wave.id, lanes={channel: channel}, now=now, expires_at=made.closes_at)
