"""What a turn leaves behind: state, answers, requests, replies. What is said in it is decided in `conversations`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.events import (
    Answered,
    Corrected,
    EraseConfirmed,
    Event,
    OptedIn,
    PersonAsked,
    ProxyDeclared,
    SetAside,
    Skipped,
)
from bot.forms import without_instances
from store import audit, requests
from store.departures import erase_person, opt_people_in, opt_people_out
from store.turns import AnswerRecord, Reply, TurnRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.contents import Content
    from bot.dialogues import Dialogue, Turn
    from channels.api import Inbound
    from service.shelf import Shelf
    from store.finding import Found
    from store.turns import Ledger


def save(
    ledger: Ledger,
    shelf: Shelf,
    inbound: Inbound,
    found: Found,
    turn: Turn,
    contents: Sequence[Content],
    now: datetime,
    *,
    before: Dialogue,
    path: str = "",
    mode: str | None = None,
) -> str:
    """Enter a turn and what is said back. Gives the dialogue as it is written down.

    What changes more of somebody than their conversation is written at once, with the turn itself before it. `before` is the
    dialogue that was answered, in whose language its question was asked; `path` the answer that was corrected by a rewritten
    message; `mode` how the answers came in, if not from the person themselves.
    """
    kinds = {type(event) for event in turn.events}
    if OptedIn in kinds:
        opt_people_in(ledger.connection, [found.person_id])
    status = status_of(turn) if found.survey_version_id is not None or turn.dialogue.phase != "finished" else None
    turned = TurnRecord(
        participation_id=found.participation_id,
        channel=inbound.channel,
        language=turn.dialogue.language,
        dialogue=_state(shelf, inbound, turn, contents),
        status=status,
        answers=_answers(turn.events, before.language, inbound.edits or inbound.external_id, path or before.position),
        set_aside=[event.path for event in turn.events if isinstance(event, SetAside | Skipped)],
        external_id=None if owner(inbound, found) is not None else inbound.external_id,
        mode="proxy" if ProxyDeclared in kinds else mode,
        survey_version_id=found.survey_version_id,
    )
    written = ledger.save(turned, now)
    if status == "opted_out" or kinds & {PersonAsked, EraseConfirmed}:
        ledger.write()
        _follow(ledger.connection, inbound, found, turn, kinds, now, is_leaving=status == "opted_out")
    reply(ledger, shelf, inbound, found, contents, now, purpose="notice" if EraseConfirmed in kinds else "reply")
    return written


def _follow(
    connection: Connection,
    inbound: Inbound,
    found: Found,
    turn: Turn,
    kinds: set[type[Event]],
    now: datetime,
    *,
    is_leaving: bool,
) -> None:
    """What else follows from a turn for the person who took it."""
    if is_leaving:
        opt_people_out(connection, [found.person_id], origin=inbound.channel, campaign_id=found.campaign_id, now=now)
    if PersonAsked in kinds:
        _ask_for_a_person(connection, inbound, found, turn.dialogue.language, now)
    if EraseConfirmed in kinds:
        erase_person(connection, found.person_id, now, farewell_contact_id=found.contact_id)
        subject = f"person {found.person_id}"
        audit.append(connection, actor="resident", action="erased", subject=subject, now=now)


def _state(shelf: Shelf, inbound: Inbound, turn: Turn, contents: Sequence[Content]) -> dict[str, Any]:
    data = turn.dialogue.to_data()
    if not shelf.has_addresses(inbound.channel):
        data["page"] = [content.to_data() for content in contents]
    return data


def _ask_for_a_person(connection: Connection, inbound: Inbound, found: Found, language: str, now: datetime) -> None:
    number = requests.ask(
        connection, found.participation_id, "person", channel=inbound.channel, language=language, now=now
    )
    if number:
        subject = f"request {number}"
        details = {"campaign": found.campaign_id, "kind": "person"}
        audit.append(connection, actor="resident", action="asked", subject=subject, details=details, now=now)


def owner(inbound: Inbound, found: Found | None) -> int | None:
    """Whose an inbound is already when it comes in: nobody else has the address. None where that is only known with the turn."""
    return found.participation_id if found is not None and found.sharing == 1 and inbound.token is None else None


def reply(
    ledger: Ledger,
    shelf: Shelf,
    inbound: Inbound,
    found: Found,
    contents: Sequence[Content],
    now: datetime,
    purpose: str = "reply",
) -> None:
    """Enter what is said back. A page has no address: it shows what it was told the next time it is opened."""
    if found.contact_id is None or not shelf.has_addresses(inbound.channel):
        return
    if purpose == "reply" and not shelf.loops.lets(ledger.connection, found.contact_id, len(contents), now):
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
    ledger.queue(
        replies,
        now,
        person_id=found.person_id,
        campaign_id=found.campaign_id,
        participation_id=found.participation_id,
    )


def status_of(turn: Turn) -> str | None:
    """The participation's status after a turn; None leaves it as it is."""
    match turn.dialogue.phase:
        case "finished" | "opted_out" | "declined" as phase:
            return phase
        case "asking":
            return "started"
        case _:
            return None


def _answers(events: Sequence[Event], language: str, external_id: str, path: str) -> list[AnswerRecord]:
    """The answers among the events, each at its question's path without instance numbers.

    Only one was given by this inbound: that to the question at `path`, or the correction; others came back with their ground.
    """
    given = [event for event in events if isinstance(event, Answered | Corrected)]
    own = next((event for event in given if event.path == path), None)
    own = own or next((event for event in given if isinstance(event, Corrected)), given[0] if given else None)
    return [
        AnswerRecord(
            question=without_instances(event.path),
            path=event.path,
            value=event.value if isinstance(event, Answered) else event.new,
            language=language,
            external_id=external_id if event is own else None,
        )
        for event in given
    ]
