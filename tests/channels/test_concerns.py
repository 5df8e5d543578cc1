"""Whom a failure concerns: the lane, which then rests on every worker, or one recipient."""

from __future__ import annotations

import aiogram.exceptions as telegram
import pytest
from aiogram.methods import GetMe

from channels.connections import broken, from_status
from channels.email.errors import Step, from_reply
from channels.errors import Concern, Doubtful, GatewayFailed, Misconfigured, Refused, TryLater
from channels.sms.errors import code_in, from_code
from channels.telegram.chats import BURST, REMEMBERED, Chats
from channels.telegram.errors import converted


@pytest.mark.parametrize(
    ("step", "code", "text", "concern"),
    [
        ("connect", 421, "4.3.2 shutting down", "lane"),
        ("connect", 450, "4.7.1 too many connections", "lane"),
        ("login", 454, "4.7.0 temporary authentication failure", "lane"),
        ("sender", 451, "try again", "lane"),
        ("sender", 452, "4.3.1 mail system full", "lane"),
        ("sender", 450, "4.7.1 greylisted", "message"),
        ("recipient", 421, "4.7.0 closing", "lane"),
        ("recipient", 450, "mailbox busy", "message"),
        ("recipient", 451, "4.7.1 Greylisted, try again in 300 seconds", "message"),
        ("recipient", 452, "4.2.2 mailbox full", "message"),
        ("recipient", 452, "4.3.1 insufficient system storage", "lane"),
        ("recipient", 450, "4.7.28 rate of your address", "lane"),
        ("recipient", 451, "4.1.8 sender's domain does not resolve", "lane"),
        ("data", 451, "local error", "lane"),
        ("message", 452, "4.2.2 mailbox full", "message"),
    ],
)
def test_a_mail_server_puts_off_everybody_or_one_mailbox(step: Step, code: int, text: str, concern: Concern) -> None:
    error = from_reply(step, code, text)
    assert isinstance(error, TryLater)
    assert error.concerns == concern


@pytest.mark.parametrize(
    ("status", "code", "kind", "concern"),
    [
        (429, 20429, TryLater, "lane"),
        (429, None, TryLater, "lane"),
        (503, 20503, TryLater, "lane"),
        (503, None, GatewayFailed, "lane"),
        (400, 14107, TryLater, "message"),
        (400, 30450, TryLater, "message"),
        (400, 30453, TryLater, "message"),
        (429, 30454, TryLater, "lane"),
        (400, 21611, TryLater, "lane"),
        (401, 20003, Misconfigured, "lane"),
        (400, 21408, Misconfigured, "message"),
        (400, 21602, Refused, "message"),
    ],
)
def test_twilio_throttles_the_account_or_two_numbers(
    status: int, code: int | None, kind: type, concern: Concern
) -> None:
    error = from_code(status, code)
    assert isinstance(error, kind)
    assert error.concerns == concern


@pytest.mark.parametrize(("code", "seconds"), [(14107, 30), (30450, 1800), (30453, 7200), (63038, 3600), (20429, None)])
def test_what_twilio_holds_up_for_a_while_is_left_alone_for_as_long(code: int, seconds: float | None) -> None:
    assert from_code(429, code).after_seconds == seconds
    assert from_code(429, code, 7).after_seconds == 7


def test_twilios_code_is_read_from_whatever_comes() -> None:
    assert code_in('{"code": 14107, "message": "…"}') == 14107
    for other in ("", "<html>", "[]", '{"code": "x"}', "{}"):
        assert code_in(other) is None


def test_a_telegram_429_is_the_bots_unless_its_chat_was_just_written_to() -> None:
    error = telegram.TelegramRetryAfter(method=GetMe(), message="Too Many Requests: retry after 7", retry_after=7)
    assert (converted(error).concerns, converted(error).after_seconds) == ("lane", 7)
    assert converted(error, is_chat_busy=True).concerns == "message"


def test_what_is_too_large_for_telegram_is_refused_though_the_library_calls_it_a_network_error() -> None:
    error = telegram.TelegramEntityTooLarge(method=GetMe(), message="Request Entity Too Large")
    assert isinstance(converted(error), Refused)


def test_a_broken_wire_and_a_server_in_trouble_concern_the_lane() -> None:
    assert broken(TimeoutError()).concerns == "lane"
    assert isinstance(broken(TimeoutError()), Doubtful)
    trouble = from_status(502)
    assert trouble is not None
    assert trouble.concerns == "lane"


def test_a_chat_gets_a_short_burst_and_then_about_one_a_second() -> None:
    now = [100.0]
    chats = Chats(lambda: now[0])
    waits = []
    for _ in range(BURST + 2):
        waits.append(chats.wait_seconds(7))
        chats.wrote(7)
    assert waits == [0.0] * BURST + [1.0, 2.0]
    assert chats.wait_seconds(8) == 0
    assert chats.is_busy(7)
    now[0] += BURST + 2
    assert (chats.wait_seconds(7), chats.is_busy(7)) == (0.0, False)


def test_only_the_chats_written_to_last_are_remembered() -> None:
    chats = Chats(lambda: 100.0)
    for chat in range(REMEMBERED + 10):
        chats.wrote(chat)
    assert not chats._full_at.get(0)
    assert len(chats._full_at) == REMEMBERED
