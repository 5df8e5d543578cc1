"""The inbox: one inbound, one turn, one transaction. What channels may ask of the service; what is said in a turn is decided by `bot`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.events import Answered, Corrected, EraseConfirmed, Event, OptedIn, SetAside, Skipped
from bot.phrasing import closed, farewell, information, phrase
from bot.understanding import is_opt_out
from channels.api import DeliveryReport, Inbound, Page
from service.strays import answer_stray
from store import audit
from store.deliveries import report as take_report
from store.departures import erase_person, opt_people_in, opt_people_out
from store.outbox import mark_gone
from store.people import bind_address, holders
from store.turns import AnswerRecord, Found, Reply, TurnRecord, find_participation, queue_replies, save_turn, see

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.dialogues import Turn
    from bot.engine import Engine
    from bot.wordings import Briefing, Manner
    from service.clock import Clock
    from service.links import Links
    from service.shelf import Shelf
    from store.database import Database
    from store.vault import Vault

log = structlog.get_logger("desk")
_INSTANCE = re.compile(r"\[\d+\]")
# Events that a closed dialogue still answers; everything else would be a late answer.
_ANSWERED_ALWAYS = (
    "OptedOut",
    "OptedIn",
    "EraseAsked",
    "EraseConfirmed",
    "HelpAsked",
    "WhoAsked",
    "MineAsked",
    "PersonAsked",
)


class ServiceDesk:
    """Takes in what residents and providers say, and answers a provider only after it is committed.

    `house` speaks for the municipality where no campaign does.
    """

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        engine: Engine,
        links: Links,
        vault: Vault,
        clock: Clock,
        wake: Callable[[], None],
        *,
        house: Briefing,
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._engine = engine
        self._links = links
        self._vault = vault
        self._clock = clock
        self._wake = wake
        self._house = house

    async def receive(self, inbound: Inbound) -> None:
        """Take in one inbound; see `channels.api.Desk`."""
        await self._database.write(partial(self._take, inbound=inbound, now=self._shelf.local(self._clock.now())))
        self._wake()

    async def report(self, report: DeliveryReport) -> None:
        """Settle a message; see `channels.api.Desk`."""
        await self._database.write(partial(self._settle, report=report, now=self._shelf.local(self._clock.now())))

    async def page(self, token: str) -> Page | None:
        """What a personal page shows; see `channels.api.Desk`."""
        participation_id = self._links.participation_id(token)
        if participation_id is None:
            return None
        return await self._database.read(
            partial(self._page, participation_id=participation_id, now=self._shelf.local(self._clock.now()))
        )

    async def unsubscribe(self, token: str) -> bool:
        """Opt a person out of everything; see `channels.api.Desk`."""
        participation_id = self._links.participation_id(token)
        if participation_id is None:
            return False
        return await self._database.write(
            partial(self._unsubscribe, participation_id=participation_id, now=self._shelf.local(self._clock.now()))
        )

    # --- one inbound

    def _take(self, connection: Connection, inbound: Inbound, now: datetime) -> None:
        if not see(connection, inbound.channel, inbound.external_id, now) or inbound.kind == "auto_reply":
            return
        found = self._find(connection, inbound)
        if found is None:
            log.info("nobody's message", channel=inbound.channel, kind=inbound.kind)
            if inbound.token is None or inbound.kind == "opened":  # anybody can make up a reply address: no backscatter
                answer_stray(connection, inbound, self._vault, self._engine.lexicon, self._house, now)
        elif inbound.kind == "opted_out":
            opt_people_out(
                connection, [found.person_id], origin=inbound.channel, campaign_id=found.campaign_id, now=now
            )
        elif found.survey_version_id is not None:
            self._turn(connection, inbound, found, now)
        else:
            self._hear_out(connection, inbound, found, now)

    def _find(self, connection: Connection, inbound: Inbound) -> Found | None:
        """By the token on the wire, or else by the address. A token from a new address makes it the person's own."""
        if inbound.token is None:
            return find_participation(
                connection,
                inbound.channel,
                fingerprint=self._vault.fingerprint(inbound.channel, inbound.address),
                message_ref=inbound.message_ref,
            )
        participation_id = self._links.participation_id(inbound.token)
        if participation_id is None:
            return None
        found = find_participation(connection, inbound.channel, participation_id=participation_id)
        if found is None or not self._shelf.has_addresses(inbound.channel) or found.contact_id is not None:
            return found
        bind_address(connection, found.person_id, inbound.channel, inbound.address, self._vault)
        return find_participation(connection, inbound.channel, participation_id=participation_id)

    def _hear_out(self, connection: Connection, inbound: Inbound, found: Found, now: datetime) -> None:
        """What was said to a message that asked nothing: only stopping changes anything, all else is told who writes."""
        briefing = self._shelf.briefing(connection, found.campaign_id, found.language, inbound.channel)
        t, manner = self._shelf.translation(found.language), self._shelf.manner(inbound.channel)
        if inbound.said.choice == "!stop" or is_opt_out(self._engine.lexicon, inbound.said.text or ""):
            opt_people_out(
                connection, [found.person_id], origin=inbound.channel, campaign_id=found.campaign_id, now=now
            )
            content = farewell(briefing=briefing, language=found.language, t=t)
        else:
            content = information(briefing=briefing, language=found.language, t=t, manner=manner)
        self._reply(connection, inbound, found, [content], now)

    def _turn(self, connection: Connection, inbound: Inbound, found: Found, now: datetime) -> None:
        form = self._shelf.form(connection, found.survey_version_id or 0)
        manner = self._shelf.manner(inbound.channel)
        if found.dialogue is not None:
            dialogue = Dialogue.from_data(found.dialogue)
        else:
            dialogue = self._engine.invite(
                form, language=found.language, opens_with_question=manner.opens_with_question, now=now
            ).dialogue
        said = Said(choice="!begin") if inbound.kind == "opened" else inbound.said
        turn = self._engine.reply(form, dialogue, said, now=now)
        language = turn.dialogue.language
        briefing = self._shelf.briefing(connection, found.campaign_id, language, inbound.channel)
        t = self._shelf.translation(language)
        is_closed = found.closed_at is not None or found.closes_at <= now
        if is_closed and not any(type(event).__name__ in _ANSWERED_ALWAYS for event in turn.events):
            result = self._shelf.closing(connection, found.campaign_id, language)
            contents: Sequence[Content] = (closed(dialogue.language, briefing=briefing, t=t, result=result),)
            self._reply(connection, inbound, found, contents, now)
            return
        contents = phrase(form, turn.dialogue, turn.events, briefing=briefing, t=t, now=now, manner=manner)
        self._save(connection, inbound, found, dialogue, turn, contents, now)

    def _save(
        self,
        connection: Connection,
        inbound: Inbound,
        found: Found,
        before: Dialogue,
        turn: Turn,
        contents: Sequence[Content],
        now: datetime,
    ) -> None:
        if any(isinstance(event, OptedIn) for event in turn.events):
            opt_people_in(connection, [found.person_id])
        data = turn.dialogue.to_data()
        if not self._shelf.has_addresses(inbound.channel):
            data["page"] = [content.to_data() for content in contents]
        save_turn(
            connection,
            TurnRecord(
                participation_id=found.participation_id,
                channel=inbound.channel,
                language=turn.dialogue.language,
                dialogue=data,
                status=_status(turn, found.status),
                answers=_answers(turn.events, before.language),
                set_aside=[event.path for event in turn.events if isinstance(event, SetAside | Skipped)],
                external_id=inbound.external_id,
            ),
            now,
        )
        if any(isinstance(event, EraseConfirmed) for event in turn.events):
            erase_person(connection, found.person_id, now, farewell_contact_id=found.contact_id)
            subject = f"person {found.person_id}"
            audit.append(connection, actor="resident", action="erased", subject=subject, now=now)
            self._reply(connection, inbound, found, contents, now, purpose="notice")
        else:
            self._reply(connection, inbound, found, contents, now)

    def _reply(
        self,
        connection: Connection,
        inbound: Inbound,
        found: Found,
        contents: Sequence[Content],
        now: datetime,
        purpose: str = "reply",
    ) -> None:
        """Queue what is said back. A page has no address: it shows what it was told the next time it is opened."""
        if found.contact_id is None or not self._shelf.has_addresses(inbound.channel):
            return
        replies = [
            Reply(
                channel=inbound.channel,
                lane=inbound.lane,
                contact_id=found.contact_id,
                language=content.language,
                content=content.to_data(),
                purpose=purpose,
                updates_ref=inbound.message_ref if content.is_update else None,
            )
            for content in contents
        ]
        queue_replies(
            connection,
            replies,
            now,
            person_id=found.person_id,
            campaign_id=found.campaign_id,
            participation_id=found.participation_id,
        )

    # --- reports, pages, unsubscribing

    def _settle(self, connection: Connection, report: DeliveryReport, now: datetime) -> None:
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
        )

    def _leave(self, connection: Connection, report: DeliveryReport, address: str, now: datetime) -> None:
        """What the provider says of an address rather than of a message: it is gone, or whoever has it wants no more."""
        for holder in holders(connection, report.channel, self._vault.fingerprint(report.channel, address)):
            if report.status == "opted_out":
                opt_people_out(connection, [holder.person_id], origin=report.channel, now=now)
            elif report.status == "gone":
                mark_gone(connection, holder.contact_id, report.reason, now)

    def _page(self, connection: Connection, participation_id: int, now: datetime) -> Page | None:
        found = find_participation(connection, "web", participation_id=participation_id, is_locking=False)
        if found is None:
            return None
        manner = self._shelf.manner("web")
        if found.survey_version_id is None:
            return self._notice(connection, found, manner, now)
        form = self._shelf.form(connection, found.survey_version_id)
        if found.dialogue is not None:
            dialogue = Dialogue.from_data(found.dialogue)
        else:
            dialogue = self._engine.invite(
                form, language=found.language, opens_with_question=manner.opens_with_question, now=now
            ).dialogue
        briefing = self._shelf.briefing(connection, found.campaign_id, dialogue.language, "web")
        t = self._shelf.translation(dialogue.language)
        is_open = found.closed_at is None and found.closes_at > now
        contents: Sequence[Content]
        if not is_open:
            result = self._shelf.closing(connection, found.campaign_id, dialogue.language)
            contents = (closed(dialogue.language, briefing=briefing, t=t, result=result),)
        elif found.dialogue is not None and (shown := found.dialogue.get("page")):
            contents = tuple(Content.from_data(data) for data in shown)
        else:
            events = self._engine.current(form, dialogue, now=now)
            contents = phrase(form, dialogue, events, briefing=briefing, t=t, now=now, manner=manner)
        return Page(
            language=dialogue.language,
            languages=form.codes(),
            title=briefing.title or form.title,
            contents=tuple(contents),
            is_open=is_open,
        )

    def _notice(self, connection: Connection, found: Found, manner: Manner, now: datetime) -> Page:
        """The page of a campaign that asks nothing."""
        briefing = self._shelf.briefing(connection, found.campaign_id, found.language, "web")
        t = self._shelf.translation(found.language)
        return Page(
            language=found.language,
            languages=(found.language,),
            title=briefing.title,
            contents=(information(briefing=briefing, language=found.language, t=t, manner=manner),),
            is_open=found.closed_at is None and found.closes_at > now,
        )

    def _unsubscribe(self, connection: Connection, participation_id: int, now: datetime) -> bool:
        found = find_participation(connection, "web", participation_id=participation_id)
        if found is None:
            return False
        opt_people_out(connection, [found.person_id], origin="unsubscribe", campaign_id=found.campaign_id, now=now)
        return True


def _status(turn: Turn, before: str) -> str | None:
    """The participation's status after a turn; None leaves it as it is."""
    match turn.dialogue.phase:
        case "finished" | "opted_out" | "declined" as phase:
            return phase
        case "asking":
            return "started"
        case _:
            return None


def _answers(events: Sequence[Event], language: str) -> list[AnswerRecord]:
    """The answers among the events, each at its question's path without instance numbers."""
    return [
        AnswerRecord(
            question=_INSTANCE.sub("", event.path),
            path=event.path,
            value=event.value if isinstance(event, Answered) else event.new,
            language=language,
        )
        for event in events
        if isinstance(event, Answered | Corrected)
    ]
