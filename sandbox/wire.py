"""What the stand-ins' wires have in common: what arrives at a resident, and what a resident can do. No resident's habits live here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class NothingToPress(Exception):
    """There is no such button: the channel has none at all, or it has gone since the message arrived. The message says which."""


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button: what it says and what a press sends back."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it reaches a resident's device.

    `ref` names it on this wire; an edit carries `edits` with the ref of the message that it replaced.
    `links` are the addresses in the text; `unsubscribe_url` is the List-Unsubscribe address of an e-mail.
    `wants_location` is true when a button asks for the resident's place.
    """

    channel: str
    address: str
    ref: str
    text: str
    at: float
    buttons: tuple[Button, ...] = ()
    edits: str | None = None
    subject: str = ""
    html: str = ""
    links: tuple[str, ...] = ()
    unsubscribe_url: str = ""
    wants_location: bool = False
    headers: dict[str, str] = field(default_factory=dict)


Listener = Callable[[Arrival], None]


class Wire(Protocol):
    """One channel's stand-in as seen from a resident's side. Each call returns when the service has acknowledged."""

    channel: str

    def listen(self, listener: Listener) -> None:
        """Be told of every message that arrives for anybody on this wire."""

    async def say(self, address: str, text: str, *, to: Arrival | None = None) -> None:
        """Type a text; `to` is the message being replied to (e-mail quotes it)."""

    async def press(self, address: str, arrival: Arrival, data: str) -> None:
        """Press a button under a message. Raises `NothingToPress` where there is none."""
