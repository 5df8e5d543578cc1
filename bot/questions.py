"""One question as residents see it: where it stands, its label, how to answer it, its buttons. What happened before it is told in `phrasing`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.compositions import Parts, composed
from bot.contents import Content, Option
from bot.dialogues import Dialogue
from bot.instructions import how_to_skip, in_other_words
from bot.kinds import WITH_CHOICES, WITH_NUMBERS, button_values, is_note, value_text
from bot.wordings import Manner, Translation, either, fill, listed, paragraphs

if TYPE_CHECKING:
    from bot.forms import Entry, Form, Question, Step

_INSTANCE = re.compile(r"\[(\d+)\]$")


class Asking:
    """Puts the open question of one dialogue into words."""

    def __init__(self, form: Form, entry: Entry, dialogue: Dialogue, t: Translation, manner: Manner) -> None:
        self.form = form
        self.entry = entry
        self.dialogue = dialogue
        self.t = t
        self.manner = manner
        self.language = form.language(dialogue.language)
        entry.speak(self.language)
        self.steps = entry.steps_by_path()

    def question(
        self,
        path: str,
        *,
        is_update: bool = False,
        is_retry: bool = False,
        has_how: bool = True,
        has_place: bool = False,
    ) -> Content:
        """The question at `path`, or the offer of another instance of the repeat there.

        A retry leaves out where the question stands, `has_place` tells all of it: the headings of every group around.
        """
        step = self.steps.get(path) or self._next()
        if step is None:  # nothing is left to ask, which the next turn will find out
            return Content(text="", language=self.dialogue.language)
        if step.question is None:
            return self._repeat(step.path)
        lines = self._lines(step.path, is_retry=is_retry, has_place=has_place)
        parts = self._parts(step.question, step.path, lines, has_how=has_how)
        content = composed(parts, self.t, self.manner)
        page = self.dialogue.page if step.path == self.dialogue.position else 0
        if not (self.dialogue.pending or is_update or page):
            return content
        chosen = self._chosen([value for value, _ in parts.choices], content.options)
        return replace(content, chosen=chosen, is_update=is_update, page=page)

    def _parts(self, question: Question, path: str, lines: tuple[str, ...], *, has_how: bool) -> Parts:
        dialogue, is_optional = self.dialogue, not self.entry.is_required(path)
        return Parts(
            question=question,
            language=dialogue.language,
            lines=lines,
            choices=self._choices(question, path),
            number=dialogue.number_of(path),
            has_how=has_how,
            is_optional=is_optional,
            can_skip=is_optional or path in dialogue.answered,
            can_go_back=bool(dialogue.answered),
            can_change_language=len(self.form.codes()) > 1,
        )

    def _chosen(self, values: Sequence[str], options: Sequence[Option]) -> tuple[str, ...]:
        shown = dict(zip(values, options, strict=False))
        return tuple(shown[value].value for value in self.dialogue.pending if value in shown)

    def _next(self) -> Step | None:
        """What is asked next, for a question that is no more: the survey's own clock can take its ground between two turns."""
        dealt_with = {*self.dialogue.answered, *self.dialogue.passed}
        steps = (step for step in self.steps.values() if step.path not in dealt_with)
        return next((step for step in steps if not is_note(self.entry, step)), None)

    def asked_back(self, path: str, suggestions: Sequence[str], candidates: Sequence[str] = ()) -> Content:
        """Only what could have been meant, in one sentence. Choices keep the numbers that they have in the question's own list."""
        question, step = self.question(path), self.steps[path]
        kind = step.question.type if step.question else "text"
        number = self.dialogue.number_of(path)
        if kind in WITH_CHOICES:
            known = {
                value: (place, option)
                for place, (value, option) in enumerate(zip(self._values(step), question.options, strict=True), start=1)
            }
            found = [known[value] for value in suggestions if value in known]
            options = tuple(option for _, option in found)
            names, numbers = [option.label for option in options], [place for place, _ in found]
        else:
            has_names = bool(candidates) and kind == "geopoint"
            told = [value_text(kind, value, self.dialogue.language) for value in suggestions]
            names = list(candidates) if has_names else told
            numbers = [] if kind in WITH_NUMBERS else list(range(1, len(names) + 1))
            options = ()
        is_one, has_buttons = len(names) == 1, self.manner.has_buttons
        asked = self.t.gettext("Did you mean {answer}?").format(
            answer=either(self.t, names, () if is_one or has_buttons else numbers)
        )
        yes_or_no = fill(self.t, self.t.gettext("Reply {yes} or {no}.")) if is_one and not has_buttons else ""
        meant = () if options else tuple(Option(f"!meant.{number}.{k}", name) for k, name in enumerate(names, start=1))
        neither = Option(f"!again.{number}", self.t.pgettext("button", "No, something else"))
        return Content(
            text=f"{asked} {yes_or_no}".strip(),
            language=question.language,
            options=options if has_buttons else (),
            select=question.select if has_buttons and options else "none",
            chosen=question.chosen if has_buttons else (),
            input="none" if has_buttons else "text",
            actions=(*meant, neither, *question.actions),
        )

    def _values(self, step: Step) -> tuple[str, ...]:
        return button_values(self.entry, step.question, step.path, self.language) if step.question else ()

    def in_other_words(self, path: str) -> str:
        """How to answer the open question, put differently than with the question itself."""
        step = self.steps.get(path)
        if step is None or step.question is None:
            return fill(self.t, self.t.gettext("Reply {yes} or {no}."))
        values = self._values(step)
        return in_other_words(
            self.t,
            step.question,
            self.manner,
            language=self.dialogue.language,
            count=len(values),
            has_options=bool(values),
        )

    def explanation(self, path: str) -> str:
        """For one who asks for help at this question: the author's guidance, how to answer, whether one must."""
        step = self.steps.get(path)
        guidance = self.entry.guidance(path, self.language) if step is not None and step.question is not None else ""
        is_optional = step is not None and step.question is not None and not self.entry.is_required(path)
        skipping = how_to_skip(self.t) if is_optional and not self.manner.has_buttons else ""
        return paragraphs(guidance, f"{self.in_other_words(path)} {skipping}".strip())

    def answer_text(self, path: str, value: str) -> str:
        """An answer as the resident knows it: labels instead of values."""
        step = self.steps.get(path)
        if step is None or step.question is None:
            return value
        if step.question.type in WITH_CHOICES:
            labels = self._choice_labels(step.question, path)
            parts = [value] if step.question.type == "select_one" else value.split()
            return listed(self.t, [labels.get(part, part) for part in parts])
        return value_text(step.question.type, value, self.dialogue.language)

    def label(self, path: str) -> str:
        """The question's own words, with the instance of a repeat that it belongs to; "" for a path that is no more."""
        try:
            label = self._words(path)
        except KeyError:
            return ""
        return ": ".join(part for part in (*self._instances(path), label) if part)

    def note(self, path: str) -> str:
        """A note, under the headings that begin with it."""
        return "\n".join((*self._new_headings(path), self.entry.label(path, self.language)))

    # --- where it stands

    def progress(self, path: str) -> tuple[int, int, bool]:
        """(number of the question or 0 before the first, how many there will be, whether that is an estimate).

        What is sure counts as one; of the questions to come that only some are asked, every other one is counted.
        """
        steps = [step for step in self.steps.values() if step.kind == "question" and not is_note(self.entry, step)]
        number = next((place for place, step in enumerate(steps, start=1) if step.path == path), 0)
        sure = {step.question.path for step in steps if step.question is not None}
        known = [question.path for question in self.form.questions if question.type != "note"]
        here = steps[number - 1].question if number else None
        to_come = known[known.index(here.path) + 1 :] if here is not None and here.path in known else known
        open_ones = sum(1 for path in to_come if path not in sure)
        return number, len(steps) + (open_ones + 1) // 2, open_ones > 0

    def how_many(self) -> str:
        """The number of questions, as far as it can be known before the first is answered."""
        _, total, is_estimate = self.progress("")
        if is_estimate:
            text = self.t.ngettext("About {count} question.", "About {count} questions.", total)
        else:
            text = self.t.ngettext("{count} question.", "{count} questions.", total)
        return fill(self.t, text, count=total)

    def _progress_line(self, path: str) -> str:
        """Said at the first question, half-way and at the end, not at each."""
        if self.manner.is_terse or self.manner.is_page:
            return ""
        number, total, can_change = self.progress(path)
        if total < 3 or number not in (1, total // 2 + 1, total):
            return ""
        if can_change:
            return fill(self.t, self.t.gettext("Question {number} of about {total}"), number=number, total=total)
        return fill(self.t, self.t.gettext("Question {number} of {total}"), number=number, total=total)

    def _new_headings(self, path: str) -> list[str]:
        """The headings that begin with this step: those that the step before it does not stand under."""
        here = self._headings(path)
        if not here:
            return []
        before = ""
        for step in self.steps:
            if step == path:
                break
            before = step
        known = {place for place, _ in self._headings(before)} if before else set[str]()
        return [heading for place, heading in here if place not in known]

    def _headings(self, path: str) -> list[tuple[str, str]]:
        """(path, heading) of the groups and instances around a question, outermost first, where they have labels."""
        found = []
        parts = path.split("/")
        for end in range(3, len(parts)):
            place = "/".join(parts[:end])
            label = self.entry.label(place, self.language)
            if label:
                found.append((place, self._of_instance(place, label)))
        return found

    def _instances(self, path: str) -> list[str]:
        return [heading for place, heading in self._headings(path) if place.endswith("]")]

    def _of_instance(self, place: str, label: str) -> str:
        """ "Child 2", unless the label says so itself."""
        instance = _INSTANCE.search(place)
        if instance is None or instance[1] in label.split():
            return label
        return fill(
            self.t, self.t.pgettext("a heading and which one it is", "{name} {number}"), name=label, number=instance[1]
        )

    # --- its parts

    def _lines(self, path: str, *, is_retry: bool, has_place: bool) -> tuple[str, ...]:
        """What stands above how to answer."""
        head = "" if is_retry else self._progress_line(path)
        headings = [heading for _, heading in self._headings(path)] if has_place else []
        if not (is_retry or has_place):
            headings = self._new_headings(path)
        return (head, *headings, self._words(path), self.entry.hint(path, self.language))

    def _choices(self, question: Question, path: str) -> tuple[tuple[str, str], ...]:
        """The values that can be chosen or pressed, and what they are called."""
        if question.type in WITH_CHOICES:
            choices, labels = self.entry.choices(path, self.language), self._choice_labels(question, path)
            return tuple([(value, labels[value]) for value, _ in choices]) if question.has_other else choices
        values = button_values(self.entry, question, path, self.language)
        return tuple((value, self._button_text(question, value)) for value in values)

    def _button_text(self, question: Question, value: str) -> str:
        if question.type == "acknowledge":
            return self.t.gettext("OK, I have read this")
        return value_text(question.type, value, self.dialogue.language)

    def _choice_labels(self, question: Question, path: str) -> dict[str, str]:
        """What the choices are called. The one for "other" that forms get by themselves is only called so in English."""
        labels = dict(self.entry.choices(path, self.language))
        if question.has_other and labels.get("other") == "Other":
            labels["other"] = self.t.pgettext("a choice", "Other")
        return labels

    def _words(self, path: str) -> str:
        """The question's own words; those that forms get by themselves are translated."""
        label = self.entry.label(path, self.language)
        return self.t.gettext("Write in your own words what you mean.") if label == "Specify other." else label

    def _repeat(self, path: str) -> Content:
        label = self.label(path)
        count = self.entry.repeat_count(path)
        text = (
            self.t.gettext("Do you want to add one more?")
            if count
            else self.t.gettext("Do you have something to add here?")
        )
        answer = "" if self.manner.has_buttons else fill(self.t, self.t.gettext("Reply {yes} or {no}."))
        number = self.dialogue.number_of(path)
        return Content(
            text="\n".join(part for part in (label, f"{text} {answer}".strip()) if part),
            language=self.dialogue.language,
            actions=(
                Option(f"!more.{number}", self.t.pgettext("button", "Yes")),
                Option(f"!enough.{number}", self.t.pgettext("button", "No")),
            ),
        )
