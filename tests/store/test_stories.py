"""Whatever happens to messages, their histories tell it: every change of status, when and why."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from store.campaigns import close_campaign
from store.database import Database
from store.deliveries import doubtful, report, resolve
from store.departures import cancel_campaign, opt_people_out
from store.failures import FailureRules
from store.outbox import Outcome, expire, settle, sweep
from store.schema import campaign, message, message_transition
from store.stories import stories, story
from store.turns import Reply
from tests.store.town import (
    LANES,
    MORNING,
    answer_turn,
    messages,
    participation_of,
    queue_replies,
    release,
    resident,
    settle_in,
    start,
    take,
)

RULES = FailureRules(LANES)
MINUTE = timedelta(minutes=1)
PEOPLE = 24
FOLLOWED = {("telegram", number): {"telegram": f"{number}", "sms": f"+4670{number:07d}"} for number in range(PEOPLE)}


class Walk:
    """Random steps through everything that can happen to messages, at a clock that always goes on."""

    def __init__(self, connection, seed: int) -> None:
        self.connection, self.rng, self.now, self.held = connection, Random(seed), MORNING, []
        settle_in(connection, *(resident(n, contacts=FOLLOWED["telegram", n]) for n in range(PEOPLE)))
        start(connection)
        plan = {"plan": {"failover": True, "channels": ["telegram", "sms"]}}
        connection.execute(update(campaign).values(definition=plan))
        release(connection, "invitation")
        self.steps = [self.lease] * 3 + [self.settle] * 3 + [self.report] * 3
        self.steps += [self.sweep, self.resolve, self.answer, self.reply, self.leave, self.die, self.expire, self.later]

    def lease(self) -> None:
        lane = self.rng.choice(("telegram", "sms"))
        self.held += take(self.connection, self.now, lane=lane, limit=self.rng.randint(1, 4), failures=RULES)

    def settle(self) -> None:
        leased, self.held = self.held[:3], self.held[3:]
        statuses = ("sent", "sent", "failed", "gone", "queued", "unknown", "opted_out")
        outcomes = [
            Outcome(m.message_id, m.fence, status, reason="" if status == "sent" else "told", due_at=self.now + MINUTE)
            for m in leased
            for status in [self.rng.choice(statuses)]
        ]
        settle(self.connection, outcomes, self.now, RULES)

    def report(self) -> None:
        row = self.rng.choice(messages(self.connection))
        status = self.rng.choice(("sent", "delivered", "failed", "gone", "opted_out"))
        told = {"status": status, "reason": self.rng.choice(("", "twilio_30003", "complaint")), "message_id": row.id}
        report(self.connection, row.channel, now=self.now, failures=RULES, **told)

    def sweep(self) -> None:
        sweep(self.connection, self.now)

    def resolve(self) -> None:
        ids = [row.message_id for row in doubtful(self.connection)]
        resolve(self.connection, ids[:2], self.rng.choice(("resend", "sent", "failed")), self.now, RULES)

    def answer(self) -> None:
        answer_turn(self.connection, self.rng.randrange(PEOPLE), now=self.now, colour="red")

    def reply(self) -> None:
        theirs = participation_of(self.connection, self.rng.randrange(PEOPLE))
        said = Reply(
            theirs.channel, theirs.channel, theirs.contact_id, "sv", {"text": "Ja"}, expires_at=self.now + 9 * MINUTE
        )
        ids = {"person_id": theirs.person_id, "campaign_id": "park", "participation_id": theirs.id}
        queue_replies(self.connection, [said], self.now, **ids)

    def leave(self) -> None:
        person = self.rng.choice(messages(self.connection)).person_id
        opt_people_out(self.connection, [person], origin="sms", now=self.now, channel=self.rng.choice(("*", "sms")))

    def die(self) -> None:
        if self.rng.random() < 0.1:
            cancel_campaign(self.connection, "park", self.now)
            close_campaign(self.connection, "park", self.now)

    def expire(self) -> None:
        expire(self.connection, self.now)

    def later(self) -> None:
        self.now += 3 * MINUTE


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_change_is_in_the_history_with_its_time_and_reason(database: Database, seed):
    moves: Counter[tuple[str, str]] = Counter()
    with database.begin() as connection:
        walk = Walk(connection, seed)
        before = {row.id: row for row in messages(connection)}
        length = 0
        for _ in range(120):
            walk.now += timedelta(seconds=1)
            walk.rng.choice(walk.steps)()
            after = {row.id: row for row in messages(connection)}
            query = select(message_transition).order_by(message_transition.c.id).offset(length)
            entries = connection.execute(query).all()
            length += len(entries)
            told = {entry.message_id: entry for entry in entries}
            assert len(told) == len(entries), "a message moved twice at one moment"
            for id_, row in after.items():
                was = before[id_].status if id_ in before else "queued"
                if row.status != was or id_ in told:
                    assert id_ in told, (was, row.status)
                    moves[was, row.status] += 1
                    assert (told[id_].status, told[id_].reason, told[id_].at) == (row.status, row.reason, walk.now)
                    assert was != row.status or row.status == "queued"  # swept, then put back for longer by its holder
            before = after
    assert len(moves) >= 8, moves


def test_the_walks_together_take_every_way(sqlite_database: Database):
    seen = set()
    with sqlite_database.begin() as connection:
        for seed in range(1, 30):
            savepoint = connection.begin_nested()
            walk = Walk(connection, seed)
            before: dict[int, str] = {}
            for _ in range(100):
                walk.now += timedelta(seconds=1)
                walk.rng.choice(walk.steps)()
                after = {row.id: row.status for row in messages(connection)}
                seen |= {(before.get(id_, "queued"), status) for id_, status in after.items()}
                before = after
            savepoint.rollback()
    ways = {("queued", "sending"), ("queued", "cancelled"), ("queued", "expired"), ("unknown", "queued")}
    ways |= {("sending", end) for end in ("sent", "failed", "unknown", "queued", "delivered")}
    ways |= {("sent", "delivered"), ("sent", "failed"), ("failed", "delivered")}
    ways |= {("unknown", end) for end in ("sent", "failed", "delivered")}
    assert ways <= seen, ways - seen


def test_a_story_tells_what_followed(database: Database):
    with database.begin() as connection:
        walk = Walk(connection, 1)
        [leased] = take(connection, MORNING, lane="telegram", limit=1)
        outcome = Outcome(leased.message_id, leased.fence, "gone", reason="blocked")
        settle(connection, [outcome], MORNING + MINUTE, RULES)
        first, second = stories(connection, leased.message_id)
        assert stories(connection, second.message_id) == [first, second]
        assert story(connection, 4711) is None
        assert (first.followed_by, second.follows_id) == (second.message_id, first.message_id)
        assert [(m.status, m.reason) for m in first.moments] == [("queued", ""), ("sending", ""), ("failed", "blocked")]
        assert [m.status for m in second.moments] == ["queued"]
        assert "+46" not in repr([first, second])
        assert walk.held == []
        assert connection.execute(select(message.c.id).where(message.c.follows_id == first.message_id)).scalar()
