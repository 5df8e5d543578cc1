"""What each event of a turn says, one paragraph for one event. Which messages they become lives in `phrasing`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

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
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedIn,
    OptedOut,
    PersonAsked,
    ProxyDeclared,
    Resumed,
    SetAside,
    Shown,
    WentBack,
    WhoAsked,
)
from bot.informing import help_at, own_answers, passed_on, who_asks
from bot.language_offers import own_name
from bot.misunderstandings import constraint_broken, misunderstood
from bot.sendouts import farewell, how_to_begin, how_to_stop
from bot.wordings import Briefing, fill, paragraphs

if TYPE_CHECKING:
    from bot.questions import Asking

# Told on the way, for which a welcome back would only stand in the way.
_BESIDE = (HelpAsked, MineAsked, WhoAsked, PersonAsked, ProxyDeclared, LanguageChanged, LanguageOffered, WentBack)


@cache
def _tellers() -> Mapping[type[Any], Callable[[Telling, Any], str]]:
    """What speaks for which kind of event."""
    return {
        Resumed: Telling._resumed,
        Began: Telling._began,
        Shown: lambda o, e: o.asking.note(e.path),
        Answered: Telling._answered,
        SetAside: lambda o, e: o._set_aside() if e is o._first(SetAside) else "",
        Corrected: lambda o, e: o._fill(o.t.gettext("Changed to: {answer}"), answer=o._answer(e.path, e.new)),
        Misunderstood: lambda o, e: misunderstood(e, o.asking, o.briefing, o.t),
        ConstraintBroken: lambda o, e: constraint_broken(e, o.briefing, o.t),
        Finished: Telling._finished,
        AlreadyFinished: Telling._already_finished,
        Declined: lambda o, _: o._fill(o.t.gettext("All right. Write {start} if you change your mind.")),
        OptedOut: Telling._opted_out,
        OptedIn: lambda o, _: o.t.gettext("Welcome back."),
        Greeted: Telling._greeted,
        LanguageChanged: Telling._language_changed,
        HelpAsked: lambda o, _: help_at(o.asking, o.briefing),
        WhoAsked: lambda o, _: who_asks(o.asking, o.briefing),
        MineAsked: lambda o, _: own_answers(o.asking, o.briefing),
        EraseAsked: lambda o, _: o._fill(
            o.t.gettext("Do you want us to erase your answers and everything we have about you? Reply {yes} or {no}.")
        ),
        EraseConfirmed: lambda o, _: o.t.gettext(
            "Everything we have about you is being erased. You will get no more messages."
        ),
        PersonAsked: lambda o, _: passed_on(o.asking, o.briefing),
        ProxyDeclared: Telling._proxy,
        WentBack: Telling._went_back,
    }


class Telling:
    """One turn's events in words. `asking` is the conversation they belong to, in its language."""

    def __init__(self, events: Sequence[Event], asking: Asking, briefing: Briefing) -> None:
        self.events, self.asking, self.briefing = events, asking, briefing
        self.form, self.dialogue = asking.form, asking.dialogue
        self.t, self.manner = asking.t, asking.manner
        self._kinds = {type(event) for event in events}

    def lead(self) -> str:
        """Everything that is said before the open question, in the order in which it happened."""
        tellers = _tellers()
        return paragraphs(*[tellers[type(e)](self, e) for e in self.events if type(e) in tellers])

    def problem(self) -> str:
        """Why the answer to the open question was not taken, in the words that `lead` holds."""
        if not self.has(ConstraintBroken, Misunderstood):
            return ""
        failed = [
            event
            for event in self.events
            if isinstance(event, ConstraintBroken)
            or (isinstance(event, Misunderstood) and event.path and event.reason not in ("ambiguous", "stale", "first"))
        ]
        return paragraphs(*(_tellers()[type(event)](self, event) for event in failed))

    def has(self, *kinds: type[Any]) -> bool:
        """Whether anything of these kinds happened."""
        return not self._kinds.isdisjoint(kinds)

    def _first(self, kind: type[Any]) -> Event | None:
        return next((event for event in self.events if isinstance(event, kind)), None)

    def _fill(self, text: str, **values: object) -> str:
        return fill(self.t, text, **values)

    def _answer(self, path: str, value: str) -> str:
        return self.asking.answer_text(path, value)

    # --- one event, one paragraph

    def _began(self, _: Began) -> str:
        has_seen_card = self.manner.has_card_in_invitation or self.has(Answered)
        return "" if has_seen_card else self.briefing.card

    def _resumed(self, event: Resumed) -> str:
        """How far they had come, for one who has been away."""
        if not event.answered or self.has(*_BESIDE):
            return ""
        _, total, is_estimate = self.asking.progress(self.dialogue.position)
        if is_estimate:
            text = self.t.gettext("Welcome back. You have answered {count} of about {total} questions.")
        else:
            text = self.t.gettext("Welcome back. You have answered {count} of {total} questions.")
        return self._fill(text, count=event.answered, total=total)

    def _proxy(self, _: ProxyDeclared) -> str:
        noted = self.t.gettext("Thank you. We note that you answer for somebody else. Answer as they would.")
        return noted if self.has(Asked) or self.dialogue.phase != "invited" else f"{noted} {how_to_begin(self.t)}"

    def _greeted(self, _: Greeted) -> str:
        if self.has(Asked):
            return ""
        return self._fill(f"{how_to_begin(self.t)} {how_to_stop(self.t)}")

    def _answered(self, event: Answered) -> str:
        if event.is_restored:
            return self._restored() if event is self._restored_ones()[0] else ""
        if self.has(Corrected):
            return ""
        if event.is_inferred:
            answer = event.told or self._answer(event.path, event.value)
            return self._fill(self.t.gettext("We understood: {answer}"), answer=answer)
        is_first = len(self.dialogue.answered) == 1 and not self.manner.is_terse and not self.has(Finished)
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
        if self.has(Corrected):
            thanks = t.gettext("Thank you! Your answers are saved.")
        promise = t.gettext("We will tell you here what is decided.")
        if self.manner.is_terse:
            return f"{thanks} {promise}"
        if self.manner.is_page:  # the answers stand beneath, each with its button
            return f"{thanks} {promise}"
        change = self._fill(t.gettext("To see or change your answers, write {mine}."))
        return paragraphs(f"{thanks} {promise}", "" if self.has(Corrected) else change)

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
        if self.has(Asked):
            if self.dialogue.answered or self.dialogue.phase == "invited" or self.manner.is_terse:
                return ""
            return self.briefing.card  # whoever has not answered yet reads the card in the language they chose
        return self._fill(
            self.t.gettext("From now on we write in this language: {language_name}"),
            language_name=own_name(self.form, event.language),
        )

    def _went_back(self, event: WentBack) -> str:
        value = self.asking.entry.value(event.path) if event.path in self.dialogue.answered else ""
        if not value:
            return ""
        return self._fill(
            self.t.gettext("You answered: {answer}. Answer again if you want to change it."),
            answer=self._answer(event.path, value),
        )
