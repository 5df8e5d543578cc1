"""Twilio's client over one pooled HTTP session of our own, at any base address. What is sent lives in `adapter`."""

from __future__ import annotations

import base64
import logging
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from channels.connections import broken, new_session, retry_after
from channels.sms.errors import code_in, from_code
from channels.sms.settings import SmsSettings

silent = logging.getLogger("genklang.channels.sms.wire")
silent.disabled = True  # the library logs addresses of requests and their parameters


class PooledHttpClient(AsyncHttpClient):  # type: ignore[misc]
    """One session for every request. Broken connections, throttling and server errors leave as `SendError`s."""

    def __init__(self, settings: SmsSettings) -> None:
        super().__init__(silent, True, settings.timeout_seconds)
        self._base = settings.api_base.rstrip("/")
        self._connections, self._seconds = settings.connections, settings.timeout_seconds
        self._addresses: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | str | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature; the session's own limit counts
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request to the base address that is set, whichever the library meant. `data` may be an encoded form."""
        if self._session is None or self._session.closed:
            self._session = new_session(self._connections, self._seconds)
        try:
            async with self._session.request(
                method,
                self._there(url),
                params=params,  # type: ignore[arg-type]
                data=urlencode(data) if isinstance(data, dict) else data,
                headers={**(headers or {}), **_authorization(auth)},
                allow_redirects=allow_redirects,
            ) as answer:
                text = (await answer.read()).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise broken(error) from None
        wish = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
        if answer.status == 429 or answer.status >= 500:
            raise from_code(answer.status, code_in(text), wish)
        return Response(answer.status, text, answer.headers)

    def _there(self, url: str) -> str:
        """The address at the base that is set; most requests go to the same, which is taken apart once."""
        if url not in self._addresses:
            self._addresses = {url: self._base + urlsplit(url).path}
        return self._addresses[url]

    async def close(self) -> None:
        """Close the session; the next request opens another."""
        if self._session is not None:
            await self._session.close()


@lru_cache(maxsize=4)
def _authorization(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()}


def twilio_client(settings: SmsSettings, http_client: PooledHttpClient) -> Client:
    """The library's client, told everything, so that it reads nothing from the environment."""
    nothing = {"TWILIO_EDGE": ""}
    token = settings.auth_token.get_secret_value()
    return Client(settings.account_sid, token, http_client=http_client, environment=nothing)
