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
    HelpAsked,
    Invited,
    LanguageChanged,
    LanguageOffered,
    MineAsked,
    Misunderstood,
    OptedIn,
    OptedOut,
    PersonAsked,
    SetAside,
    Shown,
    Toggled,
    WentBack,
    WhoAsked,
)
from bot.questions import Asking
from bot.sendouts import closed, farewell, feedback, how_to_begin, how_to_stop, information, invitation, reminder
from bot.wordings import Briefing, Manner, Translation, fill, paragraphs, shielded

if TYPE_CHECKING:
    from bot.forms import Form

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

OFFERS_PERSON_AFTER = 2


def phrase(
    form: Form,
    dialogue: Dialogue,
    events: Sequence[Event],
    *,
    briefing: Briefing,
    t: Translation,
    now: datetime,
    manner: Manner,
) -> tuple[Content, ...]:
    """The messages that tell `events` to the resident, in the dialogue's language; `t` is that language's. None for silence."""
    if not events:
        return ()
    told = _Telling(form, dialogue, events, briefing, t, now, manner).contents()
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
    ) -> None:
        self.form, self.dialogue, self.events = form, dialogue, events
        self.briefing, self.t, self.now, self.manner = briefing, t, now, manner
        self.asking = Asking(form, form.restore(dialogue.entry, now=now), dialogue, t, manner)
        self.tellers: dict[type[Any], Callable[[Any], str]] = {
            Began: self._began,
            Shown: lambda e: self.asking.entry.label(e.path, self.asking.language),
            Answered: self._answered,
            Corrected: lambda e: self._fill(t.gettext("Changed to: {answer}"), answer=self._answer(e.path, e.new)),
            Misunderstood: self._misunderstood,
            ConstraintBroken: self._constraint_broken,
            Finished: self._finished,
            AlreadyFinished: self._already_finished,
            Declined: lambda _: self._fill(t.gettext("All right. Write {start} if you change your mind.")),
            OptedOut: self._opted_out,
            OptedIn: lambda _: t.gettext("Welcome back."),
            LanguageChanged: self._language_changed,
            HelpAsked: self._help,
            WhoAsked: self._who,
            MineAsked: self._mine,
            EraseAsked: lambda _: self._fill(
                t.gettext("Do you want us to erase your answers and everything we have about you? Reply {yes} or {no}.")
            ),
            EraseConfirmed: lambda _: t.gettext(
                "Everything we have about you is being erased. You will get no more messages."
            ),
            PersonAsked: self._person,
            WentBack: self._went_back,
        }

    def contents(self) -> tuple[Content, ...]:
        update = next((event for event in reversed(self.events) if isinstance(event, Toggled)), None)
        if update is not None:
            return (self.asking.question(update.path, is_update=True),)
        if any(isinstance(event, Invited) for event in self.events):
            return (self._invited(),)
        lead = paragraphs(
            *(self.tellers[type(e)](e) for e in self.events if type(e) in self.tellers), self._set_aside()
        )
        question = self._open()
        if question is not None:
            return (replace(question.preceded_by(lead) if lead else question, problem=self._problem()),)
        return (Content(text=lead, language=self.dialogue.language, actions=self._resting_actions()),) if lead else ()

    def _problem(self) -> str:
        """Why the answer to the open question was not taken, in the words that `lead` holds."""
        failed = [
            event
            for event in self.events
            if isinstance(event, ConstraintBroken)
            or (isinstance(event, Misunderstood) and event.path and event.reason not in ("ambiguous", "stale", "first"))
        ]
        return paragraphs(*(self.tellers[type(event)](event) for event in failed))

    def _open(self) -> Content | None:
        """The question at the end of the messages: asked, asked back, or put once more after a failure."""
        for event in reversed(self.events):
            match event:
                case Misunderstood(reason="ambiguous", path=path, suggestions=suggestions) if suggestions:
                    return self.asking.asked_back(path, suggestions)
                case Misunderstood(path=path) | ConstraintBroken(path=path) if path and self.dialogue.position == path:
                    return self.asking.question(path, is_retry=True)
                case Asked(path=path):
                    return self.asking.question(path)
                case LanguageOffered():
                    return self._languages(event)
                case _:
                    continue
        return None

    def _invited(self) -> Content:
        return invitation(self.form, self.dialogue, briefing=self.briefing, t=self.t, now=self.now, manner=self.manner)

    def _fill(self, text: str, **values: object) -> str:
        return fill(self.t, text, **values)

    def _answer(self, path: str, value: str) -> str:
        return self.asking.answer_text(path, value)

    # --- one event, one paragraph

    def _began(self, _: Began) -> str:
        has_seen_card = self.manner.has_card_in_invitation or any(isinstance(e, Answered) for e in self.events)
        return "" if has_seen_card else self.briefing.card

    def _answered(self, event: Answered) -> str:
        if any(isinstance(e, Corrected | Finished) for e in self.events):
            return ""
        if event.is_inferred:
            return self._fill(self.t.gettext("We understood: {answer}"), answer=self._answer(event.path, event.value))
        is_first = len(self.dialogue.answered) == 1 and not self.manner.is_terse
        return self.t.gettext("Thank you!") if is_first else ""

    def _set_aside(self) -> str:
        gone = sum(isinstance(event, SetAside) for event in self.events)
        if not gone:
            return ""
        text = self.t.ngettext(
            "One of your other answers no longer fits and is not counted.",
            "{count} of your other answers no longer fit and are not counted.",
            gone,
        )
        return self._fill(text, count=gone)

    def _misunderstood(self, event: Misunderstood) -> str:
        t = self.t
        if event.reason == "ambiguous":
            return self._offer_person(event.tries)
        sorry = t.gettext("Sorry, we did not understand.")
        texts = {
            "choice": t.gettext("Sorry, we did not understand. Please choose one of these answers."),
            "several": t.gettext("Sorry, we did not understand all of that. Please choose from these answers."),
            "number": t.gettext("Sorry, here we need a number."),
            "date": t.gettext("Sorry, we did not understand that date."),
            "time": t.gettext("Sorry, we did not understand that time."),
            "location": t.gettext("Sorry, we did not understand which place you mean."),
            "required": t.gettext("We need an answer to this question before we can go on."),
            "stale": t.gettext("That button belongs to an earlier question."),
            "first": t.gettext("This is the first question."),
            "empty": t.gettext("We cannot read your message. Please write with letters or numbers."),
        }
        what_to_do = t.gettext("Reply {yes} or {no}.") if event.path else f"{how_to_begin(t)} {how_to_stop(t)}"
        return paragraphs(
            texts.get(event.reason) or f"{sorry} {self._fill(what_to_do)}", self._offer_person(event.tries)
        )

    def _offer_person(self, tries: int) -> str:
        if tries < OFFERS_PERSON_AFTER or not self.briefing.contact:
            return ""
        return self._fill(self.t.gettext("Do you want to talk to a person? {contact}"), contact=self.briefing.contact)

    def _constraint_broken(self, event: ConstraintBroken) -> str:
        message = event.message or self.t.gettext("That answer is not possible here.")
        return paragraphs(message, self._offer_person(event.tries))

    def _finished(self, _: Finished) -> str:
        t = self.t
        thanks = t.gettext("Thank you! Those were all the questions.")
        corrected = [event for event in self.events if isinstance(event, Corrected)]
        if corrected:
            thanks = t.gettext("Thank you! Your answers are saved.")
        promise = t.gettext("We will tell you here what is decided.")
        if self.manner.is_terse:
            return f"{thanks} {promise}"
        if self.manner.is_page:  # the answers stand beneath, each with its button
            return f"{thanks} {promise}"
        change = self._fill(t.gettext("Do you want to see or change your answers? Write {mine}."))
        return paragraphs(f"{thanks} {promise}", "" if corrected else change)

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
        if any(isinstance(other, Asked) for other in self.events):
            if self.dialogue.answered or self.dialogue.phase == "invited" or self.manner.is_terse:
                return ""
            return self.briefing.card  # whoever has not answered yet reads the card in the language they chose
        return self._fill(
            self.t.gettext("From now on we write in this language: {language_name}"),
            language_name=_own_name(self.form, event.language),
        )

    def _help(self, _: HelpAsked) -> str:
        t = self.t
        lines = [
            t.gettext("You can write at any time:"),
            t.gettext("{back} - the question before"),
            t.gettext("{mine} - your answers"),
            t.gettext("{change} 2 - change answer 2"),
            t.gettext("{language} - another language"),
            t.gettext("{who} - who asks and why"),
            t.gettext("{stop} - no more messages"),
            t.gettext("{erase} - erase everything about you"),
        ]
        contact = t.gettext("Questions? {contact}") if self.briefing.contact else ""
        return "\n".join(self._fill(line, contact=self.briefing.contact) for line in (*lines, contact) if line)

    def _who(self, _: WhoAsked) -> str:
        t, briefing = self.t, self.briefing
        about = (
            f"{briefing.sender}: {briefing.purpose}"
            if self.manner.is_terse
            else paragraphs(briefing.sender, briefing.card)
        )
        verify = (
            self._fill(t.gettext("See that it is really us: {url}"), url=briefing.verify_url)
            if briefing.verify_url
            else ""
        )
        contact = self._fill(t.gettext("Questions? {contact}"), contact=briefing.contact) if briefing.contact else ""
        return paragraphs(about, "\n".join(line for line in (verify, contact) if line))

    def _mine(self, _: MineAsked) -> str:
        t, lines = self.t, []
        for path in (step.path for step in self.asking.entry.steps()):
            if path in self.dialogue.answered:
                number = self.asking.progress(path)[0]
                label = self.asking.entry.label(path, self.asking.language)
                between = " " if self.manner.is_terse else "\n   "
                lines.append(f"{number}. {label}{between}{self._answer(path, self.asking.entry.value(path))}")
        if not lines:
            return t.gettext("You have not answered anything yet.")
        how = self._fill(t.gettext("Do you want to change an answer? Write for example {change} 2."))
        return paragraphs(t.gettext("Your answers:"), "\n".join(lines), how)

    def _person(self, _: PersonAsked) -> str:
        if self.briefing.contact:
            return self._fill(
                self.t.gettext("Do you want to talk to a person? {contact}"), contact=self.briefing.contact
            )
        return self.t.gettext("You reach a person through the municipality's contact centre.")

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
        if any(isinstance(event, EraseAsked) for event in self.events):
            return (
                Option("!erase:yes", t.pgettext("button", "Erase everything")),
                Option("!erase:no", t.pgettext("button", "No")),
            )
        if any(isinstance(event, OptedOut | Declined | EraseConfirmed) for event in self.events):
            return ()
        if any(isinstance(event, Misunderstood) for event in self.events):
            return (
                Option("!begin", t.pgettext("button", "Begin")),
                Option("!stop", t.pgettext("button", "No more messages")),
            )
        if self.dialogue.phase == "finished" and not any(isinstance(event, MineAsked) for event in self.events):
            return (Option("!mine", t.pgettext("button", "My answers")),)
        return ()
