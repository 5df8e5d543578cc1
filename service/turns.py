"""One inbound, one transaction: whose word it is, and what is said back. What a turn leaves behind is written in `recording`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.events import (
    EraseAsked,
    EraseConfirmed,
    Event,
    HelpAsked,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    OptedIn,
    OptedOut,
    PersonAsked,
    WhoAsked,
)
from bot.households import bearing
from bot.moves import closest_language
from bot.phrasing import closed, farewell, information, phrase
from bot.places_awaited import ending_place
from service import recording
from service.recently import Recently
from service.strays import answer_stray
from store.departures import opt_people_out
from store.finding import Found, Sought, find_each, find_participation
from store.inbounds import answered_by, attributed, see, seen_among
from store.people import bind_address, holders, revive
from store.turns import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.dialogues import Turn
    from bot.engine import Engine
    from bot.forms import Entry, Form
    from bot.wordings import Briefing, Manner
    from channels.api import Inbound
    from service.links import Links
    from service.shelf import Shelf
    from service.speakers import Speakers
    from store.vault import Vault

log = structlog.get_logger("turns")
Arrived = tuple["Inbound", "datetime"]  # what came in, and when
# What a closed dialogue still answers; everything else would be a late answer.
ANSWERED_ALWAYS: Final = (
    OptedOut, OptedIn, EraseAsked, EraseConfirmed, HelpAsked, WhoAsked, MineAsked, PersonAsked,
)  # fmt: skip
ABOUT_LANGUAGE: Final = (LanguageOffered, LanguageChanged)


def dialogue_of(engine: Engine, form: Form, found: Found, manner: Manner, now: datetime) -> Dialogue:
    """Where a participation's conversation stands: as it was left, or about to begin in the channel's manner."""
    data = found.dialogue
    if data is not None:
        return Dialogue.from_data(data)
    return _invited(engine, form, found, manner, now, None).dialogue


def _invited(engine: Engine, form: Form, found: Found, manner: Manner, now: datetime, guess: str | None) -> Turn:
    """`guess` is the language of the resident's own program: it is taken where the survey lacks the registered one."""
    language = found.language
    if guess and closest_language(form, found.registered_language) is None:
        language = closest_language(form, guess) or language
    opens_with_question = manner.opens_with_question
    return engine.invite(form, language=language, opens_with_question=opens_with_question, now=now)


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
        self._recently = Recently()

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
                self._turn(ledger, inbound, found, now)
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
            self._part(ledger, inbound, found, heard.leaving, now)
            return
        mode = self._links.mode(inbound.token) if inbound.token is not None else None
        mode = "proxy" if heard.is_proxy else mode
        for each in heard.inbounds:
            theirs = self._again(ledger, inbound, found, heard.participation_id)
            if theirs is not None:
                self._turn(ledger, each, theirs, now, mode=mode)
        if heard.has_chosen and not heard.inbounds:
            self._show(ledger, inbound, self._again(ledger, inbound, found, heard.participation_id), now)

    def _again(self, ledger: Ledger, inbound: Inbound, found: Found, participation_id: int | None) -> Found | None:
        """The participation as it stands now: one turn after another may have changed it."""
        if participation_id is None:
            return found
        ledger.write()
        return find_participation(ledger.connection, inbound.channel, participation_id=participation_id)

    def _part(self, ledger: Ledger, inbound: Inbound, found: Found, people: Sequence[int], now: datetime) -> None:
        """Everybody at a shared address leaves: who said stop is not known, and stop is never a question back."""
        opt_people_out(ledger.connection, people, origin=inbound.channel, campaign_id=found.campaign_id, now=now)
        briefing = self._shelf.briefing(ledger.connection, found.campaign_id, found.language, inbound.channel)
        t = self._shelf.translation(found.language)
        content = farewell(briefing=briefing, language=found.language, t=t)
        recording.reply(ledger, self._shelf, inbound, found, [content], now)

    # --- what is said back

    def _turn(
        self,
        ledger: Ledger,
        inbound: Inbound,
        found: Found,
        now: datetime,
        *,
        mode: str | None = None,
    ) -> None:
        connection, manner = ledger.connection, self._shelf.manner(inbound.channel)
        form, dialogue, entry = self._standing(connection, inbound, found, manner, now)
        said = Said(choice="!begin") if inbound.kind == "opened" and found.survey_version_id else inbound.said
        path = self._corrected(connection, inbound, found)
        turn = self._engine.reply(form, dialogue, said, now=now, corrects=path, entry=entry)
        contents = self._told(connection, inbound, found, form, turn, now)
        if contents is None:
            late = [self._late(connection, inbound, found, turn.dialogue.language)]
            if dialogue.is_erasing:  # that was no yes, and no later yes shall be one
                turn = replace(turn, dialogue=replace(dialogue, is_erasing=False), events=())
                recording.save(ledger, self._shelf, inbound, found, turn, late, now, before=dialogue)
            else:
                recording.reply(ledger, self._shelf, inbound, found, late, now)
            return
        contents = ending_place(form, dialogue, turn.dialogue, contents)
        saved = recording.save(
            ledger,
            self._shelf,
            inbound,
            found,
            turn,
            contents,
            now,
            before=dialogue,
            path=path,
            mode=mode,
        )
        if not _has(turn.events, (EraseConfirmed,)):
            self._recently.keep(found.participation_id, turn, saved, now)

    def _standing(
        self, connection: Connection, inbound: Inbound, found: Found, manner: Manner, now: datetime
    ) -> tuple[Form, Dialogue, Entry | None]:
        """The survey and where the conversation about it stands, with the filled form if it is still open.

        What asks nothing is a survey without questions, at its end.
        """
        entry = None
        if found.survey_version_id is None:
            form = self._shelf.notice_form(connection, found.campaign_id)
            saved = found.dialogue
            dialogue = Dialogue.from_data(saved) if saved else Dialogue(found.language, phase="finished")
        else:
            form = self._shelf.form(connection, found.survey_version_id)
            dialogue, entry = self._open(form, found, manner, now, guess=inbound.language)
        if found.opted_out_at is not None:  # perhaps by a link or a provider's word, which the dialogue does not know
            dialogue = replace(dialogue, phase="opted_out")
        elif found.survey_version_id is None:
            dialogue = replace(dialogue, phase="finished")
        return form, dialogue, entry

    def _open(
        self, form: Form, found: Found, manner: Manner, now: datetime, *, guess: str | None
    ) -> tuple[Dialogue, Entry | None]:
        """The dialogue as it was left, or as it begins, with its form where that is at hand."""
        known, entry = self._recently.take(found.participation_id, form, found.written)
        if known is not None:
            return known, entry
        data = found.dialogue
        if data is not None:
            return Dialogue.from_data(data), None
        invited = _invited(self._engine, form, found, manner, now, guess)
        return invited.dialogue, invited.entry

    def _corrected(self, connection: Connection, inbound: Inbound, found: Found) -> str:
        """The path of the answer that a rewritten message had given; "" when it gave none."""
        if inbound.edits is None:
            return ""
        return answered_by(connection, found.participation_id, inbound.channel, inbound.edits)

    def _told(
        self, connection: Connection, inbound: Inbound, found: Found, form: Form, turn: Turn, now: datetime
    ) -> Sequence[Content] | None:
        """What is said back to a turn; None when it is too late for it."""
        language, channel = turn.dialogue.language, inbound.channel
        briefing = self._shelf.briefing(connection, found.campaign_id, language, channel)
        t, manner = self._shelf.translation(language), self._shelf.manner(channel)
        events = turn.events
        if found.survey_version_id is None:
            events = tuple(event for event in events if isinstance(event, (*ANSWERED_ALWAYS, *ABOUT_LANGUAGE)))
            if turn.events and not events:
                return (information(briefing=briefing, language=language, t=t, manner=manner),)
        elif found.closed_at is not None or found.closes_at <= now:
            briefing = replace(briefing, is_closed=True)
            events = tuple(event for event in events if isinstance(event, ANSWERED_ALWAYS))
            if not events and (turn.events or not found.opted_out_at):
                return None
        return phrase(form, turn.dialogue, events, briefing=briefing, t=t, now=now, manner=manner, entry=turn.entry)

    def _late(self, connection: Connection, inbound: Inbound, found: Found, language: str) -> Content:
        briefing = self._shelf.briefing(connection, found.campaign_id, language, inbound.channel)
        result = self._shelf.closing(connection, found.campaign_id, language)
        return closed(language, briefing=briefing, t=self._shelf.translation(language), result=result)

    def _show(self, ledger: Ledger, inbound: Inbound, found: Found | None, now: datetime) -> None:
        """Where the conversation stands of one who has just said who they are, and nothing else."""
        if found is None or found.survey_version_id is None:
            return
        connection = ledger.connection
        manner = self._shelf.manner(inbound.channel)
        form, dialogue, _ = self._standing(connection, inbound, found, manner, now)
        briefing = self._shelf.briefing(connection, found.campaign_id, dialogue.language, inbound.channel)
        t = self._shelf.translation(dialogue.language)
        events = self._engine.current(form, dialogue, now=now)
        contents = phrase(form, dialogue, events, briefing=briefing, t=t, now=now, manner=manner)
        recording.reply(ledger, self._shelf, inbound, found, contents, now)


def _is_plain(inbound: Inbound) -> bool:
    """Whether somebody simply says something at their own address."""
    return inbound.kind == "said" and inbound.token is None and inbound.edits is None


def _has(events: Sequence[Event], kinds: tuple[type, ...]) -> bool:
    return any(isinstance(event, kinds) for event in events)
