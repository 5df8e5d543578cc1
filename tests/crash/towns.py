"""A town for the crash play: a campaign whose questions take any words, and residents on three channels. Who answers what lives in `neighbours`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlalchemy import Connection

from bot.xlsform import read_xlsform
from store.campaigns import Dates, save_campaign
from store.launching import launch
from store.people import import_people
from store.vault import Vault
from tests.console import village
from tests.service.hall import DAY, OPENS, SECRET

CAMPAIGN = "stormen"
CHANNELS = ("telegram", "sms", "email")
QUESTIONS = 40  # more than anybody answers, however often they have to say it again
ASKED = re.compile(r"Fråga (\d+):")
INVITATION = "invitation"
OPENING = {"telegram": INVITATION, "sms": INVITATION, "email": "question 1"}  # letters carry the first question


@dataclass(frozen=True)
class Townsperson:
    """One resident as the register knows them."""

    ref: str
    contacts: Mapping[str, str]
    language: str = "sv"
    area: str = ""
    birth_year: int | None = 1980
    sex: str = ""
    groups: Sequence[str] = ()
    source: str = "register"
    lawful_basis: str = "public_task"

    @property
    def channel(self) -> str:
        return next(iter(self.contacts))

    @property
    def address(self) -> str:
        return self.contacts[self.channel]


def label_of(text: str) -> str:
    """Which message of the conversation a text is: its question, or the invitation."""
    found = ASKED.search(text)
    return f"question {found[1]}" if found else INVITATION


def townspeople(count: int) -> list[Townsperson]:
    """As many residents, a third of them on each channel."""
    return [_person(number) for number in range(count)]


def _person(number: int) -> Townsperson:
    channel = CHANNELS[number % len(CHANNELS)]
    addresses = {
        "telegram": str(7_000_000 + number),
        "sms": f"+46701{number:06d}",
        "email": f"r{number}@post.example",
    }
    return Townsperson(f"r{number}", {channel: addresses[channel]})


@cache
def xform() -> str:
    lines = [f"| | text | q{n} | Fråga {n}: vad säger du? |" for n in range(1, QUESTIONS + 1)]
    head = ["| survey |", "| | type | name | label::Svenska (sv) |"]
    return read_xlsform("\n".join([*head, *lines]).encode(), "storm.md").xform


def settle_in(connection: Connection, people: Sequence[Townsperson]) -> None:
    """Import everybody and launch; the invitations are due when the clock comes to the opening."""
    import_people(connection, people, Vault(SECRET.encode()), OPENS - DAY)
    made = replace(village.definition(CAMPAIGN, OPENS), languages=("sv",), closes_at=OPENS + 21 * DAY)
    dates = Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    save_campaign(connection, made.id, made.to_data(), dates, xform=xform(), now=OPENS - DAY)
    launch(
        connection,
        made.id,
        {"kind": "everyone"},
        channels=CHANNELS,
        languages=made.languages,
        waves=[("invitation", 1, OPENS)],
        now=OPENS - DAY,
    )
