"""Residents who answer while the service is killed beneath them, and their own record of it: what they got, what they said, what was acknowledged.

Nothing here knows the service: what reaches a resident is read from the stand-ins' own logs of what they accepted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from random import Random
from typing import TypeVar

from sandbox.mail import Accepted, Mail
from sandbox.mailboxes import read_arrival
from sandbox.telegram import TelegramStandIn
from sandbox.twilio import TwilioStandIn, UndeliveredError
from sandbox.wire import Arrival
from tests.crash.towns import INVITATION, Townsperson, label_of

T = TypeVar("T")
YES = "ja"
POLL_SECONDS = 0.01
LONGEST_THOUGHT_SECONDS = 1.5
PATIENCE_SECONDS = 2.0  # before one who was not heard says it again


@dataclass(slots=True)
class Saying:
    """One thing that a resident said, and whether the provider had the service's word for it."""

    text: str
    is_acknowledged: bool = False


@dataclass(slots=True)
class Neighbour:
    """One resident: how many messages they will answer, what they have seen and said."""

    person: Townsperson
    answers: int
    seen: set[str] = field(default_factory=set)
    said: list[Saying] = field(default_factory=list)


class Neighbours:
    """Everybody. `taken` counts what the providers accepted, by address and which message it was, `arrived` all of it,
    `acknowledged` what the service has acknowledged of what was said.
    """

    def __init__(
        self,
        people: Sequence[Townsperson],
        telegram: TelegramStandIn,
        twilio: TwilioStandIn,
        mail: Mail,
        rng: Random,
        *,
        answering_every: int,
        answers: int,
    ) -> None:
        self.taken: Counter[tuple[str, str]] = Counter()
        self.arrived = self.acknowledged = 0
        self.everybody = [
            Neighbour(person, answers if number // 3 % answering_every == 0 else 0)
            for number, person in enumerate(people)
        ]
        self._by_address = {each.person.address: each for each in self.everybody}
        self._telegram, self._twilio, self._mail, self._rng = telegram, twilio, mail, rng
        self._read = {"telegram": 0, "sms": 0, "email": 0}
        self._talking: set[asyncio.Task[None]] = set()
        self._broken: deque[BaseException] = deque()

    @property
    def is_talking(self) -> bool:
        """Whether anybody is about to say something."""
        return bool(self._talking)

    @asynccontextmanager
    async def living(self) -> AsyncIterator[None]:
        """Let everybody read and answer while inside. Raises what went wrong with anybody."""
        life = asyncio.create_task(self._live())
        try:
            yield
        finally:
            for task in (life, *self._talking):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await life
            await asyncio.gather(*self._talking, return_exceptions=True)
        if self._broken:
            raise self._broken[0]

    async def _live(self) -> None:
        while True:
            self.read()
            await asyncio.sleep(POLL_SECONDS)

    def read(self) -> None:
        """Take in what the providers have accepted since the last time."""
        for arrival in self._new("telegram", self._telegram.sent):
            if arrival.edits is None:
                self._hear(arrival.address, label_of(arrival.text), arrival)
        for arrival in self._new("sms", self._twilio.sent):
            self._hear(arrival.address, label_of(arrival.text), arrival)
        for letter in self._new("email", self._mail.accepted):
            self._hear(letter.recipient, label_of(_words_of(letter)), letter)

    def _new(self, channel: str, log: Sequence[T]) -> Sequence[T]:
        new = log[self._read[channel] :]
        self._read[channel] += len(new)
        return new

    def _hear(self, address: str, label: str, message: Arrival | Accepted) -> None:
        """Take in one message. Only who answers it opens it: most letters are never shown."""
        self.taken[address, label] += 1
        self.arrived += 1
        neighbour = self._by_address.get(address)
        if neighbour is None or label in neighbour.seen:
            return
        neighbour.seen.add(label)
        if len(neighbour.seen) <= neighbour.answers:
            task = asyncio.get_running_loop().create_task(self._answer(neighbour, _opened(message), label))
            self._talking.add(task)
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._talking.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._broken.append(error)

    async def _answer(self, neighbour: Neighbour, arrival: Arrival, label: str) -> None:
        """Say something to a message, again in other words when it was not heard, unless an answer shows that it was."""
        seen = len(neighbour.seen)
        await asyncio.sleep(self._rng.uniform(0, LONGEST_THOUGHT_SECONDS))
        while len(neighbour.seen) == seen:
            words = YES if label == INVITATION else f"Svar {neighbour.person.ref} {len(neighbour.said)}"
            saying = Saying(words)
            neighbour.said.append(saying)
            try:
                await self._say(neighbour.person, arrival, words)
            except UndeliveredError:
                await asyncio.sleep(PATIENCE_SECONDS)
            else:
                saying.is_acknowledged = True
                self.acknowledged += 1
                return

    async def _say(self, person: Townsperson, arrival: Arrival, words: str) -> None:
        if person.channel == "email":
            await self._mail.say(person.address, words, to=arrival)
        elif person.channel == "sms":
            await self._twilio.say(person.address, words)
        elif words == YES and arrival.buttons:
            await self._telegram.press(person.address, arrival, arrival.buttons[0].data)
        else:
            await self._telegram.say(person.address, words)


def _opened(message: Arrival | Accepted) -> Arrival:
    if isinstance(message, Arrival):
        return message
    return read_arrival(message.data, address=message.recipient, ref=f"mail-{message.number}", at=message.at)


def _words_of(letter: Accepted) -> str:
    """The plain text of a letter, by the parser that looks at no header more closely than it must."""
    for part in message_from_bytes(letter.data).walk():
        if part.get_content_type() == "text/plain":
            return bytes(part.get_payload(decode=True)).decode()
    return ""
