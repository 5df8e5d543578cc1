"""What an installed channel offers before it is built, and what it is told about the world. What goes through a channel lives in `api`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from gettext import NullTranslations
from typing import TYPE_CHECKING, Any, Literal, Protocol

from bot.contents import Content
from channels.api import Channel, Limits
from channels.errors import ChannelError

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings


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
