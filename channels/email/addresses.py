"""Addresses: the form in which residents' are stored, and our own signed ones for replies, bounces and message ids. Nothing is sent or read here."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from email.utils import parseaddr

from channels.errors import AddressRefused
from channels.marks import Seal, key_of

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})")
_REMEDY = "write it as name@example.org"


def normalise(written: str) -> str:
    """The one form of an address: lower case, the domain in ASCII (IDNA). Raises `AddressRefused`.

    Local parts are case-sensitive by RFC 5321 but nowhere in practice, and replies come back in any case.
    """
    text = written.strip().removeprefix("mailto:")
    address = parseaddr(text)[1] if "<" in text else text
    local, at, domain = address.rpartition("@")
    if not at:
        raise AddressRefused(f"an e-mail address needs an @: {_REMEDY}")
    local = local.lower()
    if not local.isascii():
        raise AddressRefused(
            "the part before the @ has a letter that mail servers do not all carry; ask for another one"
        )
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise AddressRefused(f"the part before the @ is not one of an e-mail address: {_REMEDY}")
    try:
        ascii_domain = domain.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    if not _DOMAIN.fullmatch(ascii_domain):
        raise AddressRefused(f"the part after the @ is not a domain: {_REMEDY}")
    return f"{local}@{ascii_domain}"


@dataclass(frozen=True, slots=True)
class OurAddresses:
    """Our addresses at one domain. Signatures keep strangers from settling messages that they were never sent."""

    domain: str
    secret: bytes = field(repr=False)
    sender: str = ""
    _seal: Seal = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_seal", Seal(key_of(self.secret, "genklang mail addresses"), 8))

    def reply(self, token: str) -> str:
        """Where a resident's reply goes; the token's case is kept."""
        return f"reply+{token}@{self.domain}"

    def bounce(self, message_id: int) -> str:
        """The return path of one message (VERP): whatever comes back there is about that message."""
        return f"bounce+{self._signed(message_id)}@{self.domain}"

    def bounce_and_message_id(self, message_id: int) -> tuple[str, str]:
        """Both at the price of one signature."""
        signed = self._signed(message_id)
        return f"bounce+{signed}@{self.domain}", f"<{signed}@{self.domain}>"

    def message_id(self, message_id: int) -> str:
        """The Message-ID header of one message, the same however often it is sent."""
        return f"<{self._signed(message_id)}@{self.domain}>"

    def thread_id(self, token: str) -> str:
        """A Message-ID that every message of one conversation refers to, so that mail programs keep them together."""
        return f"<thread.{self._mark(f'thread:{token}')}@{self.domain}>"

    def token_in(self, address: str) -> str | None:
        """The reply token in one of our addresses, or None."""
        local = self._local(address)
        return local[6:] if local is not None and local[:6].lower() == "reply+" and len(local) > 6 else None

    def bounced(self, address: str) -> int | None:
        """The message that a bounce address names, or None when it is not ours or the signature is wrong."""
        local = self._local(address)
        return self._verified(local[7:]) if local is not None and local[:7].lower() == "bounce+" else None

    def sent(self, header: str) -> int | None:
        """The message that a Message-ID names, or None when it is not ours."""
        local = self._local(header.strip().strip("<>"))
        return self._verified(local) if local is not None else None

    def is_one(self, address: str) -> bool:
        """Whether an address is one that we write from or let answers go to: who writes from it is ourselves."""
        return address.lower() == self.sender or self.token_in(address) is not None or self.bounced(address) is not None

    def _local(self, address: str) -> str | None:
        local, _, domain = address.strip().strip("<>").rpartition("@")
        return local if domain.lower() == self.domain else None

    def _signed(self, message_id: int) -> str:
        return f"{message_id}.{self._mark(f'message:{message_id}')}"

    def _verified(self, signed: str) -> int | None:
        number, _, mark = signed.partition(".")
        if not (number.isascii() and number.isdigit() and len(number) <= 19):
            return None
        genuine = self._mark(f"message:{number}")
        return int(number) if hmac.compare_digest(mark.lower().encode(), genuine.encode()) else None

    def _mark(self, words: str) -> str:
        """Sixteen characters that only the secret's owner can make; hexadecimal, because mail servers may change case."""
        return self._seal(words.encode()).hex()
