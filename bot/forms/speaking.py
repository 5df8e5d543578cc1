"""What a filled form says, in one of its languages: labels, hints, messages, choices, headings, with values put in. How it is told to a resident lives in `bot.questions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot.forms.frames import Frame
from bot.forms.judging import Judging
from bot.forms.nodes import Choice, Node

if TYPE_CHECKING:
    from bot.forms.model import Control


class Speaking(Judging):
    """The texts at an instance path. Languages are named as the form names them; one that it does not have changes nothing."""

    __slots__ = ()

    def speak(self, language: str) -> None:
        """Let all texts, and calculations that hold labels, be in one of the form's languages from now on."""
        if language == self.language or language not in self.form.languages:
            return
        self.language = language
        if self.form.translated_units:
            for index in self.form.translated:
                self._targets[index] = None
            self.settle(self.form.translated_units)

    def choices(self, path: str, language: str) -> tuple[Choice, ...]:
        """What is offered there now."""
        self.speak(language)
        offered = self._offers.get((path, language))
        if offered is None:
            offered = self._offers[path, language] = self._choices(path)
        return offered

    def _choices(self, path: str) -> tuple[Choice, ...]:
        frame, node = self._find(path)
        control: Control | None = node.control
        if control is None or control.choices is None:
            return ()
        return control.choices.choices(frame)

    def label(self, path: str, language: str) -> str:
        """The question, or the name of a repeat or group, with values put in."""
        return self._say(path, "label", language)

    def hint(self, path: str, language: str) -> str:
        """The hint, or ""."""
        return self._say(path, "hint", language)

    def guidance(self, path: str, language: str) -> str:
        """The longer guidance, or ""."""
        return self._say(path, "guidance", language)

    def required_message(self, path: str, language: str) -> str:
        """What the author wrote for an answer that is left out, or ""."""
        return self.message(path, "required", language)

    def message(self, path: str, kind: Literal["constraint", "required"] | str, language: str) -> str:
        """The author's words for a broken rule, or ""."""
        frame, node = self._find(path)
        self.speak(language)
        say = node.messages.get(kind)
        return say(frame).strip() if say else ""

    def headings(self, path: str, language: str) -> tuple[str, ...]:
        """The labels of the groups around a question, outermost first."""
        frame, node = self._find(path)
        self.speak(language)
        found: list[str] = []
        here: Frame | None = frame
        outer = node
        while outer.parent is not None and here is not None:
            here, outer = (here.parent if outer.is_repeat else here), outer.parent
            if outer.control is not None and here is not None:
                found.append(outer.control.label(here).strip())
        return tuple(label for label in reversed(found) if label)

    def _say(self, path: str, what: Literal["label", "hint", "guidance"], language: str) -> str:
        frame, node = self._find(path)
        self.speak(language)
        control: Control | None = node.control
        if control is None:
            return ""
        text: str = getattr(control, what)(self._inside(frame, node))
        return text.strip()

    def _inside(self, frame: Frame, node: Node) -> Frame:
        """Where the texts of a node look from: for a repeat as a whole its last instance, or one that is not there yet."""
        if not node.is_repeat or frame.scope is node.scope:
            return frame
        row = frame.children[node.scope.index]
        return row[-1] if row else Frame(self, node.scope, frame, node.scope.template)
