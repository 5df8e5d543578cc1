"""What a channel is: the protocol every adapter fulfils, and what goes through it. The named ways in which sending fails live in `errors`.

An adapter is found through the entry-point group `genklang.channels`, whose objects are `doors.Door`s. It knows messages, not
campaigns; retries are decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import inf
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

from bot.contents import Content, Said
from bot.receipts import GivenAnswer, Progress
from channels.errors import SendError

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

Purpose = Literal["invitation", "reminder", "reply", "nudge", "feedback", "notice"]
InboundKind = Literal["said", "opened", "opted_out", "auto_reply"]
DeliveryStatus = Literal["sent", "delivered", "failed", "gone", "opted_out", "back"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How channels differ, as data.

    `text_chars`: longest text of one message. `title_chars`: longest title shown whole (0: titles are not shown). `options`: most buttons under one message (0: options are numbered lines).
    `opens_with_question`: an invitation carries card and first question; otherwise the resident is asked to begin first.
    `has_card_in_invitation`: the invitation itself has room for the whole charter card.
    `can_write_first`: may send to an address that has not written to us.
    `has_links_in_invitation`: a first message may carry the personal link. `is_terse`: every character costs.
    `is_page`: residents come to it and read the answer there; nothing is ever sent.
    `rate_per_second` (infinite: as fast as the provider takes them) bounds one lane over all workers, `concurrency` what
    one process has on the wire; as much as comes in `burst_seconds` may go at once. `resends_doubtful`: bulk in doubt may be sent again unasked.
    """

    text_chars: int
    title_chars: int = 0
    options: int = 0
    option_chars: int = 0
    opens_with_question: bool = False
    has_card_in_invitation: bool = False
    can_write_first: bool = True
    has_links_in_invitation: bool = True
    is_terse: bool = False
    is_page: bool = False
    has_location_button: bool = False
    has_updates: bool = False
    rate_per_second: float = 10.0
    burst_seconds: float = 1.0
    concurrency: int = 10
    batch: int = 100
    resends_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a resident (or the provider on their behalf) did.

    `external_id` is unique within the channel and the same when the provider repeats itself: it is the dedupe key.
    `address` is normalised. `token` names a participation where the wire carried one (deep link, reply address, page).
    The message that was pressed or replied to has the provider's id `message_ref`, or ours `message_id`, if the wire tells.
    `language` is the client's own guess (BCP 47), if the wire has one. `edits` is the `external_id` of an earlier inbound
    that the resident has rewritten: what it answered is corrected.
    """

    channel: str
    lane: str
    external_id: str
    address: str = field(repr=False)
    kind: InboundKind = "said"
    said: Said = field(default_factory=Said, repr=False)
    token: str | None = field(default=None, repr=False)
    message_ref: str | None = None
    message_id: int | None = None
    language: str | None = None
    edits: str | None = None
    sent_at: datetime | None = None


class Outbound(NamedTuple):
    """One message to one address.

    `content` is shared by every recipient of one wave and language, so an adapter may compile it once (by identity);
    what is personal stands in the fields beside it. `message_id` is ours, travels in callback addresses, and is the
    idempotency key wherever a provider has one. `reply_token` goes into reply and bounce addresses.
    `updates_ref` is the provider id of the message that an update should edit. `sender` is what the campaign calls whoever
    writes, in the recipient's language; empty where no campaign speaks.
    """

    message_id: int
    lane: str
    address: str
    content: Content
    purpose: Purpose
    reply_token: str = ""
    personal_url: str = ""
    unsubscribe_url: str = ""
    updates_ref: str | None = None
    sender: str = ""

    def __repr__(self) -> str:
        """Without address, content and links, so that none of them reaches a log."""
        return f"Outbound(message_id={self.message_id}, lane={self.lane!r}, purpose={self.purpose!r})"


class Receipt(NamedTuple):
    """The provider has accepted the message. `provider_id` is its name for it, where it gives one; `segments` what it will be billed as.

    `cost` is what it costs in `currency` (ISO 4217), as far as that is known: the provider's own figure, or an estimate
    from the settings. `unpriced` are the provider's names for what it tells the price of only later (see `Billing`).
    `moved_to` is the normalised address that it went to when the provider said that the recipient has
    moved: the next message goes there.
    """

    message_id: int
    provider_id: str = ""
    segments: int = 1
    cost: Decimal | None = None
    currency: str = ""
    moved_to: str | None = None
    unpriced: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the address, so that it reaches no log."""
        return f"Receipt(message_id={self.message_id}, provider_id={self.provider_id!r}, segments={self.segments})"


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message after it was accepted: from a status callback, a bounce or a complaint.

    Names the message by our `message_id` or by the provider's `provider_id`; where the wire names no message but only
    whom it concerns (a resident has blocked us, or is `back`), by the normalised `address`. `reason` is safe to log.
    `external_id` is the same when the provider repeats itself. `is_billed`: what it cost is told later (see `Billing`).
    """

    channel: str
    status: DeliveryStatus
    message_id: int | None = None
    provider_id: str | None = None
    address: str | None = field(default=None, repr=False)
    reason: str = ""
    external_id: str = ""
    is_billed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a personal page shows: the conversation as it stands. `contents` ends with the question now asked, if any.

    `progress` is where it stands among the questions, `headings` the groups around it, outermost first. `answers` are
    those given so far. `has_left`: the resident wants no more messages, and can start again.
    """

    language: str
    languages: tuple[str, ...]
    title: str
    contents: tuple[Content, ...]
    is_open: bool
    is_finished: bool = False
    progress: Progress | None = None
    headings: tuple[str, ...] = ()
    answers: tuple[GivenAnswer, ...] = field(default=(), repr=False)
    has_left: bool = False


Heard = Callable[[Receipt], object]


class Desk(Protocol):
    """What the service offers to channels. Each call returns only after its effect is committed."""

    async def receive(self, inbound: Inbound) -> None:
        """Take in one inbound; a repeated `external_id` changes nothing. Raises nothing a resident could cause."""

    async def report(self, report: DeliveryReport) -> None:
        """Settle a message; unknown or repeated reports change nothing."""

    async def page(self, token: str) -> Page | None:
        """The page behind a personal token, or None when the token is not ours. Changes nothing."""

    async def unsubscribe(self, token: str) -> bool:
        """Opt the participation's person out of everything. False when the token is not ours."""


class Channel(Protocol):
    """One sender identity on one channel, built once per process."""

    name: str
    lane: str
    limits: Limits

    def routes(self, desk: Desk) -> Sequence[BaseRoute]:
        """HTTP routes (webhooks, pages) to mount at the root of the service's public address."""

    def running(self, desk: Desk | None) -> AbstractAsyncContextManager[None]:
        """Everything else that runs while the service does: sessions, polling, local doors, webhook registration.

        Without a `desk` nothing is taken in: the process only sends, beside another that takes in.
        """

    async def send(
        self, batch: Sequence[Outbound], until: float = inf, heard: Heard | None = None
    ) -> Sequence[Receipt | SendError]:
        """Send a batch; one outcome per message, in order. Raises nothing: what is not a `SendError` is a defect.

        What has not begun to leave at the moment `until` (of `time.monotonic`) is not sent but `TooLate`. `heard` is told of
        each receipt as soon as it is there: a large batch is on the wire for a while.
        """


class Price(NamedTuple):
    """What the provider billed for one of its messages, in `currency` (ISO 4217). `segments`: how many it counted, 0 when it does not say."""

    provider_id: str
    amount: Decimal
    currency: str
    segments: int = 0


class PricePage(NamedTuple):
    """Some of a day's messages: those that have a price. `next_page` is where the day goes on; "" at its end."""

    prices: Sequence[Price]
    next_page: str = ""


@runtime_checkable
class Billing(Protocol):
    """A channel whose provider tells what a message cost only after it has left, in a list by days."""

    async def prices(self, day: date, page: str = "") -> PricePage:
        """One page of the messages that left on a day (UTC), in one request. Raises `SendError`: `Refused` when the page is not known any more."""
