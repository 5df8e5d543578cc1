"""What is said to a resident, before any channel gives it a form. What is done with a press or a text lives in `engine`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

Select = Literal["none", "one", "many", "rank"]
Input = Literal["none", "text", "integer", "decimal", "date", "time", "datetime", "location"]


MOST_CHARS: Final = 4000
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Option(NamedTuple):
    """One thing to press or to name.

    `value` is opaque, at most 32 ASCII characters, and comes back unchanged in `Said.choice`;
    `label` is what the resident reads.
    """

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Content:
    """One message to one resident in one language, without personal links or addresses.

    `options` are the answers of a question in the order in which they are numbered from 1.
    `actions` are commands (begin, done, back, stop …): buttons where a channel has them, left out where it has not,
    so `text` alone must say how to answer. `chosen` holds values of options already ticked, in the order that counts
    (`select="many"`: of the list; `"rank"`: of the ticking). `page`, from 0, is the part of a long list of options to show
    where a channel shows them in parts.
    `problem` says why the last answer was not taken, as it stands in `text` too: a form shows it beside the field.
    `is_update` asks a channel that can to edit the message that was pressed instead of sending a new one.
    `ends_place` says that the place which an earlier message asked for is no longer awaited: a channel that gave a
    keyboard for it takes that away.
    `has_left` says that it goes to one who wants no more messages: a letter offers neither to leave nor to answer.
    """

    text: str
    language: str
    title: str = ""
    options: tuple[Option, ...] = ()
    select: Select = "none"
    chosen: tuple[str, ...] = ()
    input: Input = "none"
    actions: tuple[Option, ...] = ()
    is_update: bool = False
    page: int = 0
    problem: str = ""
    ends_place: bool = False
    has_left: bool = False

    def to_data(self) -> dict[str, Any]:
        """Plain data for the store: JSON types only, defaults left out."""
        data: dict[str, Any] = {"text": self.text, "language": self.language}
        if self.title:
            data["title"] = self.title
        if self.options:
            data["options"] = [*map(list, self.options)]
        if self.select != "none":
            data["select"] = self.select
        if self.chosen:
            data["chosen"] = list(self.chosen)
        if self.input != "none":
            data["input"] = self.input
        if self.actions:
            data["actions"] = [*map(list, self.actions)]
        if self.is_update:
            data["is_update"] = True
        if self.page:
            data["page"] = self.page
        if self.problem:
            data["problem"] = self.problem
        if self.ends_place:
            data["ends_place"] = True
        if self.has_left:
            data["has_left"] = True
        return data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Content:
        """The inverse of `to_data`."""
        return cls(
            text=data["text"],
            language=data["language"],
            title=data.get("title", ""),
            options=tuple(Option(*o) for o in data.get("options", ())),
            select=data.get("select", "none"),
            chosen=tuple(data.get("chosen", ())),
            input=data.get("input", "none"),
            actions=tuple(Option(*o) for o in data.get("actions", ())),
            is_update=data.get("is_update", False),
            page=data.get("page", 0),
            problem=data.get("problem", ""),
            ends_place=data.get("ends_place", False),
            has_left=data.get("has_left", False),
        )

    def preceded_by(self, text: str) -> Content:
        """The same content with `text` as its first paragraph."""
        return replace(self, text=f"{text}\n\n{self.text}" if self.text else text)


@dataclass(frozen=True, slots=True)
class Said:
    """What a resident did in one inbound: typed `text`, pressed an option (`choice` is its `Option.value`), or shared a place.

    `location` is (latitude, longitude) in degrees, WGS 84.
    """

    text: str | None = None
    choice: str | None = None
    location: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """What was typed, as far as it can be kept: without control characters and halves of surrogate pairs, which no document
        can hold (XML 1.0, section 2.2)."""
        return _UNSTORABLE.sub("", (self.text or "")[:MOST_CHARS])
