"""What the contract asks of a channel's rig, and where the rigs are found. Each channel's own stands beside its tests, in `rig.py`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, ClassVar, Protocol

from bot.contents import Content
from channels.api import Channel, Inbound, Outbound
from tests.channels.serving import RecordingDesk


class Rig(Protocol):
    """One adapter and its provider's stand-in, both on real sockets.

    `can` names what the channel has of: "send" "press" "keyword" (the provider's own opt-out word) "report" "throttle"
    "gone" "refuse" "rewrite" "wordless" "down" (the provider has words for that it took nothing) "http" (it stands behind
    gateways) "codes" (it has codes of its own in its answers). An address is one that can be written to; `stranger` is one that the provider says is dead.
    """

    name: ClassVar[str]
    can: ClassVar[frozenset[str]]
    address: str
    channel: Channel
    desk: RecordingDesk

    def running(self) -> AbstractAsyncContextManager[Any]:
        """Start stand-in and adapter; everything is closed afterwards."""

    def arrivals(self) -> Sequence[Any]:
        """What has reached `address` (objects with a `text`), oldest first."""

    async def say(self, text: str) -> None:
        """The resident at `address` writes."""

    async def press(self, data: str) -> None:
        """The resident presses a button under the latest arrival ("press")."""

    async def say_keyword(self) -> None:
        """The resident sends the provider's own opt-out word ("keyword")."""

    async def rewrite(self, text: str) -> None:
        """The resident changes the words of what they wrote last ("rewrite")."""

    async def say_without_words(self) -> None:
        """The resident sends a picture or a voice note, and not a word ("wordless")."""

    async def repeat(self) -> None:
        """The provider tells once more what it told last, as it does when it heard no answer."""

    async def forge(self) -> int:
        """Somebody else tells the service something, without knowing the secret. Gives the status it was answered with."""

    async def settle(self) -> None:
        """Return when the provider has reported what became of the messages so far ("report")."""

    def go_down(self) -> None:
        """The provider answers that it is out of order."""

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        """Something before the provider answers every request in its place ("http")."""

    def throttle(self) -> float | None:
        """The provider is busy from now on; gives the seconds that it asks for, if it does ("throttle")."""

    def refuse(self) -> None:
        """The provider refuses messages to `address` for good ("refuse")."""

    def kill(self) -> None:
        """`address` no longer exists, or has blocked us ("gone")."""

    def revoke(self) -> None:
        """The credentials no longer hold."""

    def cut(self) -> None:
        """Messages are taken, but the connection breaks before that is told."""


def outbound(rig: Rig, content: Content, message_id: int = 7, **fields: Any) -> Outbound:
    """A message to the rig's resident."""
    return Outbound(
        message_id=message_id,
        lane=rig.channel.lane,
        address=rig.address,
        content=content,
        purpose=fields.pop("purpose", "reply"),
        **fields,
    )


def latest(rig: Rig) -> Inbound:
    """What the desk was handed last."""
    return rig.desk.inbounds[-1]


def rigs() -> dict[str, type[Rig]]:
    """Every channel's rig: the class named `ChannelRig` in tests/channels/<channel>/rig.py."""
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/rig.py"))
    return {name: importlib.import_module(f"tests.channels.{name}.rig").ChannelRig for name in folders}
