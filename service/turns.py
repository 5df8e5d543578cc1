"""What comes in, in one transaction: whose word it is, found in sets where it is plain. What is said back to them lives in `conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.households import bearing
from service import recording
from service.conversations import Conversations
from service.strays import answer_stray
from store.departures import opt_people_out
from store.finding import Found, Sought, find_each, find_participation
from store.inbounds import attributed, see, seen_among
from store.people import bind_address, holders, revive
from store.turns import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.engine import Engine
    from bot.wordings import Briefing
    from channels.api import Inbound
    from service.links import Links
    from service.shelf import Shelf
    from service.speakers import Speakers
    from store.vault import Vault

log = structlog.get_logger("turns")
Arrived = tuple["Inbound", "datetime"]  # what came in, and when


class Turns:
    """Takes turns in the writer's thread. `house` speaks for the municipality where no campaign does."""

    def __init__(
        self, shelf: Shelf, engine: Engine, links: Links, vault: Vault, speakers: Speakers, house: Briefing
    ) -> None:
        self._shelf = shelf
        self._engine = engine
        self._links = links
        self._vault = vault
        self._speakers = speakers
        self._house = house
        self._conversations = Conversations(shelf, engine)

    def take(self, connection: Connection, arrived: Sequence[Arrived]) -> None:
        """Take in inbounds, each with the moment it came and with everything that follows from it; a repeated one changes nothing.

        What comes plainly from one person alone is found and written in sets; the rest is taken afterwards, one by one.
        """
        ledger = Ledger(connection)
        apart = self._take_together(ledger, arrived)
        ledger.write()
        for inbound, now in apart:
            self._take_apart(ledger, inbound, now)
            ledger.write()

    def _take_together(self, ledger: Ledger, arrived: Sequence[Arrived]) -> list[Arrived]:
        """Take one inbound of each person where nothing but their own conversation is touched. Gives the others, in their order."""
        plain = [inbound for inbound, _ in arrived if _is_plain(inbound)]
        keys = [(inbound.channel, inbound.external_id) for inbound in plain]
        found_by = dict(zip(keys, find_each(ledger.connection, map(self._sought, plain)), strict=True))
        seen = seen_among(ledger.connection, keys)
        apart: list[Arrived] = []
        people: set[int] = set()
        addresses: set[tuple[str, str]] = set()
        for inbound, now in arrived:
            key, address = (inbound.channel, inbound.external_id), (inbound.channel, inbound.address)
            found = found_by.get(key)
            is_first = address not in addresses and (found is None or found.person_id not in people)
            addresses.add(address)
            if found is not None:
                people.add(found.person_id)
            if found is None or not is_first or found.gone_at is not None or recording.owner(inbound, found) is None:
                apart.append((inbound, now))
            elif key not in seen:
                ledger.see(*key, now, found.participation_id)
                self._conversations.turn(ledger, inbound, found, now)
        return apart

    def _take_apart(self, ledger: Ledger, inbound: Inbound, now: datetime) -> None:
        connection = ledger.connection
        found, is_named = None, True
        if inbound.token is None:  # a token's owner may get an address, which a repeated inbound must not change
            found, is_named = self._find(connection, inbound)
        theirs = recording.owner(inbound, found)
        if not see(connection, inbound.channel, inbound.external_id, now, theirs) or inbound.kind == "auto_reply":
            return
        if inbound.token is not None:
            found = self._find_by_token(connection, inbound, inbound.token)
        if found is None or found.gone_at is not None:  # whoever writes can be reached again
            revive(connection, inbound.channel, self._vault.fingerprint(inbound.channel, inbound.address))
        if found is None:
            log.info("nobody's message", channel=inbound.channel, kind=inbound.kind)
            if inbound.token is None or inbound.kind == "opened":  # anybody can make up a reply address: no backscatter
                answer_stray(connection, inbound, self._vault, self._engine.lexicon, self._house, now)
        elif inbound.kind == "opted_out":
            self._let_go(connection, inbound, found, now)
        else:
            self._listen(ledger, inbound, found, now, is_named=is_named)

    # --- whose word it is

    def _sought(self, inbound: Inbound) -> Sought:
        """Whose dialogue is meant, as far as an address, the message that was pressed and the words themselves say."""
        return Sought(
            inbound.channel,
            self._vault.fingerprint(inbound.channel, inbound.address),
            message_ref=inbound.message_ref,
            message_id=inbound.message_id,
            is_answer=inbound.kind == "said" and bearing(self._engine.lexicon, inbound.said, ()) == "answer",
        )

    def _find(self, connection: Connection, inbound: Inbound) -> tuple[Found | None, bool]:
        """Whose dialogue is meant, and whether the wire itself named it: by the message rewritten, pressed or replied to."""
        rewritten = attributed(connection, inbound.channel, inbound.edits) if inbound.edits else None
        [found] = find_each(connection, [self._sought(inbound)._replace(participation_id=rewritten)])
        return found, rewritten is not None or (found is not None and found.is_named)

    def _find_by_token(self, connection: Connection, inbound: Inbound, token: str) -> Found | None:
        """A token from a new address makes it the person's own."""
        participation_id = self._links.participation_id(token)
        if participation_id is None:
            return None
        found = find_participation(connection, inbound.channel, participation_id=participation_id)
        if found is None or not self._shelf.has_addresses(inbound.channel) or found.contact_id is not None:
            return found
        bind_address(connection, found.person_id, inbound.channel, inbound.address, self._vault)
        return find_participation(connection, inbound.channel, participation_id=participation_id)

    def _let_go(self, connection: Connection, inbound: Inbound, found: Found, now: datetime) -> None:
        """The provider lets nothing more through to this address, whoever shares it."""
        sharing = holders(connection, inbound.channel, self._vault.fingerprint(inbound.channel, inbound.address))
        people = {found.person_id, *(holder.person_id for holder in sharing)}
        opt_people_out(connection, sorted(people), origin=inbound.channel, campaign_id=found.campaign_id, now=now)

    def _listen(self, ledger: Ledger, inbound: Inbound, found: Found, now: datetime, *, is_named: bool) -> None:
        heard = self._speakers.listen(ledger.connection, inbound, found, now, is_named=is_named)
        if heard.asked is not None:
            recording.reply(ledger, self._shelf, inbound, found, [heard.asked], now)
            return
        if heard.leaving:
            self._conversations.part(ledger, inbound, found, heard.leaving, now)
            return
        mode = self._links.mode(inbound.token) if inbound.token is not None else None
        mode = "proxy" if heard.is_proxy else mode
        for each in heard.inbounds:
            theirs = self._again(ledger, inbound, found, heard.participation_id)
            if theirs is not None:
                self._conversations.turn(ledger, each, theirs, now, mode=mode)
        if heard.has_chosen and not heard.inbounds:
            self._conversations.show(ledger, inbound, self._again(ledger, inbound, found, heard.participation_id), now)

    def _again(self, ledger: Ledger, inbound: Inbound, found: Found, participation_id: int | None) -> Found | None:
        """The participation as it stands now: one turn after another may have changed it."""
        if participation_id is None:
            return found
        ledger.write()
        return find_participation(ledger.connection, inbound.channel, participation_id=participation_id)


def _is_plain(inbound: Inbound) -> bool:
    """Whether somebody simply says something at their own address."""
    return inbound.kind == "said" and inbound.token is None and inbound.edits is None
