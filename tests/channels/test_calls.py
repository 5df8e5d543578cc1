"""How webhooks are called: bodies that came whole or in parts, with an end either way, and what becomes of one that fails."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from channels.calls import WHOLE, BodyTooLarge, Webhook, bounded_body, read_body


def request(*messages: dict[str, Any], whole: bytes | None = None, **headers: str) -> Request:
    """A request that says these messages when it is asked; `whole` is what came with its head."""
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(coming)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    extensions = {} if whole is None else {WHOLE: bytearray(whole)}
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw, "extensions": extensions}, receive)


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "came",
    [request(whole=b"abcd"), request(part(b"abcd")), request(part(b"ab", more=True), part(b"cd"))],
    ids=["with the head", "after it", "in parts"],
)
async def test_a_body_is_the_same_however_it_came(came: Request) -> None:
    assert await read_body(came, 4) == b"abcd"


async def test_a_body_that_came_with_the_head_is_not_kept() -> None:
    came = request(whole=b"abcd")
    kept = came.scope["extensions"][WHOLE]
    await read_body(came, 4)
    assert (came.scope["extensions"], kept) == ({}, b"")


@pytest.mark.parametrize(
    "came",
    [request(whole=b"abcde"), request(part(b"abcde")), request(part(b"ab", more=True), part(b"cde", more=True))],
    ids=["with the head", "after it", "in parts"],
)
async def test_a_body_has_an_end_however_it_came(came: Request) -> None:
    with pytest.raises(BodyTooLarge):
        await read_body(came, 4)


async def test_a_body_that_says_it_is_too_long_is_not_read() -> None:
    with pytest.raises(BodyTooLarge):
        await bounded_body(request(content_length="5"), 4)


async def test_a_body_whose_rest_does_not_come_is_given_up() -> None:
    with pytest.raises(ClientDisconnect):
        await read_body(request(part(b"ab", more=True), GONE), 4)


async def answered(webhook: Webhook) -> list[Any]:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    await webhook(request(part(b"")).scope, None, send)  # type: ignore[arg-type]  # nothing is read
    return [message["status"] for message in said if message["type"] == "http.response.start"]


async def test_a_webhook_that_fails_answers_with_its_excuse_or_fails_for_whoever_called() -> None:
    async def fails(_: Request) -> Response:
        raise ConnectionError

    def excuse(error: Exception) -> Response | None:
        return Response(status_code=503) if isinstance(error, OSError) else None

    assert await answered(Webhook(fails).excused(excuse)) == [503]
    with pytest.raises(ConnectionError):
        await answered(Webhook(fails))
    with pytest.raises(ConnectionError):
        await answered(Webhook(fails).excused(lambda _: None))
