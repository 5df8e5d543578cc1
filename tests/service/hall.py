"""A whole service for the rooms' tests: the true wiring on a database, a clock that the test moves, and providers' stand-ins on sockets. No assertions live here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from bot.contents import Content, Said
from campaigns.definition import Definition
from channels.api import Inbound, Outbound
from sandbox.twilio import TwilioStandIn
from service.clock import SharedClock
from service.links import Links
from service.settings import Settings
from service.wiring import Service
from store.campaigns import Dates, list_waves, save_campaign
from store.launching import launch
from store.outbox import lease
from store.people import import_people
from store.releasing import release_wave
from store.schema import message, participation, person
from store.vault import Vault
from tests.channels.serving import address_of, free_listener, serving
from tests.console import village

OPENS = datetime(2027, 3, 1, 9, tzinfo=UTC)  # a Monday, ten o'clock in Vallby
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECRET = "a secret of the town hall, which is none"
NOBODY = "http://127.0.0.1:9"  # nothing is sent unless a test serves a stand-in
LANES = {"telegram": "telegram", "sms": "sms", "email": "email"}


@dataclass(frozen=True)
class Resident:
    ref: str
    contacts: Mapping[str, str]
    language: str = "sv"
    area: str = ""
    birth_year: int | None = 1980
    sex: str = ""
    groups: Sequence[str] = ()
    source: str = "register"
    lawful_basis: str = "public_task"


def resident(number: int, language: str = "sv", **contacts: str) -> Resident:
    return Resident(f"r{number}", contacts or {"sms": number_of(number)}, language)


def number_of(number: int) -> str:
    return f"+4670174{number:04d}"


def environment(database_url: str, clock_file: Path, **changes: str) -> dict[str, str]:
    """What a municipality with Telegram, SMS and e-mail sets, with nobody behind the addresses."""
    return {
        "GENKLANG_DATABASE_URL": database_url,
        "GENKLANG_SECRET_KEY": SECRET,
        "GENKLANG_CLOCK_FILE": str(clock_file),
        "GENKLANG_CONTROLLER": "Vallby kommun",
        "GENKLANG_PUBLIC_URL": NOBODY,  # and no status callback reaches a service that happens to run on this machine
        "GENKLANG_TICK_SECONDS": "0.05",
        "GENKLANG_TELEGRAM_TOKEN": "424242:a-token-of-the-tests",
        "GENKLANG_TELEGRAM_API_BASE": NOBODY,
        "GENKLANG_TELEGRAM_WEBHOOK_SECRET": "tests",
        "GENKLANG_SMS_ACCOUNT_SID": TwilioStandIn(now=time.time).account_sid,
        "GENKLANG_SMS_AUTH_TOKEN": TwilioStandIn(now=time.time).auth_token,
        "GENKLANG_SMS_MESSAGING_SERVICE_SID": TwilioStandIn(now=time.time).service_sid,
        "GENKLANG_SMS_API_BASE": NOBODY,
        "GENKLANG_SMS_RATE_PER_SECOND": "1000",
        "GENKLANG_EMAIL_HOST": "127.0.0.1",
        "GENKLANG_EMAIL_PORT": "9",
        "GENKLANG_EMAIL_SECURITY": "none",
        "GENKLANG_EMAIL_SENDER_ADDRESS": "dialog@vallby.example",
        "GENKLANG_EMAIL_SECRET": "signs bounce addresses in tests",
        "GENKLANG_EMAIL_DOOR_PORT": "0",
        **changes,
    }


@dataclass
class Hall:
    """The service under test and what stands around it. `said` counts inbounds, so that each has a key of its own."""

    service: Service
    clock: SharedClock
    vault: Vault = field(default_factory=lambda: Vault(SECRET.encode()))
    said: int = 0

    @classmethod
    def open(cls, folder: Path, settings: Settings) -> Hall:
        clock = SharedClock(folder / "clock", start=OPENS)
        return cls(Service(settings), clock)

    @property
    def links(self) -> Links:
        return Links(SECRET.encode(), NOBODY)

    # --- the store, seen and moved directly

    def do(self, work: Callable[[Connection], Any]) -> Any:
        with self.service.database.begin() as connection:
            return work(connection)

    def rows(self, table: Any, *conditions: Any) -> list[Any]:
        with self.service.database.connect() as connection:
            return list(connection.execute(select(table).where(*conditions).order_by(*table.primary_key)))

    def count(self, table: Any, *conditions: Any) -> int:
        with self.service.database.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

    def statuses(self, *conditions: Any) -> dict[str, int]:
        with self.service.database.connect() as connection:
            query = select(message.c.status, func.count()).where(*conditions).group_by(message.c.status)
            return dict(connection.execute(query).all())

    def participation(self, number: int, campaign_id: str = "park") -> Any:
        with self.service.database.connect() as connection:
            query = select(participation).join(person, person.c.id == participation.c.person_id)
            mine = query.where(person.c.ref == f"r{number}", participation.c.campaign_id == campaign_id)
            return connection.execute(mine).one()

    def person(self, number: int) -> Any:
        return self.rows(person, person.c.ref == f"r{number}")[0]

    def replies(self) -> list[Content]:
        """What was said back, oldest first."""
        return [Content.from_data(row.content) for row in self.rows(message, message.c.content.is_not(None))]

    # --- how the story goes

    def invite(
        self,
        *residents: Resident,
        campaign_id: str = "park",
        is_survey: bool = True,
        sent: bool = True,
        xform: str = "",
    ) -> None:
        """Import, launch and release the invitations; `sent` takes them for sent. `xform` is another survey than the village's."""
        self.do(lambda c: self._invite(c, residents, campaign_id, is_survey=is_survey, sent=sent, xform=xform))

    def _invite(
        self,
        connection: Connection,
        residents: Sequence[Resident],
        campaign_id: str,
        *,
        is_survey: bool,
        sent: bool,
        xform: str,
    ) -> None:
        import_people(connection, residents, self.vault, OPENS - DAY)
        start(connection, village.definition(campaign_id, OPENS), is_survey=is_survey, xform=xform)
        wave = next(w for w in list_waves(connection, campaign_id) if w.kind == "invitation")
        release_wave(connection, wave.id, lanes=LANES, now=OPENS, expires_at=OPENS + 21 * DAY)
        if sent:
            connection.execute(message.update().values(status="sent", attempts=1, sent_at=OPENS))

    async def hear(self, number: int, text: str = "", channel: str = "sms", **fields: Any) -> Inbound:
        """A resident says something to the service; gives the inbound, so that it can be repeated."""
        self.said += 1
        addresses = {"sms": number_of(number), "email": f"r{number}@post.example", "telegram": str(7_000_000 + number)}
        inbound = Inbound(
            channel=channel,
            lane=channel,
            external_id=fields.pop("external_id", f"in{self.said}"),
            address=fields.pop("address", addresses.get(channel, "")),
            said=Said(text=text) if text else fields.pop("said", Said()),
            **fields,
        )
        await self.service.desk.receive(inbound)
        return inbound

    def pass_time(self, span: timedelta) -> None:
        self.clock.set(self.clock.now() + span)

    def rendered(self, channel: str) -> list[Outbound]:
        """What leaves on a channel now, as its adapter gets it, oldest first."""
        return self.do(lambda c: self._rendered(c, channel))

    def _rendered(self, connection: Connection, channel: str) -> list[Outbound]:
        leased = lease(connection, channel, 100, self.clock.now() + MINUTE, 60, bulk_open=True)
        made = self.service.outbox._rendering.render(connection, leased)
        return [each for each in made if isinstance(each, Outbound)]

    def leave_one_sending(self) -> None:
        """A worker leases and dies."""
        self.do(lambda c: lease(c, "sms", 1, self.clock.now(), 60, bulk_open=True))


class Street(Hall):
    """A hall whose outbox reaches Twilio's stand-in."""

    provider: TwilioStandIn


def start(connection: Connection, made: Definition, *, is_survey: bool = True, xform: str = "") -> None:
    """Save and launch a definition as it is, without asking the gates; its waves are planned but not released."""
    made = replace(made, closes_at=made.opens_at + 21 * DAY)
    dates = Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    form = xform or village.xform() if is_survey else None
    save_campaign(connection, made.id, made.to_data(), dates, xform=form, now=made.opens_at - DAY)
    launch(
        connection,
        made.id,
        {"kind": "everyone"},
        channels=("telegram", "sms", "email"),
        languages=made.languages,
        waves=[("invitation", 1, made.opens_at), ("reminder", 1, made.opens_at + 3 * DAY)],
        now=made.opens_at - DAY,
    )


@asynccontextmanager
async def twilio(stand_in: TwilioStandIn, listener: Any) -> AsyncIterator[None]:
    """Twilio's API on a socket."""
    async with serving(stand_in.routes(), listener), stand_in.running():
        yield


async def until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Return once something has come true. Raises TimeoutError when it does not, even on a machine with much to do."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - looks through the front door, as a person would
            await asyncio.sleep(0.02)


__all__ = ["Hall", "address_of", "free_listener"]
