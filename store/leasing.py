"""Messages taken to be sent: due messages of a lane are judged and, where nothing speaks against it, leased. How a send is settled lives in `settling`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    String,
    Update,
    bindparam,
    case,
    false,
    func,
    null,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from store.failover import CONTACT_GONE, queue_next
from store.failures import STANDARD, FailureRules
from store.frequencies import COUNTED, keep_still, spaced_until
from store.histories import IS_QUEUED, enter
from store.judging import ASKING_PURPOSES, BULK_PRIORITY, REPLY_PRIORITY, talked_at, why_not
from store.prepared import Gathered, Prepared
from store.schema import campaign, contact, message, participation, person
from store.sets import ids_of, later, plain, rows_of
from store.speakers import has_neighbours
from store.tables import Instant

HELD: Final = "held"  # the resident is in the middle of another conversation on the same number
RESTING: Final = "resting"  # the campaign's quiet hours
SPACED: Final = "spaced"  # another campaign has written to the person, or is about to
_LOOKS = 20  # how many portions of unsendable messages one lease clears away before it gives up for now


class Leased(NamedTuple):
    """One message that this holder alone may send until its lease runs out.

    `content` is None for bulk, which is rendered from its wave; `dialogue` is there for what repeats a question. `is_shared`:
    it asks something at an address that others have too.
    """

    message_id: int
    fence: int
    lane: str
    channel: str
    purpose: str
    language: str
    priority: int
    attempts: int
    due_at: datetime
    created_at: datetime
    expires_at: datetime | None
    contact_id: int
    address_sealed: bytes
    content: dict[str, Any] | None
    updates_ref: str | None
    person_id: int | None
    participation_id: int | None
    campaign_id: str | None
    wave_id: int | None
    survey_version_id: int | None
    participation_status: str | None
    dialogue: dict[str, Any] | None
    is_shared: bool = False

    def __repr__(self) -> str:
        """Without address, content and dialogue, so that none of them reaches a log."""
        return f"Leased(message_id={self.message_id}, fence={self.fence}, lane={self.lane!r}, purpose={self.purpose!r})"


_WIDTH = len(Leased._fields)
_WAITS = (RESTING, HELD, SPACED)  # what a message may have to wait for; the first that keeps it is the reason
_FIT = ("", *(None for _ in _WAITS))  # how a look ends that found nothing against a message


def lease(
    connection: Connection,
    lane: str,
    limit: int,
    now: datetime,
    lease_seconds: float,
    *,
    bulk_open: bool,
    resting: Mapping[str, datetime] = MappingProxyType({}),
    hold: timedelta = timedelta(0),
    gap: timedelta = timedelta(0),
    failures: FailureRules = STANDARD,
) -> list[Leased]:
    """Take up to `limit` due messages of a lane, replies first; bulk only while `bulk_open` (quiet hours).

    Commit before the wire is touched. The statement that locks them also says which must not be sent any more (opted out,
    erased, closed, contact gone, expired); those are cancelled or expired, each with its reason. Three kinds wait instead:
    bulk of the campaigns in `resting` until the moment named there, invitations and reminders to a number at which another
    conversation is in the middle, until `hold` after the last word there, and those to a person to whom another campaign has
    written (or will before), at whichever address, until `gap` after that (0: nobody looks). What its gone address kept from
    leaving goes on as `failures` says.
    """
    asked = {"of_lane": lane, "now": now, "held_since": now - hold, "hold_seconds": hold.total_seconds()}
    until = now + timedelta(seconds=lease_seconds)
    if gap and bulk_open:
        keep_still(connection, is_releasing=False)
        asked |= {"spaced_since": now - gap, "gap_seconds": gap.total_seconds()}
    rests = [{"campaign_id": id_, "until": opens} for id_, opens in resting.items()]
    leased = _take(connection, _REPLIES, asked, limit, now, until, failures)
    if bulk_open and len(leased) < limit:
        looking = _BULK[bool(rests), bool(gap)]
        if rests:
            asked["resting_rows"] = plain(connection.dialect.name, rests, moments=("until",))
        leased += _take(connection, looking, asked, limit - len(leased), now, until, failures)
    return leased


def _take(
    connection: Connection,
    looking: Gathered,
    asked: Mapping[str, Any],
    limit: int,
    now: datetime,
    until: datetime,
    failures: FailureRules,
) -> list[Leased]:
    """Look at the next due messages, put aside those that must not leave (now), and lease the others."""
    for _ in range(_LOOKS if limit > 0 else 0):
        seen = looking.all(connection, {**asked, "most": limit})
        unfit = [row for row in seen if row[_WIDTH:] != _FIT]
        if unfit:
            _put_aside(connection, unfit, now)
            gone = [row[0] for row in unfit if row[_WIDTH] == CONTACT_GONE]
            queue_next(connection, gone, now, failures.lanes)
            seen = [row for row in seen if row[_WIDTH:] == _FIT]
        if seen:
            ids = [row[0] for row in seen]
            _LEASING.run(connection, {"leased_ids": ids, "until": until})
            enter(connection, ids, "sending", "", now)
        if seen or len(unfit) < limit:
            return [Leased._make(row[:_WIDTH]) for row in seen]
    return []


def _put_aside(connection: Connection, unfit: list[tuple[Any, ...]], now: datetime) -> None:
    """Cancel, expire or put off, as the look said. What only waits leaves no trace in the history."""
    told, settled = [], dict[str, list[int]]()
    for row in unfit:
        reason, *waits = row[_WIDTH:]
        if reason:
            settled.setdefault(reason, []).append(row[0])
            told.append({"id": row[0], "status": _settled_as(reason), "reason": reason, "settled_at": now})
        else:
            reason, until = next((reason, until) for reason, until in zip(_WAITS, waits, strict=True) if until)
            told.append({"id": row[0], "status": "queued", "reason": reason, "due_at": until})
    told = plain(connection.dialect.name, told, ("due_at", "settled_at"))
    _PUTTING_ASIDE.run(connection, {"aside_rows": told})
    for reason, ids in settled.items():
        enter(connection, ids, _settled_as(reason), reason, now)


def _settled_as(reason: str) -> str:
    return "expired" if reason == "expired" else "cancelled"


# The statements ---------------------------------------------------------------------------------------------------------


def _looking(dialect: str, *, is_bulk: bool, has_resting: bool = False, is_spaced: bool = False) -> Select[Any]:
    """The look that decides: the next due messages of a lane, locked, each with what it needs to be sent and the judgement.

    After the columns of `Leased` come why it must not be sent any more ("": it may), and until when it has to wait for
    each of `_WAITS` (null: it need not).
    """
    now = bindparam("now", type_=Instant())
    sources: FromClause = (
        message.outerjoin(contact, contact.c.id == message.c.contact_id)
        .outerjoin(person, person.c.id == message.c.person_id)
        .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
        .outerjoin(participation, participation.c.id == message.c.participation_id)
    )
    rests_until: ColumnElement[Any] = null()
    if has_resting:
        resting = rows_of(dialect, "resting", {"campaign_id": String(), "until": Instant()})
        sources = sources.outerjoin(resting, resting.c.campaign_id == func.coalesce(message.c.campaign_id, ""))
        rests_until = resting.c.until
    due = (
        select(*_LEASED_COLUMNS, why_not(now).label("why_not"), rests_until.label(RESTING), contact.c.address_hash)
        .select_from(sources)
        .where(IS_QUEUED, message.c.lane == bindparam("of_lane"))
        .where(message.c.priority == (BULK_PRIORITY if is_bulk else REPLY_PRIORITY), message.c.due_at <= now)
        .order_by(message.c.due_at, message.c.id)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(of=message, skip_locked=True)
        # Apart from the waits: PostgreSQL guesses high what they cost soon after a launch, and then minds no scan besides.
        .subquery("due")
    )
    waits: dict[str, ColumnElement[Any]] = dict.fromkeys(_WAITS, null()) | {RESTING: due.c[RESTING]}
    if is_bulk:
        is_invited = due.c.purpose.in_(COUNTED)
        waits[HELD] = later(case((is_invited, talked_at(due))), bindparam("hold_seconds", type_=Float()))
        if is_spaced:
            waits[SPACED] = case((is_invited, spaced_until(due, now)))
    return select(*(due.c[name] for name in Leased._fields), due.c.why_not, *waits.values())


_REPEATS_A_QUESTION: Final = message.c.purpose.in_(("reminder", "nudge"))
_LEASED_FROM: dict[str, ColumnElement[Any]] = {
    "message_id": message.c.id,
    "fence": message.c.fence + 1,  # as they stand once it is leased
    "attempts": message.c.attempts + 1,
    "address_sealed": contact.c.address_sealed,
    "survey_version_id": participation.c.survey_version_id,
    "participation_status": participation.c.status,
    "dialogue": case((_REPEATS_A_QUESTION, participation.c.dialogue), else_=null()),
    "is_shared": case((message.c.purpose.in_(ASKING_PURPOSES), has_neighbours()), else_=false()),
}
_LEASED_COLUMNS: list[ColumnElement[Any]] = [
    (_LEASED_FROM[name] if name in _LEASED_FROM else message.c[name]).label(name) for name in Leased._fields
]


_REPLIES: Final = Gathered(partial(_looking, is_bulk=False))
_BULK: Final = {
    (has_resting, is_spaced): Gathered(partial(_looking, is_bulk=True, has_resting=has_resting, is_spaced=is_spaced))
    for has_resting in (False, True)
    for is_spaced in (False, True)
}


def _leasing(dialect: str) -> Update:
    return (
        update(message)
        .where(message.c.id.in_(select(ids_of(dialect, "leased").c.id)))
        .values(
            status="sending",
            reason="",
            fence=message.c.fence + 1,
            attempts=message.c.attempts + 1,
            leased_until=bindparam("until", type_=Instant()),
            settled_at=null(),
        )
    )


def _putting_aside(dialect: str) -> Update:
    columns: dict[str, TypeEngine[Any]] = {
        "id": BigInteger(),
        "status": String(),
        "reason": String(),
        "due_at": Instant(),
        "settled_at": Instant(),
    }
    aside = rows_of(dialect, "aside", columns)
    return (
        update(message)
        .where(message.c.id == aside.c.id)
        .values(
            status=aside.c.status,
            reason=aside.c.reason,
            due_at=func.coalesce(aside.c.due_at, message.c.due_at),
            settled_at=aside.c.settled_at,
            leased_until=null(),
        )
    )


_LEASING: Final = Prepared(_leasing)
_PUTTING_ASIDE: Final = Prepared(_putting_aside)
