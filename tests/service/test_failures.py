"""From the wire to the next channel: what a provider refuses or reports moves a message on, and a gone address comes back."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import update

from channels.api import DeliveryReport
from service.metrics import Metrics
from store.schema import campaign, contact, message
from tests.service.hall import OPENS, Hall, Street, number_of, resident, until


def two_ways(number: int):
    return resident(number, sms=number_of(number), email=f"r{number}@post.example")


def fail_over(hall: Hall) -> None:
    [row] = hall.rows(campaign)
    plan = {**row.definition.get("plan", {}), "failover": True}
    hall.do(lambda c: c.execute(update(campaign).values(definition={**row.definition, "plan": plan})))


async def test_what_the_provider_refuses_goes_on_by_mail(street: Street) -> None:
    street.invite(*(two_ways(n) for n in range(4)), sent=False)
    fail_over(street)
    street.provider.faults.refuse |= {number_of(1), number_of(2)}
    async with street.service.outbox.running():
        await until(lambda: street.statuses(message.c.channel == "sms") == {"sent": 2, "failed": 2})
        await until(lambda: street.count(message, message.c.channel == "email", message.c.attempts > 0) == 2)
    failed = {row.id for row in street.rows(message, message.c.status == "failed")}
    assert {row.follows_id for row in street.rows(message, message.c.channel == "email")} == failed


async def test_a_bounce_that_is_reported_later_goes_on_by_mail(hall: Hall) -> None:
    hall.invite(two_ways(1))
    fail_over(hall)
    [sent] = hall.rows(message)
    for _ in range(2):
        await hall.service.desk.report(DeliveryReport("sms", "gone", message_id=sent.id, reason="twilio_30005"))
    assert [(row.channel, row.status) for row in hall.rows(message)] == [("sms", "failed"), ("email", "queued")]
    assert hall.participation(1).channel == "email"


async def test_whoever_writes_from_a_gone_address_is_answered_there(hall: Hall) -> None:
    hall.invite(resident(1))
    hall.do(lambda c: c.execute(update(contact).values(gone_at=OPENS, gone_reason="twilio_30005")))
    hall.pass_time(timedelta(hours=1))
    await hall.hear(1, "Börja")
    assert [(row.gone_at, row.gone_reason) for row in hall.rows(contact)] == [(None, "")]
    assert hall.statuses(message.c.purpose == "reply").keys() == {"queued"}


async def test_blocks_are_told_to_the_operator_and_no_address_with_them(hall: Hall) -> None:
    hall.invite(resident(1), resident(2))
    first, second = hall.rows(message)
    with structlog.testing.capture_logs() as told:
        await hall.service.desk.report(DeliveryReport("sms", "failed", message_id=first.id, reason="twilio_30007"))
        await hall.service.desk.report(DeliveryReport("sms", "failed", message_id=second.id, reason="twilio_30003"))
    assert told == [
        {"event": "receivers block us", "log_level": "error", "lane": "sms", "reason": "twilio_30007", "messages": 1}
    ]
    assert [row.gone_at for row in hall.rows(contact)] == [None, None]
    assert [row.soft_count for row in hall.rows(contact)] == [0, 1]


def test_blocks_are_counted_for_the_lane() -> None:
    metrics = Metrics()
    for reason in ("twilio_30007", "bounce_5.7.1", "twilio_30003", ""):
        metrics.blocked("sms", reason)
    assert metrics.registry.get_sample_value("genklang_blocks_total", {"lane": "sms"}) == 2


async def test_a_complaint_leaves_the_channel_and_the_campaign_alone(hall: Hall) -> None:
    hall.invite(resident(1, email="r1@post.example"))
    [sent] = hall.rows(message)
    await hall.service.desk.report(DeliveryReport("email", "opted_out", message_id=sent.id, reason="complaint"))
    assert [row.gone_reason for row in hall.rows(contact)] == ["opted_out"]
    assert hall.person(1).opted_out_at is None
    assert hall.participation(1).status == "opted_out"
