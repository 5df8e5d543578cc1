"""How sending fails, by name: what every adapter converts its vendor's exceptions into. What is tried again is decided elsewhere."""

from __future__ import annotations

from typing import Literal

Concern = Literal["message", "lane"]


class ChannelError(Exception):
    """The root of everything an adapter raises."""


class AddressRefused(ChannelError):
    """The address cannot be one of this channel's. The message says what to write instead, without repeating the address."""


class SendError(ChannelError):
    """A message was not accepted. `reason` is a short code safe to log and store: no address, no token, no text.

    `concerns` says what stood in the way: this message or its recipient, or the lane, so that any other message would
    have fared alike. What concerns the lane rests all of it, on every worker.
    """

    concern: Concern = "message"

    def __init__(self, reason: str, *, after_seconds: float | None = None, concerns: Concern | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_seconds = after_seconds
        self.concerns: Concern = concerns or self.concern


class TryLater(SendError):
    """Nothing was sent, and later it may be. `after_seconds` is the provider's own wish, if it gave one.

    The provider is down or busy, which concerns the lane; or, where the adapter says so, one recipient's server is
    greylisting, their mailbox is full, their chat has had too much at once.
    """

    concern = "lane"


class TooLate(TryLater):
    """The lease ran out before its turn came, so nothing was sent: somebody else may be sending it. It says nothing of the provider."""

    def __init__(self) -> None:
        super().__init__("waited_too_long", after_seconds=0.0, concerns="message")


class Refused(SendError):
    """The provider will never accept this message; others may go through."""


class RecipientGone(SendError):
    """The address is dead or has blocked us; no further message should go there."""


class RecipientOptedOut(SendError):
    """The provider says that this recipient has opted out of messages from this sender."""


class Misconfigured(SendError):
    """Credentials or sender identity are wrong: nothing on this lane will go through until a person mends it.

    Where it keeps only some recipients out (a country that the account may not write to) it concerns the message.
    """

    concern = "lane"


class Doubtful(SendError):
    """The wire broke after the message may have been accepted: it may or may not arrive."""

    concern = "lane"


class GatewayFailed(Doubtful):
    """Something before the provider answered that it failed. Mostly nothing was sent; but the request may have been passed on."""
