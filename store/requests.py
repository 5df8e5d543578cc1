"""What residents asked a person for: open until somebody says that it is done. What it is about is not written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, literal, select, update

from store.errors import RequestMissing
from store.schema import contact, participation, person, request
from store.sets import insert_into, moment


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request. `ref` is the person's key in the register, if they are in one; `language` is the one they asked in."""

    id: int
    campaign_id: str
    person_id: int
    ref: str | None
    kind: str
    channel: str
    language: str
    at: datetime
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True, slots=True)
class SealedAddress:
    """One address of whoever asked, still sealed."""

    channel: str
    sealed: bytes = field(repr=False)


def ask(connection: Connection, participation_id: int, kind: str, *, channel: str, language: str, now: datetime) -> int:
    """Note a request; gives its id. Whoever asks again while one is open has asked once: the id is 0."""
    values: dict[str, Any] = {"kind": literal(kind), "channel": literal(channel), "language": literal(language)}
    values |= {"at": moment(now), "done_by": literal("")}
    own = [participation.c.campaign_id, participation.c.id, participation.c.person_id]
    asking = select(*own, *values.values()).where(participation.c.id == participation_id)
    adding = insert_into(connection.dialect.name, request).from_select(
        ["campaign_id", "participation_id", "person_id", *values], asking
    )
    added = adding.on_conflict_do_nothing().returning(request.c.id)
    return int(connection.execute(added).scalar() or 0)


def list_requests(
    connection: Connection, campaign_id: str | None = None, *, is_open: bool = True
) -> list[RequestRecord]:
    """Open requests (or all), of one campaign or of all, who has waited longest first."""
    query = _requests().order_by(request.c.at, request.c.id)
    if campaign_id is not None:
        query = query.where(request.c.campaign_id == campaign_id)
    if is_open:
        query = query.where(request.c.done_at.is_(None))
    return [RequestRecord(**row) for row in connection.execute(query).mappings()]


def get_request(connection: Connection, request_id: int) -> RequestRecord:
    """One request. Raises `RequestMissing`."""
    row = connection.execute(_requests().where(request.c.id == request_id)).mappings().first()
    if row is None:
        raise RequestMissing(f"no request has the number {request_id}")
    return RequestRecord(**row)


def _requests() -> Select[Any]:
    columns = [request.c[name] if name != "ref" else person.c.ref for name in RequestRecord.__slots__]
    return select(*columns).join(person, person.c.id == request.c.person_id)


def finish_request(connection: Connection, request_id: int, by: str, now: datetime) -> bool:
    """Note that a request was dealt with. False when it had been, or is not there."""
    closing = update(request).where(request.c.id == request_id, request.c.done_at.is_(None))
    return connection.execute(closing.values(done_at=now, done_by=by)).rowcount == 1


def addresses_of(connection: Connection, person_id: int) -> list[SealedAddress]:
    """How whoever asked can be reached, the preferred address first."""
    rows = connection.execute(
        select(contact.c.channel, contact.c.address_sealed)
        .where(contact.c.person_id == person_id, contact.c.gone_at.is_(None))
        .order_by(contact.c.rank, contact.c.id)
    )
    return [SealedAddress(*row) for row in rows]
