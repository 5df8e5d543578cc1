"""The residents at home: messages reach them, the shared clock tells when they act, and the wires carry what they do. How one of them thinks lives in `lives`."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from sandbox.lives import Deed, Life, Tempo
from sandbox.reading import PhraseBook
from sandbox.wire import Arrival, Wire
from sandbox.world import Resident, World

POLL_SECONDS = 0.004
AT_ONCE = 16  # residents acting at the same moment


class Unplayable(Exception):
    """There is no such resident, message or button to play by hand."""


@runtime_checkable
class SharesPlaces(Protocol):
    """A wire on which a resident can share a place."""

    async def share_location(self, address: str, latitude: float, longitude: float) -> None:
        """Share a place (degrees, WGS 84)."""


class Browser(Protocol):
    """What a resident opens links with."""

    async def visit(self, life: Life, links: Sequence[str], book: PhraseBook, at: float) -> Iterable[str]:
        """Answer on the page behind one of the links; gives what was on the pages and what was done, for the record."""

    async def unsubscribe(self, url: str) -> None:
        """One-click unsubscribe (RFC 8058)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a conversation as the resident's device shows it. `deed` says what was done where it is more than typing."""

    number: int
    at: float
    direction: Literal["in", "out"]
    channel: str
    text: str
    deed: Literal["", "press", "place", "page", "unsubscribe"] = ""
    arrival: Arrival | None = None


@dataclass(slots=True)
class Home:
    """One resident with everything that has been said."""

    life: Life
    entries: list[Entry] = field(default_factory=list)
    is_acting: bool = False


class Neighbourhood:
    """Everybody, their wires and the clock. `book` is None until the residents have a phrase book: then they only receive."""

    def __init__(
        self, world: World, wires: Mapping[str, Wire], now: Callable[[], float], browser: Browser, tempo: Tempo
    ) -> None:
        """Move everybody in and have them listen on the wires."""
        self.now = now
        self.book: PhraseBook | None = None
        self.homes = {resident.ref: Home(Life(resident, world.seed, tempo)) for resident in world.residents}
        self.oddities: list[str] = []
        self.entries: list[tuple[str, Entry]] = []
        self.wires = wires
        self._browser = browser
        self._by_address: dict[tuple[str, str], list[Home]] = {}
        for home in self.homes.values():
            for channel, address in home.life.resident.contacts.items():
                self._by_address.setdefault((channel, address), []).append(home)
        self._due: list[tuple[float, str]] = []
        self._acting: set[asyncio.Task[None]] = set()
        for wire in wires.values():
            wire.listen(self.receive)

    # Messages ---------------------------------------------------------------------------------------------------

    def receive(self, arrival: Arrival) -> None:
        """A message arrives for whoever has that address."""
        homes = self._by_address.get((arrival.channel, arrival.address))
        if not homes:
            self.oddities.append(f"a {arrival.channel} message to nobody's address")
            return
        for home in homes:
            self._record(home, "in", arrival.channel, arrival.text, arrival=arrival)
            home.life.receive(arrival, self.book)
            self._schedule(home)

    def _record(self, home: Home, direction: Literal["in", "out"], channel: str, text: str, **more: Any) -> None:
        entry = Entry(len(self.entries) + 1, self.now(), direction, channel, text, **more)
        home.entries.append(entry)
        self.entries.append((home.life.resident.ref, entry))

    def _schedule(self, home: Home) -> None:
        if home.life.due_at is not None:
            heapq.heappush(self._due, (home.life.due_at, home.life.resident.ref))

    # By hand ----------------------------------------------------------------------------------------------------

    async def say(self, ref: str, channel: str, text: str) -> None:
        """Type a text as this resident. Raises `Unplayable` for nobody, or for a channel they are not on."""
        home = self.homes.get(ref)
        address = home.life.resident.contacts.get(channel) if home else None
        if home is None or address is None:
            raise Unplayable(ref)
        self._record(home, "out", channel, text)
        await self.wires[channel].say(address, text, to=self._latest_from(home, channel))

    async def press(self, ref: str, number: int, data: str) -> None:
        """Press a button under the entry with this number. Raises `Unplayable` when there is no such button."""
        home, arrival = self._arrival(ref, number)
        label = next((b.label for b in arrival.buttons if b.data == data), None)
        if label is None:
            raise Unplayable(data)
        self._record(home, "out", arrival.channel, label, deed="press")
        await self.wires[arrival.channel].press(arrival.address, arrival, data)

    async def unsubscribe(self, ref: str, number: int) -> None:
        """Unsubscribe with one click from the e-mail of the entry with this number. Raises `Unplayable` when it offers none."""
        home, arrival = self._arrival(ref, number)
        if not arrival.unsubscribe_url:
            raise Unplayable(ref)
        self._record(home, "out", arrival.channel, "", deed="unsubscribe")
        await self._browser.unsubscribe(arrival.unsubscribe_url)

    def _arrival(self, ref: str, number: int) -> tuple[Home, Arrival]:
        home = self.homes.get(ref)
        arrival = next((e.arrival for e in home.entries if e.number == number), None) if home else None
        if home is None or arrival is None:
            raise Unplayable(ref)
        return home, arrival

    def _latest_from(self, home: Home, channel: str) -> Arrival | None:
        arrivals = (e.arrival for e in reversed(home.entries) if e.arrival is not None and e.channel == channel)
        return next(arrivals, None)

    # The passing of time ----------------------------------------------------------------------------------------

    @property
    def next_at(self) -> float | None:
        """When somebody next means to act, if anybody does."""
        self._forget_what_is_no_longer_due()
        return self._due[0][0] if self._due else None

    @property
    def is_idle(self) -> bool:
        """Whether nobody is acting and nobody would act now."""
        next_at = self.next_at
        return not self._acting and (next_at is None or next_at > self.now())

    async def live(self) -> None:
        """Let everybody act in their time, until cancelled."""
        try:
            while True:
                self._start_what_is_due()
                await asyncio.sleep(POLL_SECONDS)
        finally:
            for task in self._acting:
                task.cancel()
            await asyncio.gather(*self._acting, return_exceptions=True)

    def _start_what_is_due(self) -> None:
        now = self.now()
        while len(self._acting) < AT_ONCE:
            self._forget_what_is_no_longer_due()
            if self.book is None or not self._due or self._due[0][0] > now:
                return
            _, ref = heapq.heappop(self._due)
            home = self.homes[ref]
            home.is_acting = True
            task = asyncio.get_running_loop().create_task(self._act(home, self.book))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)

    def _forget_what_is_no_longer_due(self) -> None:
        """Drop appointments that have been moved or kept; those of residents who are busy are made again afterwards."""
        while self._due:
            at, ref = self._due[0]
            home = self.homes[ref]
            if home.life.due_at == at and not home.is_acting:
                return
            heapq.heappop(self._due)

    async def _act(self, home: Home, book: PhraseBook) -> None:
        ref = home.life.resident.ref
        try:
            arrival = home.life.latest
            deed = home.life.act(book)
            if deed is not None and arrival is not None:
                await self._do(home, deed, arrival, book)
        except Exception as error:  # what a resident tried did not work: shown, and the others go on
            self.oddities.append(f"{ref}: {type(error).__name__}: {error}")
        finally:
            home.is_acting = False
            self._schedule(home)

    async def _do(self, home: Home, deed: Deed, arrival: Arrival, book: PhraseBook) -> None:
        channel = arrival.channel
        if deed.links:
            for text in await self._browser.visit(home.life, deed.links, book, self.now()):
                self._record(home, "out", channel, text, deed="page")
        elif deed.unsubscribe_url:
            self._record(home, "out", channel, "", deed="unsubscribe")
            await self._browser.unsubscribe(deed.unsubscribe_url)
        elif deed.place is not None:
            wire = self.wires[channel]
            if not isinstance(wire, SharesPlaces):
                raise Unplayable(f"a place was asked for, but {channel} cannot share one")
            self._record(home, "out", channel, f"{deed.place[0]:.5f}, {deed.place[1]:.5f}", deed="place")
            await wire.share_location(arrival.address, *deed.place)
        elif deed.data is not None:
            label = next((b.label for b in arrival.buttons if b.data == deed.data), deed.data)
            self._record(home, "out", channel, label, deed="press")
            await self.wires[channel].press(arrival.address, arrival, deed.data)
        else:
            self._record(home, "out", channel, deed.text)
            await self.wires[channel].say(arrival.address, deed.text, to=arrival)

    def odd(self) -> list[str]:
        """Everything that should not have happened, from the wires and from the residents."""
        own = [f"{ref}: {text}" for ref, home in self.homes.items() for text in home.life.oddities]
        return [*self.oddities, *own]

    def people(self) -> Iterable[Resident]:
        """Everybody, in the order of the world."""
        return (home.life.resident for home in self.homes.values())
