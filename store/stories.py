"""What became of one message, from its writing to its end, and of what it followed and what followed it. No address and no text is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from store.schema import message, message_transition


@dataclass(frozen=True, slots=True)
class Moment:
    """That a message came to a status, and why."""

    at: datetime
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """One message's way. `follows_id` is the message that had not arrived before it, `followed_by` the one that went on; 0: none.

    `moments` begin with its writing. Those that are older than the histories are kept are gone.
    """

    message_id: int
    campaign_id: str | None
    channel: str
    lane: str
    purpose: str
    status: str
    attempts: int
    due_at: datetime
    follows_id: int
    followed_by: int
    moments: tuple[Moment, ...]


def story(connection: Connection, message_id: int) -> Story | None:
    """A message's story; None when there is no such message."""
    row = connection.execute(select(message).where(message.c.id == message_id)).first()
    if row is None:
        return None
    entries = select(message_transition.c.at, message_transition.c.status, message_transition.c.reason)
    moments = connection.execute(
        entries.where(message_transition.c.message_id == message_id).order_by(message_transition.c.id)
    )
    after = connection.execute(select(message.c.id).where(message.c.follows_id == message_id)).scalar()
    names = ("campaign_id", "channel", "lane", "purpose", "status", "attempts", "due_at", "follows_id")
    return Story(
        message_id=message_id,
        followed_by=after or 0,
        moments=(Moment(row.created_at, "queued", ""), *(Moment(*entry) for entry in moments)),
        **{name: getattr(row, name) for name in names},
    )


def stories(connection: Connection, message_id: int) -> list[Story]:
    """The stories of a message, of those that it followed and of those that followed it: the first of them first."""
    found = story(connection, message_id)
    if found is None:
        return []
    chain = [found]
    while chain[0].follows_id and (earlier := story(connection, chain[0].follows_id)):
        chain.insert(0, earlier)
    while chain[-1].followed_by and (later := story(connection, chain[-1].followed_by)):
        chain.append(later)
    return chain
