"""A resident's hands on each wire: what they do is done on the provider's stand-in as a real client does it, and what reaches them is read there. Nothing of the engine is known here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import urljoin

from sandbox.mail import Mail
from sandbox.mailboxes import read_arrival
from sandbox.telegram import TelegramStandIn
from sandbox.telegram.chats import told
from sandbox.twilio import TwilioStandIn
from sandbox.webpages import Form, Page, read_page
from sandbox.wire import Arrival
from tests.transcripts.telling import bare, numbers_in, shown


class NoSuchThing(AssertionError):
    """What a transcript presses or fills in is not there."""


class Hands(Protocol):
    """What a resident can do on one wire."""

    async def say(self, text: str, program: str = "") -> int | None:
        """Type a text. Gives the name of the message where the wire has one that can be edited."""

    async def press(self, label: str, of: int | None = None) -> None:
        """Press what says so; where nothing can be pressed, type its number or its words."""

    async def choose(self, labels: Sequence[str], *, in_order: bool) -> None:
        """Choose several and send them."""

    async def share(self, latitude: float, longitude: float) -> None:
        """Share a place; where that cannot be done, type it."""

    def received(self) -> list[str]:
        """What has arrived since it was last asked, as it is read on the device."""


# --- Telegram


@dataclass
class TelegramHands:
    """One chat. Buttons are those of the messages as they now stand."""

    wire: TelegramStandIn
    address: str
    seen: int = 0

    async def say(self, text: str, program: str = "") -> int | None:
        await self.wire.say(self.address, text)
        return int(self.wire.chats.devices[self.address].last_id)

    async def press(self, label: str, of: int | None = None) -> None:
        arrival, data = self._button(label, of)
        await self.wire.press(self.address, arrival, data)

    async def choose(self, labels: Sequence[str], *, in_order: bool) -> None:
        for label in labels:
            await self.press(label)
        if in_order and not self._has("!done"):
            return
        arrival, data = self._found(lambda label, data: data.startswith("!done"), None)
        await self.wire.press(self.address, arrival, data)

    async def share(self, latitude: float, longitude: float) -> None:
        await self.wire.share_location(self.address, latitude, longitude)

    async def edit(self, message_id: int, text: str) -> None:
        """Rewrite one of one's own messages: the bot is told of the same message with an `edit_date` (update `edited_message`)."""
        own = self.wire.chats.devices[self.address].messages[message_id]
        own.update(text=text, edit_date=own["date"] + 1)
        await self.wire.updates.deliver(self.address, {"edited_message": told(own)})

    def newest(self) -> int:
        """The newest message of the bot."""
        return int(self.wire.inbox(self.address)[-1].ref)

    def received(self) -> list[str]:
        fresh = self.wire.inbox(self.address)[self.seen :]
        self.seen += len(fresh)
        return [self._shown(arrival) for arrival in fresh if arrival.edits is None or self._is_news(arrival)]

    def _is_news(self, arrival: Arrival) -> bool:
        """An edit that changes what can still be done; a spent keyboard that is cleared away tells nothing."""
        return any(button.data.startswith("!") for button in arrival.buttons)

    def _shown(self, arrival: Arrival) -> str:
        labels = [button.label for button in arrival.buttons]
        if arrival.wants_location:
            labels = ["📍", *labels]
        text = "" if arrival.edits else arrival.text
        return shown("\n".join(part for part in (text, " ".join(f"[{label}]" for label in labels)) if part))

    def _button(self, label: str, of: int | None) -> tuple[Arrival, str]:
        return self._found(lambda found, data: bare(found) == label, of)

    def _has(self, prefix: str) -> bool:
        messages = self.wire.chats.devices[self.address].messages
        newest = messages[self.newest()]
        rows = newest.get("reply_markup", {}).get("inline_keyboard", ())
        return any(button.get("callback_data", "").startswith(prefix) for row in rows for button in row)

    def _found(self, fits: Any, of: int | None) -> tuple[Arrival, str]:
        """The newest button that fits, in the messages as they now stand."""
        seen: set[str] = set()
        for arrival in reversed(self.wire.inbox(self.address)):
            if arrival.ref in seen or (of is not None and arrival.ref != str(of)):
                continue
            seen.add(arrival.ref)
            markup = self.wire.chats.devices[self.address].messages[int(arrival.ref)].get("reply_markup", {})
            for row in markup.get("inline_keyboard", markup.get("keyboard", ())):
                for button in row:
                    data = button.get("callback_data", button["text"])
                    if fits(button["text"], data):
                        return arrival, data
        raise NoSuchThing("no message has such a button")


# --- where everything is typed


@dataclass
class TypingHands:
    """What a resident does where nothing can be pressed: the numbers of a list are read in its lines."""

    texts: list[str] = field(default_factory=list)

    async def say(self, text: str, program: str = "") -> int | None:
        raise NotImplementedError

    async def press(self, label: str, of: int | None = None) -> None:
        await self.say(self.number(label))

    async def choose(self, labels: Sequence[str], *, in_order: bool) -> None:
        await self.say(", ".join(self.number(label) for label in labels))

    async def share(self, latitude: float, longitude: float) -> None:
        await self.say(f"{latitude}, {longitude}")

    def number(self, label: str) -> str:
        """The number before a label in the newest list that has it; otherwise the label's own words."""
        return next((found[label] for text in reversed(self.texts) if label in (found := numbers_in(text))), label)


@dataclass
class SmsHands(TypingHands):
    """One telephone."""

    wire: TwilioStandIn = None  # type: ignore[assignment]
    address: str = ""
    seen: int = 0

    async def say(self, text: str, program: str = "") -> int | None:
        await self.wire.say(self.address, text)
        return None

    def received(self) -> list[str]:
        fresh = [shown(arrival.text) for arrival in self.wire.inbox(self.address)[self.seen :]]
        self.seen += len(fresh)
        self.texts += fresh
        return fresh


@dataclass
class MailHands(TypingHands):
    """One mailbox, whose owner replies from some mail program, which quotes what it replies to. `seen` counts the server's messages."""

    wire: Mail = None  # type: ignore[assignment]
    address: str = ""
    seen: int = 0
    newest: Arrival | None = None

    async def say(self, text: str, program: str = "") -> int | None:
        await self.wire.say(self.address, text, to=self.newest, style=program or None)
        return None

    async def answer_by_machine(self, text: str) -> None:
        """An out-of-office message, as servers send them (RFC 3834)."""
        assert self.newest is not None
        note = EmailMessage()
        note["From"], note["To"] = self.address, self.newest.headers["Reply-To"]
        note["Subject"] = f"Auto: {self.newest.subject}"
        note["In-Reply-To"] = self.newest.headers["Message-ID"]
        note["Auto-Submitted"] = "auto-replied"
        note["Message-ID"] = f"<away.{len(self.wire.accepted)}.{self.address}>"
        note.set_content(text)
        await self.wire.send(note, sender="")

    async def unsubscribe(self) -> None:
        """One click in the mail program (RFC 8058)."""
        assert self.newest is not None
        await self.wire.unsubscribe(self.newest)

    def received(self) -> list[str]:
        mine = [mail for mail in self.wire.accepted[self.seen :] if mail.recipient == self.address]
        self.seen = len(self.wire.accepted)
        arrivals = [
            read_arrival(mail.data, address=self.address, ref=f"mail-{mail.number}", at=mail.at) for mail in mine
        ]
        self.newest = arrivals[-1] if arrivals else self.newest
        fresh = [shown(arrival.text) for arrival in arrivals]
        self.texts += fresh
        return fresh


# --- the page


@dataclass
class WebHands:
    """A browser on the personal page."""

    browser: Any
    url: str
    page: Page | None = None
    source: str = ""
    is_new: bool = False

    async def open(self) -> None:
        """Open the personal link."""
        async with self.browser.get(self.url) as response:
            assert response.status == 200, "the personal page does not open"
            self._turn_to(await response.text(), str(response.url))

    async def say(self, text: str, program: str = "") -> int | None:
        """Write the answer into its field; where there is none, or it takes only what a browser lets through, in own words."""
        await self._look()
        form = self._asking()
        names = form.typed if form else ()
        if form is not None and "answer" in names and self._kind(form) in ("text", "integer", "decimal", "location"):
            await self._send(form, [("answer", text), *self._submit(form)])
        else:
            await self._send(self._form("words"), [("words", text)])
        return None

    async def press(self, label: str, of: int | None = None) -> None:
        await self._look()
        assert self.page is not None
        for form in self.page.forms:
            for control in form.controls:
                if bare(control.shown.label) == label:
                    fields = [(control.name, control.value)]
                    await self._send(form, fields if control.is_button else [*fields, *self._submit(form)])
                    return
        raise NoSuchThing(f"nothing on the page says {label!r}")

    async def choose(self, labels: Sequence[str], *, in_order: bool) -> None:
        await self._look()
        form = self._asking()
        assert form is not None
        if in_order:
            names = {bare(beside): name for beside, name in form.lists}
            fields = [(names[label], str(place)) for place, label in enumerate(labels, start=1)]
        else:
            values = {bare(c.shown.label): (c.name, c.value) for c in form.controls if not c.is_button}
            fields = [values[label] for label in labels]
        await self._send(form, [*fields, *self._submit(form)])

    async def share(self, latitude: float, longitude: float) -> None:
        """The button of the page fills the field in."""
        await self._look()
        form = self._asking()
        assert form is not None
        await self._send(form, [("answer", f"{latitude}, {longitude}"), *self._submit(form)])

    def received(self) -> list[str]:
        fresh = [shown(self.page.text)] if self.page is not None and self.is_new else []
        self.is_new = False
        return fresh

    async def _look(self) -> None:
        if self.page is None:
            await self.open()

    def _turn_to(self, source: str, url: str) -> None:
        self.source, self.page, self.is_new = source, read_page(source, url), True

    def _asking(self) -> Form | None:
        """The form of the question: the one that says of which kind it is."""
        assert self.page is not None
        return next((form for form in self.page.forms if any(name == "kind" for name, _ in form.hidden)), None)

    def _form(self, name: str) -> Form:
        assert self.page is not None
        found = next((form for form in self.page.forms if name in form.typed), None)
        if found is None:
            raise NoSuchThing(f"the page has no field called {name}")
        return found

    @staticmethod
    def _kind(form: Form) -> str:
        return dict(form.hidden).get("kind", "")

    @staticmethod
    def _submit(form: Form) -> list[tuple[str, str]]:
        """What the form's first button sends along."""
        button = next((control for control in form.controls if control.is_button), None)
        return [(button.name, button.value)] if button is not None and button.name else []

    async def _send(self, form: Form, fields: Sequence[tuple[str, str]]) -> None:
        assert self.page is not None
        names = {name for name, _ in fields}
        sent = [*((name, value) for name, value in form.hidden if name not in names), *fields]
        url = urljoin(self.page.address, form.action)
        async with self.browser.post(url, data=sent) as response:
            assert response.status in (200, 409, 422), f"a form was answered with {response.status}"
            self._turn_to(await response.text(), str(response.url))
