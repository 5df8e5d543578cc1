"""Personal tokens: a participation's number, signed, so that links, reply addresses and deep links need no table."""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from hashlib import sha256

_MAC_BYTES = 10


class Links:
    """Makes and reads personal tokens and the addresses that carry them.

    A token is base32 in lower case without padding (at most 32 characters, so it fits a Telegram deep link and the
    local part of an e-mail address, whose case mail systems may change): the number in its shortest big-endian form,
    then 80 bits of HMAC-SHA-256 over it.
    """

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._secret = hmac.digest(secret, b"genklang personal token", sha256)
        self._public_url = public_url.rstrip("/")

    def token(self, participation_id: int) -> str:
        """The token of a participation."""
        number = participation_id.to_bytes((participation_id.bit_length() + 7) // 8 or 1)
        return b32encode(number + self._mac(number)).decode().rstrip("=").lower()

    def participation_id(self, token: str) -> int | None:
        """The participation a token names, or None when it is not one of ours."""
        try:
            raw = b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            return None
        number, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not number or not hmac.compare_digest(mac, self._mac(number)):
            return None
        return int.from_bytes(number)

    def personal_url(self, participation_id: int) -> str:
        """The address of the person's own page of this dialogue."""
        return f"{self._public_url}/d/{self.token(participation_id)}"

    def unsubscribe_url(self, participation_id: int) -> str:
        """The address that takes the person out of everything (RFC 8058)."""
        return f"{self._public_url}/u/{self.token(participation_id)}"

    def public_url(self, campaign_id: str) -> str:
        """The address of the dialogue's public page."""
        return f"{self._public_url}/dialogue/{campaign_id}"

    def _mac(self, number: bytes) -> bytes:
        return hmac.digest(self._secret, number, sha256)[:_MAC_BYTES]
