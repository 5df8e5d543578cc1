"""Several people at one address: asks who answers before a word reaches a survey, and keeps what was said until then. How they are asked lives in `bot.households`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.contents import Content, Said
from bot.households import SOMEBODY_ELSE, Member, bearing, chosen, is_choice, who_answers, words_for_others
from locales import codes, translation
from store.speakers import MemberRecord, household, keep_speaking, set_speaker, speaker_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.lexicon import Lexicon
    from channels.api import Inbound
    from locales import Translation
    from service.shelf import Shelf
    from store.finding import Found
    from store.speakers import SpeakerRecord
    from store.vault import Vault

MOST_HELD: Final = 10


@dataclass(frozen=True, slots=True)
class Heard:
    """Whose word it is: what to take as theirs, in order, or what to ask instead.

    `participation_id` is None when the turn is whoever's it was found to be. `leaving` are those who share an address at
    which nobody in particular said stop. `has_chosen`: it was just said who answers.
    """

    participation_id: int | None = None
    inbounds: tuple[Inbound, ...] = field(default=(), repr=False)
    asked: Content | None = field(default=None, repr=False)
    leaving: tuple[int, ...] = ()
    is_proxy: bool = False
    has_chosen: bool = False


class Speakers:
    """Knows who speaks at shared addresses. `rest` is the quiet after which it is asked again."""

    def __init__(self, shelf: Shelf, lexicon: Lexicon, vault: Vault, rest: timedelta) -> None:
        self._shelf = shelf
        self._lexicon = lexicon
        self._vault = vault
        self._rest = rest
        self._others = words_for_others([translation(code) for code in ("en", *codes())])

    def listen(self, connection: Connection, inbound: Inbound, found: Found, now: datetime, *, is_named: bool) -> Heard:
        """Whose word an inbound is. `is_named`: a token, or the message that was pressed or replied to, names `found`."""
        plainly = Heard(inbounds=(inbound,))
        if not self._shelf.has_addresses(inbound.channel) or found.closed_at is not None or found.sharing == 1:
            return plainly
        fingerprint = self._vault.fingerprint(inbound.channel, inbound.address)
        records = household(connection, found.campaign_id, inbound.channel, fingerprint)
        if len(records) < 2:
            return plainly
        table = _Table(self, connection, inbound, found, now, fingerprint, records)
        speaker = speaker_at(connection, found.campaign_id, inbound.channel, fingerprint)
        is_their_own = is_named and (inbound.token is not None or found.status == "started")
        return table.take_own() if is_their_own and not is_choice(inbound.said) else table.hear(speaker)


@dataclass(frozen=True, slots=True)
class _Table:
    """One household while one inbound is heard."""

    speakers: Speakers
    connection: Connection
    inbound: Inbound
    found: Found
    now: datetime
    fingerprint: bytes = field(repr=False)
    records: Sequence[MemberRecord]

    def take_own(self) -> Heard:
        self._set(self.found.participation_id)
        return Heard(inbounds=(self.inbound,))

    def hear(self, speaker: SpeakerRecord | None) -> Heard:
        known = speaker.participation_id if speaker else None
        is_theirs = known in {record.participation_id for record in self.records}
        is_fresh = speaker is not None and self.now - speaker.spoke_at <= self.speakers._rest
        kind = bearing(self.speakers._lexicon, self.inbound.said, self.speakers._others)
        if speaker is not None and (known is None or is_choice(self.inbound.said)):
            return self._hear_choice(speaker, kind)
        if kind == "stop" and not (is_theirs and is_fresh):
            return Heard(inbounds=(self.inbound,), leaving=tuple(record.person_id for record in self.records))
        if kind == "switch":
            return self._ask(())
        if speaker is not None and known is not None and is_theirs and is_fresh and not self._is_done(known, kind):
            keep_speaking(self.connection, *self._place(), self.now)
            return Heard(known, (self.inbound,), is_proxy=speaker.is_proxy)
        if kind in ("general", "courtesy") or (kind == "answer" and all(map(_is_finished, self.records))):
            return Heard(inbounds=(self.inbound,))
        return self._ask((self.inbound,))

    def _is_done(self, known: int, kind: str) -> bool:
        """Whether the speaker has finished and this sounds like the next one in the family."""
        has_finished = any(_is_finished(record) for record in self.records if record.participation_id == known)
        return has_finished and kind == "answer" and not all(map(_is_finished, self.records))

    def _hear_choice(self, speaker: SpeakerRecord, kind: str) -> Heard:
        """What is said to the question who answers; what is something else waits with the rest."""
        held = [_inbound(self.inbound, data) for data in speaker.held]
        edited = [each for each in held if self.inbound.edits and each.external_id == self.inbound.edits]
        if edited:
            return self._ask(tuple(self.inbound if each in edited else each for each in held), speaker.is_proxy)
        if kind == "stop":
            return Heard(inbounds=(self.inbound,), leaving=tuple(record.person_id for record in self.records))
        if kind == "general":
            return Heard(inbounds=(self.inbound,))
        who = SOMEBODY_ELSE if kind == "switch" and not speaker.is_proxy else self._chosen(speaker.is_proxy)
        if who == SOMEBODY_ELSE:
            return self._ask(tuple(held), is_proxy=True)
        if who is None:
            is_old_button = is_choice(self.inbound.said) or kind == "switch"
            return self._ask(tuple(held) if is_old_button else (*held, self.inbound), speaker.is_proxy)
        self._set(who, is_proxy=speaker.is_proxy)
        return Heard(who, tuple(held), is_proxy=speaker.is_proxy, has_chosen=True)

    def _chosen(self, is_proxy: bool) -> int | None:
        return chosen(
            self._members(),
            self.inbound.said,
            self._ts(),
            lexicon=self.speakers._lexicon,
            now=self.now,
            is_proxy=is_proxy,
        )

    def _ask(self, held: Sequence[Inbound], is_proxy: bool = False) -> Heard:
        self._set(None, is_proxy=is_proxy, held=[_data(each) for each in held[:MOST_HELD]])
        manner = self.speakers._shelf.manner(self.inbound.channel)
        members, ts = self._members(), self._ts()
        return Heard(asked=who_answers(members, ts, self.found.language, manner=manner, is_proxy=is_proxy))

    def _set(self, who: int | None, *, is_proxy: bool = False, held: Sequence[dict[str, Any]] = ()) -> None:
        set_speaker(self.connection, *self._place(), who, self.now, is_proxy=is_proxy, held=held)

    def _place(self) -> tuple[str, str, bytes]:
        return self.found.campaign_id, self.inbound.channel, self.fingerprint

    def _members(self) -> list[Member]:
        return [Member(r.participation_id, r.birth_year, r.language) for r in self.records]

    def _ts(self) -> list[Translation]:
        languages = dict.fromkeys((self.found.language, *(record.language for record in self.records)))
        return [translation(language) for language in languages]


def _is_finished(record: MemberRecord) -> bool:
    return record.status == "finished"


def _data(inbound: Inbound) -> dict[str, Any]:
    said = inbound.said
    told = {"text": said.text, "choice": said.choice, "location": list(said.location) if said.location else None}
    return {
        "id": inbound.external_id,
        "kind": inbound.kind,
        "ref": inbound.message_ref,
        "answers": inbound.message_id,
        **{k: v for k, v in told.items() if v is not None},
    }


def _inbound(like: Inbound, data: dict[str, Any]) -> Inbound:
    """What was held, as it came in."""
    location = tuple(data["location"]) if data.get("location") else None
    said = Said(text=data.get("text"), choice=data.get("choice"), location=location)
    refs = {"message_ref": data["ref"], "message_id": data.get("answers"), "token": None, "edits": None}
    return replace(like, external_id=data["id"], kind=data["kind"], said=said, **refs)
