"""What a channel is: the protocol every adapter fulfils, what goes through it, and the named ways in which sending fails.

An adapter is found through the entry-point group `genklang.channels`, whose objects are `Door`s. It knows messages,
not campaigns, and converts every vendor exception into one of the errors below; retries are decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from gettext import NullTranslations
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, runtime_checkable

from bot.contents import Content, Said
from bot.receipts import GivenAnswer, Progress

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings
    from starlette.routing import BaseRoute

Purpose = Literal["invitation", "reminder", "reply", "nudge", "feedback", "notice"]
InboundKind = Literal["said", "opened", "opted_out", "auto_reply"]
DeliveryStatus = Literal["sent", "delivered", "failed", "gone", "opted_out", "back"]
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
    `message_ref` is the provider's id of the message that was pressed or replied to, if known.
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
    """The provider has accepted the message. `provider_id` is its name for it; `segments` what it will be billed as.

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


class Translation(Protocol):
    """The texts of one language; msgids are English."""

    def gettext(self, message: str, /) -> str:
        """The text, or `message` itself when it has no translation."""

    def ngettext(self, singular: str, plural: str, n: int, /) -> str:
        """The form of the text that goes with the number `n`."""


def untranslated(language: str) -> Translation:
    """English whatever the language, for surroundings without catalogues."""
    return NullTranslations()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an adapter is told about the world: the service's public address, now, and the controller's name for senders.

    `translation` gives the texts for a BCP 47 code; adapters use it for the few words of their own. `languages` are the
    codes of the shipped languages, for what is registered with a provider in each of them.
    """

    public_url: str
    now: Callable[[], datetime]
    sender_name: str = ""
    translation: Callable[[str], Translation] = untranslated
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weight:
    """What a message is billed as where every message costs.

    `costly` are the characters that made it dearer than it need be, each with what could stand for it ("": leave it out;
    None: nothing can). `price` is for all segments, in `currency`; None when nobody has set what one costs.
    """

    encoding: str
    segments: int
    costly: tuple[tuple[str, str | None], ...] = ()
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: `subject` names it, `what` says how it stands.

    `state` is fine, note (worth knowing; also: could not look) or wrong. `remedy` says what to do about it, and is never
    empty where something is wrong. No secret, address or answer stands in a finding.
    """

    subject: str
    state: Literal["fine", "note", "wrong"]
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Door:
    """What an entry point names: light to import; `build` imports the heavy libraries.

    `build` gives None when `settings` say that the channel is not in use. `normalise` turns an address as people write
    it into the one form that is stored and compared, or raises `AddressRefused`. `limits` are those of the channel that
    `build` would make, in use or not; `weigh` tells what a content will be billed as (None: messages cost nothing).
    `examine` asks the provider, without sending anything to anybody, whether what is set will do; it is asked only of
    channels in use, takes seconds at most and raises nothing.
    """

    name: str
    settings: type[BaseSettings]
    build: Callable[[Any, Surroundings], Channel | None]
    normalise: Callable[[str], str]
    limits: Callable[[Any], Limits] | None = None
    weigh: Callable[[Any, Content], Weight] | None = None
    examine: Callable[[Any, Surroundings], Awaitable[Sequence[Finding]]] | None = None


def open_doors(names: Iterable[str] | None = None) -> Mapping[str, Door]:
    """Every installed door by channel name, or those in `names`. Raises `ChannelError` when a name has no door."""
    from importlib.metadata import entry_points

    found = {entry.name: entry for entry in entry_points(group="genklang.channels")}
    wanted = list(found) if names is None else list(names)
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ChannelError(f"no channel named {', '.join(missing)}; installed: {', '.join(sorted(found))}")
    return {name: found[name].load() for name in wanted}


async def send_each(
    batch: Sequence[Outbound],
    send_one: Callable[[Outbound], Awaitable[Receipt]],
    concurrency: int,
    until: float,
    heard: Heard | None,
) -> list[Receipt | SendError]:
    """Send a batch one by one, at most `concurrency` at a time, for channels whose wire takes single messages; else as `Channel.send`.

    When the provider asks to be left alone for a while, nothing more of the batch is begun: it shares that wish.
    """
    import asyncio

    outcomes: list[Receipt | SendError | None] = [None] * len(batch)
    waiting = iter(enumerate(batch))
    wish: SendError | None = None

    async def work() -> None:
        nonlocal wish
        for place, outbound in waiting:
            if wish is not None:
                outcomes[place] = TryLater(wish.reason, after_seconds=wish.after_seconds)
                continue
            if monotonic() >= until:
                outcomes[place] = TooLate()
                continue
            try:
                outcomes[place] = receipt = await send_one(outbound)
            except SendError as error:
                outcomes[place] = error
                if isinstance(error, TryLater) and error.concerns == "lane" and error.after_seconds:
                    wish = error
            else:
                if heard is not None:
                    heard(receipt)

    await asyncio.gather(*(work() for _ in range(min(concurrency, len(batch)))))
    return [outcome for outcome in outcomes if outcome is not None]
