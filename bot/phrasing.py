"""What is said after a turn: events become as few messages as sensible. How one question is put lives in `questions`, what an event says in `telling`, send-outs in `sendouts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Content, Option
from bot.dialogues import Dialogue
from bot.events import (
    Asked,
    ConstraintBroken,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Event,
    Greeted,
    HelpAsked,
    Invited,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedIn,
    OptedOut,
    Paged,
    ProxyDeclared,
    Resumed,
    Toggled,
    WentBack,
    WhoAsked,
)
from bot.language_offers import language_offer
from bot.misunderstandings import is_brief, offer_person
from bot.questions import Asking
from bot.reopening import reopened
from bot.sendouts import closed, farewell, feedback, information, invitation, reminder
from bot.telling import Telling
from bot.wordings import Briefing, Manner, Translation, shielded

if TYPE_CHECKING:
    from bot.forms import Entry, Form

__all__ = [
    "Briefing",
    "Manner",
    "Translation",
    "closed",
    "farewell",
    "feedback",
    "information",
    "invitation",
    "phrase",
    "reminder",
]


def phrase(
    form: Form,
    dialogue: Dialogue,
    events: Sequence[Event],
    *,
    briefing: Briefing,
    t: Translation,
    now: datetime,
    manner: Manner,
    entry: Entry | None = None,
) -> tuple[Content, ...]:
    """The messages that tell `events` to the resident, in the dialogue's language; `t` is that language's. None for silence.

    `entry` is the turn's, where the events come straight from one: it spares opening the filled form again.
    """
    if not events:
        return ()
    entry = entry or reopened(form, dialogue.entry, now=now)
    asking = Asking(form, entry, dialogue, t, manner)
    told = _Messages(events, Telling(events, asking, briefing), asking, briefing, now).contents()
    if dialogue.phase == "opted_out":
        told = tuple([replace(content, has_left=True) for content in told])
    return tuple([shielded(t, content) for content in told])


class _Messages:
    """One turn's events on their way to become messages."""

    def __init__(
        self, events: Sequence[Event], telling: Telling, asking: Asking, briefing: Briefing, now: datetime
    ) -> None:
        self.events, self.telling, self.asking, self.briefing, self.now = events, telling, asking, briefing, now
        self.form, self.dialogue, self.t, self.manner = asking.form, asking.dialogue, asking.t, asking.manner

    def contents(self) -> tuple[Content, ...]:
        if self.telling.has(Toggled, Paged):
            update = next(event for event in reversed(self.events) if isinstance(event, Toggled | Paged))
            return (self.asking.question(update.path, is_update=True),)
        if self.telling.has(Invited):
            return (self._invited(),)
        lead = self.telling.lead()
        question = self._open()
        if question is not None:
            told = question.preceded_by(lead) if lead else question
            problem = self.telling.problem()
            return (replace(told, problem=problem) if problem else told,)
        return (Content(text=lead, language=self.dialogue.language, actions=self._resting_actions()),) if lead else ()

    def _open(self) -> Content | None:
        """The question at the end of the messages: asked, asked back, or put once more after a failure."""
        for event in reversed(self.events):
            match event:
                case Misunderstood(reason="ambiguous", suggestions=suggestions) if suggestions:
                    return self._asked_back(event)
                case Misunderstood(path=path) if path and self.dialogue.position == path:
                    return self._once_more(event)
                case ConstraintBroken(path=path) if self.dialogue.position == path:
                    return self.asking.question(path, is_retry=True)
                case Asked(path=path):
                    return self.asking.question(
                        path,
                        has_place=self.telling.has(Resumed, WentBack, OptedIn),
                        has_how=not self.telling.has(HelpAsked),
                    )
                case LanguageOffered():
                    return language_offer(
                        self.form, self.dialogue.language, is_missing=bool(event.wanted), t=self.t, manner=self.manner
                    )
                case _:
                    continue
        return None

    def _once_more(self, event: Misunderstood) -> Content:
        """The question after a failure; where it has nothing to press, it is left out in the end."""
        if is_brief(event, self.manner):
            return Content(text="", language=self.dialogue.language, input="text")
        return self.asking.question(
            event.path, is_retry=True, has_how=event.tries > 1, has_place=self.telling.has(Resumed)
        )

    def _invited(self) -> Content:
        return invitation(self.form, self.dialogue, briefing=self.briefing, t=self.t, now=self.now, manner=self.manner)

    def _asked_back(self, event: Misunderstood) -> Content:
        """What could have been meant; from the second time on with a person to turn to, in the lines beneath."""
        asked = self.asking.asked_back(event.path, event.suggestions, event.candidates)
        person = offer_person(event.tries, self.briefing, self.t)
        return replace(asked, text=f"{asked.text}\n{person}") if person else asked

    def _resting_actions(self) -> tuple[Option, ...]:
        """Buttons where no question is open: what a resident may want next."""
        t = self.t
        if self.telling.has(EraseAsked):
            return (
                Option("!erase:yes", t.pgettext("button", "Erase everything")),
                Option("!erase:no", t.pgettext("button", "No")),
            )
        if self.telling.has(OptedOut, Declined, EraseConfirmed):
            return ()
        if self.dialogue.phase == "invited" and self.telling.has(
            Misunderstood, Greeted, ProxyDeclared, HelpAsked, WhoAsked
        ):
            return (
                Option("!begin", t.pgettext("button", "Begin")),
                Option("!stop", t.pgettext("button", "No more messages")),
            )
        if self.dialogue.phase == "finished" and not self.telling.has(MineAsked):
            return (Option("!mine", t.pgettext("button", "My answers")),)
        return ()
