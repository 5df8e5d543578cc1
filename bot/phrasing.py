"""What is said after a turn: events become as few messages as sensible. How one question is put lives in `questions`, send-outs in `sendouts`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.contents import Content, Option
from bot.dialogues import Dialogue
from bot.events import (
    AlreadyFinished,
    Answered,
    Asked,
    Began,
    ConstraintBroken,
    Corrected,
    Declined,
    EraseAsked,
    EraseConfirmed,
    Event,
    Finished,
    Greeted,
    HelpAsked,
    Invited,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedIn,
    OptedOut,
    Paged,
    PersonAsked,
    ProxyDeclared,
    Resumed,
    SetAside,
    Shown,
    Toggled,
    WentBack,
    WhoAsked,
)
from bot.informing import help_at, own_answers, passed_on, who_asks
from bot.misunderstandings import constraint_broken, is_brief, misunderstood
from bot.questions import Asking
from bot.reopening import reopened
from bot.sendouts import closed, farewell, feedback, how_to_begin, how_to_stop, information, invitation, reminder
from bot.wordings import Briefing, Manner, Translation, fill, paragraphs, shielded

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

# Told on the way, for which a welcome back would only stand in the way.
_BESIDE = (HelpAsked, MineAsked, WhoAsked, PersonAsked, ProxyDeclared, LanguageChanged, LanguageOffered, WentBack)


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
    told = _Telling(form, dialogue, events, briefing, t, now, manner, entry).contents()
    return tuple(shielded(t, content) for content in told)


def _own_name(form: Form, code: str) -> str:
    return code if "und" in form.codes() else form.language(code).partition("(")[0].strip() or code


class _Telling:
    """One turn's events on their way to become messages."""

    def __init__(
        self,
        form: Form,
        dialogue: Dialogue,
        events: Sequence[Event],
        briefing: Briefing,
        t: Translation,
        now: datetime,
        manner: Manner,
        entry: Entry,
    ) -> None:
        self.form, self.dialogue, self.events = form, dialogue, events
        self.briefing, self.t, self.now, self.manner = briefing, t, now, manner
        self.asking = Asking(form, entry, dialogue, t, manner)

    def contents(self) -> tuple[Content, ...]:
        update = next((event for event in reversed(self.events) if isinstance(event, Toggled | Paged)), None)
        if update is not None:
            return (self.asking.question(update.path, is_update=True),)
        if self._has(Invited):
            return (self._invited(),)
        lead = paragraphs(*(_TELLERS[type(e)](self, e) for e in self.events if type(e) in _TELLERS))
        question = self._open()
        if question is not None:
            return (replace(question.preceded_by(lead) if lead else question, problem=self._problem()),)
        return (Content(text=lead, language=self.dialogue.language, actions=self._resting_actions()),) if lead else ()

    def _has(self, *kinds: type[Any]) -> bool:
        return any(isinstance(event, kinds) for event in self.events)

    def _first(self, kind: type[Any]) -> Event | None:
        return next((event for event in self.events if isinstance(event, kind)), None)

    def _problem(self) -> str:
        """Why the answer to the open question was not taken, in the words that `lead` holds."""
        failed = [
            event
            for event in self.events
            if isinstance(event, ConstraintBroken)
            or (isinstance(event, Misunderstood) and event.path and event.reason not in ("ambiguous", "stale", "first"))
        ]
        return paragraphs(*(_TELLERS[type(event)](self, event) for event in failed))

    def _open(self) -> Content | None:
        """The question at the end of the messages: asked, asked back, or put once more after a failure."""
        for event in reversed(self.events):
            match event:
                case Misunderstood(reason="ambiguous", path=path, suggestions=suggestions) if suggestions:
                    return self.asking.asked_back(path, suggestions, event.candidates)
                case Misunderstood(path=path) if path and self.dialogue.position == path:
                    return self._once_more(event)
                case ConstraintBroken(path=path) if self.dialogue.position == path:
                    return self.asking.question(path, is_retry=True)
                case Asked(path=path):
                    return self.asking.question(
                        path, has_place=self._has(Resumed, WentBack, OptedIn), has_how=not self._has(HelpAsked)
                    )
                case LanguageOffered():
                    return self._languages(event)
                case _:
                    continue
        return None

    def _once_more(self, event: Misunderstood) -> Content:
        """The question after a failure; where it has nothing to press, it is left out in the end."""
        if is_brief(event, self.manner):
            return Content(text="", language=self.dialogue.language, input="text")
        return self.asking.question(event.path, is_retry=True, has_how=event.tries > 1, has_place=self._has(Resumed))

    def _invited(self) -> Content:
        return invitation(self.form, self.dialogue, briefing=self.briefing, t=self.t, now=self.now, manner=self.manner)

    def _fill(self, text: str, **values: object) -> str:
        return fill(self.t, text, **values)

    def _answer(self, path: str, value: str) -> str:
        return self.asking.answer_text(path, value)

    # --- one event, one paragraph

    def _began(self, _: Began) -> str:
        has_seen_card = self.manner.has_card_in_invitation or self._has(Answered)
        return "" if has_seen_card else self.briefing.card

    def _resumed(self, event: Resumed) -> str:
        """How far they had come, for one who has been away."""
        if not event.answered or self._has(*_BESIDE):
            return ""
        _, total, is_estimate = self.asking.progress(self.dialogue.position)
        if is_estimate:
            text = self.t.gettext("Welcome back. You have answered {count} of about {total} questions.")
        else:
            text = self.t.gettext("Welcome back. You have answered {count} of {total} questions.")
        return self._fill(text, count=event.answered, total=total)

    def _proxy(self, _: ProxyDeclared) -> str:
        noted = self.t.gettext("Thank you. We note that you answer for somebody else. Answer as they would.")
        return noted if self._has(Asked) or self.dialogue.phase != "invited" else f"{noted} {how_to_begin(self.t)}"

    def _greeted(self, _: Greeted) -> str:
        if self._has(Asked):
            return ""
        return self._fill(f"{how_to_begin(self.t)} {how_to_stop(self.t)}")

    def _answered(self, event: Answered) -> str:
        if event.is_restored:
            return self._restored() if event is self._restored_ones()[0] else ""
        if self._has(Corrected):
            return ""
        if event.is_inferred:
            answer = event.told or self._answer(event.path, event.value)
            return self._fill(self.t.gettext("We understood: {answer}"), answer=answer)
        is_first = len(self.dialogue.answered) == 1 and not self.manner.is_terse and not self._has(Finished)
        return self.t.gettext("Thank you!") if is_first else ""

    def _set_aside(self) -> str:
        """Which answers a correction has taken the ground from."""
        gone = [self.asking.label(event.path) for event in self.events if isinstance(event, SetAside)]
        named = [f"- {label}" for label in dict.fromkeys(gone) if label]
        if not named:
            return ""
        text = self.t.ngettext(
            "Your answer to this question no longer fits and is not counted:",
            "Your answers to these questions no longer fit and are not counted:",
            len(named),
        )
        return "\n".join((text, *named))

    def _restored_ones(self) -> list[Answered]:
        return [event for event in self.events if isinstance(event, Answered) and event.is_restored]

    def _restored(self) -> str:
        """Which answers a correction has given their ground back."""
        back = self._restored_ones()
        text = self.t.ngettext("Your earlier answer counts again:", "Your earlier answers count again:", len(back))
        lines = (f"- {self.asking.label(event.path)} {self._answer(event.path, event.value)}" for event in back)
        return "\n".join((text, *lines))

    def _finished(self, _: Finished) -> str:
        t = self.t
        thanks = t.gettext("Thank you! Those were all the questions.")
        if self._has(Corrected):
            thanks = t.gettext("Thank you! Your answers are saved.")
        promise = t.gettext("We will tell you here what is decided.")
        if self.manner.is_terse:
            return f"{thanks} {promise}"
        if self.manner.is_page:  # the answers stand beneath, each with its button
            return f"{thanks} {promise}"
        change = self._fill(t.gettext("Do you want to see or change your answers? Write {mine}."))
        return paragraphs(f"{thanks} {promise}", "" if self._has(Corrected) else change)

    def _already_finished(self, _: AlreadyFinished) -> str:
        if self.manner.is_page:
            return self.t.gettext("Thank you! Your answers are saved.")
        return self._fill(
            self.t.gettext(
                "Thank you, you have answered all the questions. Write {mine} to see or change your answers."
            )
        )

    def _opted_out(self, _: OptedOut) -> str:
        return farewell(briefing=self.briefing, language=self.dialogue.language, t=self.t).text

    def _language_changed(self, event: LanguageChanged) -> str:
        if self._has(Asked):
            if self.dialogue.answered or self.dialogue.phase == "invited" or self.manner.is_terse:
                return ""
            return self.briefing.card  # whoever has not answered yet reads the card in the language they chose
        return self._fill(
            self.t.gettext("From now on we write in this language: {language_name}"),
            language_name=_own_name(self.form, event.language),
        )

    def _went_back(self, event: WentBack) -> str:
        value = self.asking.entry.value(event.path) if event.path in self.dialogue.answered else ""
        if not value:
            return ""
        return self._fill(
            self.t.gettext("You answered: {answer}. Answer again if you want to change it."),
            answer=self._answer(event.path, value),
        )

    # --- buttons beside the answers

    def _languages(self, event: LanguageOffered) -> Content:
        t, codes = self.t, tuple(code for code in self.form.codes() if code != "und")
        lead = t.gettext("The questions are not available in that language.") if event.wanted else ""
        how = "" if self.manner.has_buttons else t.gettext("Write the name of the language you want:")
        names = "\n".join(_own_name(self.form, code) for code in codes)
        text = paragraphs(
            lead, t.gettext("Which language do you want?") if self.manner.has_buttons else f"{how}\n{names}"
        )
        options = tuple(Option(f"!lang:{code}", _own_name(self.form, code)) for code in codes)
        return Content(text=text, language=self.dialogue.language, actions=options)

    def _resting_actions(self) -> tuple[Option, ...]:
        """Buttons where no question is open: what a resident may want next."""
        t = self.t
        if self._has(EraseAsked):
            return (
                Option("!erase:yes", t.pgettext("button", "Erase everything")),
                Option("!erase:no", t.pgettext("button", "No")),
            )
        if self._has(OptedOut, Declined, EraseConfirmed):
            return ()
        if self.dialogue.phase == "invited" and self._has(Misunderstood, Greeted, ProxyDeclared, HelpAsked, WhoAsked):
            return (
                Option("!begin", t.pgettext("button", "Begin")),
                Option("!stop", t.pgettext("button", "No more messages")),
            )
        if self.dialogue.phase == "finished" and not self._has(MineAsked):
            return (Option("!mine", t.pgettext("button", "My answers")),)
        return ()


_TELLERS: dict[type[Any], Callable[[_Telling, Any], str]] = {
    Resumed: _Telling._resumed,
    Began: _Telling._began,
    Shown: lambda o, e: o.asking.note(e.path),
    Answered: _Telling._answered,
    SetAside: lambda o, e: o._set_aside() if e is o._first(SetAside) else "",
    Corrected: lambda o, e: o._fill(o.t.gettext("Changed to: {answer}"), answer=o._answer(e.path, e.new)),
    Misunderstood: lambda o, e: misunderstood(e, o.asking, o.briefing, o.t),
    ConstraintBroken: lambda o, e: constraint_broken(e, o.briefing, o.t),
    Finished: _Telling._finished,
    AlreadyFinished: _Telling._already_finished,
    Declined: lambda o, _: o._fill(o.t.gettext("All right. Write {start} if you change your mind.")),
    OptedOut: _Telling._opted_out,
    OptedIn: lambda o, _: o.t.gettext("Welcome back."),
    Greeted: _Telling._greeted,
    LanguageChanged: _Telling._language_changed,
    HelpAsked: lambda o, _: help_at(o.asking, o.briefing),
    WhoAsked: lambda o, _: who_asks(o.asking, o.briefing),
    MineAsked: lambda o, _: own_answers(o.asking),
    EraseAsked: lambda o, _: o._fill(
        o.t.gettext("Do you want us to erase your answers and everything we have about you? Reply {yes} or {no}.")
    ),
    EraseConfirmed: lambda o, _: o.t.gettext(
        "Everything we have about you is being erased. You will get no more messages."
    ),
    PersonAsked: lambda o, _: passed_on(o.asking, o.briefing),
    ProxyDeclared: _Telling._proxy,
    WentBack: _Telling._went_back,
}
