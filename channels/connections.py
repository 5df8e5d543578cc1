"""What adapters share that call a provider over HTTP: pooled sessions, and what a broken connection means. No provider's errors live here, and what calls us is in `calls`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from channels.errors import Doubtful, GatewayFailed, SendError, TryLater

CONNECT_SECONDS = 10.0
# A server that closes an idle connection while a message is written to it leaves that message in doubt. The common
# servers wait at least 5 seconds (uvicorn, Node.js and Apache by default; nginx 75), so what has been idle for 3 is closed here.
IDLE_SECONDS = 3.0


def new_session(connections: int, timeout_seconds: float) -> aiohttp.ClientSession:
    """A session with a pool of its own, whose connections are reused only as long as no server has begun to close them."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=300),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds, sock_connect=min(CONNECT_SECONDS, timeout_seconds)),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def broken(error: BaseException) -> SendError:
    """What a failure of the connection means for the message: not sent if there was no connection, else in doubt."""
    if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return TryLater("unreachable")
    if isinstance(error, asyncio.TimeoutError):
        return Doubtful("timeout")
    return Doubtful("connection_cut")


def from_status(status: int, after_seconds: float | None = None, *, is_own: bool = False) -> SendError | None:
    """What an HTTP status means whatever the provider: throttled and server errors; None for the others.

    | status | RFC 9110 | what it means for a message |
    |---|---|---|
    | 429 | (RFC 6585, 4) not taken | later |
    | 503 | 15.6.4: cannot handle it at present | later, where it is the provider that says so (`is_own`: in its own form) or where there is a Retry-After; of a proxy it may mean that the provider hung up on it |
    | 500 | 15.6.1: failed in the middle | doubt |
    | 502, 504 | 15.6.3, 15.6.5: a gateway had no answer, or none in time, from whom it had passed the request on to | doubt |
    | others from 500 | | doubt |

    A POST may only be repeated unasked where it is known that the first was never applied (RFC 9110, 9.2.2).
    """
    if status == 429:
        return TryLater("throttled", after_seconds=after_seconds)
    if status == 503 and (is_own or after_seconds is not None):
        return TryLater("http_503", after_seconds=after_seconds)
    if status == 500:
        return Doubtful("http_500", after_seconds=after_seconds)
    if status > 500:
        return GatewayFailed(f"http_{status}", after_seconds=after_seconds)
    return None


def retry_after(value: str | None, sent: str | None = None) -> float | None:
    """Seconds from a Retry-After header, which holds a number or a moment (RFC 9110, section 10.2.3).

    A moment is taken by the sender's own clock where it `sent` its Date. None when nothing can be made of it.
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
        now = parsedate_to_datetime(sent) if sent else datetime.now(UTC)
        return max(0.0, (at - now).total_seconds())
    except (ValueError, TypeError):  # no moment, or one without a zone
        return None
