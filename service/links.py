"""Personal tokens: a participation's number, signed, so that links, reply addresses and deep links need no table."""

from __future__ import annotations

import hmac
from base64 import b32decode
from typing import Final

from channels.marks import Seal, base32, key_of

_MAC_BYTES = 10
SELF: Final = "self"
MODES: Final = (SELF, "staff", "proxy", "paper")  # who answers through a link: the person, or somebody in their place


class Links:
    """Makes and reads personal tokens and the addresses that carry them.

    A token is base32 in lower case without padding (at most 32 characters, so it fits a Telegram deep link and the
    local part of an e-mail address, whose case mail systems may change): the number in its shortest big-endian form,
    then 80 bits of keyed BLAKE2b over it. A token for somebody who answers in the person's place is signed for that mode,
    so it cannot be made out of the person's own, nor the other way round.
    """

    def __init__(self, secret: bytes, public_url: str) -> None:
        self._seal = Seal(key_of(secret, "genklang personal token"), _MAC_BYTES)
        self._public_url = public_url.rstrip("/")
        self._page, self._way_out = f"{self._public_url}/d/", f"{self._public_url}/u/"

    def token(self, participation_id: int, mode: str = SELF) -> str:
        """The token of a participation, for the person or for one who answers in their place."""
        number = participation_id.to_bytes((participation_id.bit_length() + 7) // 8 or 1)
        return base32(number + self._mac(number, mode))

    def personal(self, participation_id: int) -> tuple[str, str, str]:
        """The person's own token, the address of their page, and the one that takes them out of everything."""
        token = self.token(participation_id)
        return token, self._page + token, self._way_out + token

    def participation_id(self, token: str) -> int | None:
        """The participation a token names, or None when it is not one of ours."""
        read = self._read(token)
        return read[0] if read else None

    def mode(self, token: str) -> str | None:
        """How answers through a token came in when not from the person themselves: staff, proxy or paper; else None."""
        read = self._read(token)
        return read[1] if read and read[1] != SELF else None

    def _read(self, token: str) -> tuple[int, str] | None:
        try:
            raw = b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            return None
        number, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if not number:
            return None
        mode = next((mode for mode in MODES if hmac.compare_digest(mac, self._mac(number, mode))), None)
        return (int.from_bytes(number), mode) if mode else None

    def personal_url(self, participation_id: int, mode: str = SELF) -> str:
        """The address of the person's own page of this dialogue, or of the one through which somebody answers for them."""
        return self._page + self.token(participation_id, mode)

    def unsubscribe_url(self, participation_id: int) -> str:
        """The address that takes the person out of everything (RFC 8058)."""
        return self._way_out + self.token(participation_id)

    def public_url(self, campaign_id: str) -> str:
        """The address of the dialogue's public page."""
        return f"{self._public_url}/dialogue/{campaign_id}"

    def _mac(self, number: bytes, mode: str = SELF) -> bytes:
        return self._seal(number if mode == SELF else mode.encode() + b":" + number)
