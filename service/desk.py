"""What channels may ask of the service. Each call returns only after its effect is committed; what follows from it lives in `turns` and `views`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from service.blocks import warn_of_blocks
from store.bounces import mark_gone
from store.deliveries import report as take_report
from store.departures import opt_people_out
from store.finding import find_participation
from store.inbounds import see
from store.people import holders, revive

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from channels.api import DeliveryReport, Inbound, Page
    from service.links import Links
    from service.turns import Turns
    from service.views import Views
    from service.watching import Writing
    from store.failures import FailureRules
    from store.vault import Vault

ABOUT_PEOPLE: Final = frozenset({"gone", "opted_out", "back"})


class ServiceDesk:
    """Hands what channels bring to the store's threads. `now` gives the moment where the municipality lives."""

    def __init__(
        self,
        database: Writing,
        turns: Turns,
        views: Views,
        links: Links,
        vault: Vault,
        *,
        failures: FailureRules,
        now: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._turns = turns
        self._views = views
        self._links = links
        self._vault = vault
        self._failures = failures
        self._now = now
        self._wake = wake

    async def receive(self, inbound: Inbound) -> None:
        """Take in one inbound; see `channels.api.Desk`."""
        await self._database.write_together(self._turns.take, (inbound, self._now()))
        self._wake()

    async def report(self, report: DeliveryReport) -> None:
        """Settle a message; see `channels.api.Desk`."""
        await self._database.write(partial(self._settle, report=report, now=self._now()))
        if report.status in ("failed", "gone"):
            warn_of_blocks(self._failures.lanes.get(report.channel, report.channel), [report.reason])
            self._wake()

    async def page(self, token: str) -> Page | None:
        """What a personal page shows; see `channels.api.Desk`."""
        participation_id = self._links.participation_id(token)
        if participation_id is None:
            return None
        look = partial(self._views.page, participation_id=participation_id, now=self._now())
        return await self._database.read(look)

    async def unsubscribe(self, token: str) -> bool:
        """Opt a person out of everything; see `channels.api.Desk`."""
        participation_id = self._links.participation_id(token)
        if participation_id is None:
            return False
        leave = partial(self._unsubscribe, participation_id=participation_id, now=self._now())
        return await self._database.write(leave)

    def _settle(self, connection: Connection, report: DeliveryReport, now: datetime) -> None:
        # What it does to people must not be done again by a repetition: they may have come back since.
        is_about_people = report.status in ABOUT_PEOPLE and report.external_id
        if is_about_people and not see(connection, report.channel, report.external_id, now):
            return
        if report.address is not None:
            self._leave(connection, report, report.address, now)
            return
        take_report(
            connection,
            report.channel,
            status=report.status,
            now=now,
            message_id=report.message_id,
            provider_id=report.provider_id,
            reason=report.reason,
            failures=self._failures,
            is_billed=report.is_billed,
        )

    def _leave(self, connection: Connection, report: DeliveryReport, address: str, now: datetime) -> None:
        """What the provider says of an address rather than of a message: it is gone or back, or whoever has it wants no more."""
        if report.status == "back":
            revive(connection, report.channel, self._vault.fingerprint(report.channel, address))
            return
        for holder in holders(connection, report.channel, self._vault.fingerprint(report.channel, address)):
            if report.status == "opted_out":
                opt_people_out(connection, [holder.person_id], origin=report.channel, now=now)
            elif report.status == "gone":
                mark_gone(connection, holder.contact_id, report.reason, now)

    def _unsubscribe(self, connection: Connection, participation_id: int, now: datetime) -> bool:
        found = find_participation(connection, "web", participation_id=participation_id)
        if found is None:
            return False
        opt_people_out(connection, [found.person_id], origin="unsubscribe", campaign_id=found.campaign_id, now=now)
        return True
