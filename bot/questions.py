"""How one open question is put: its text, how to answer it, its buttons. What happened before it is told in `phrasing`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.contents import Content, Input, Option, Select
from bot.dialogues import Dialogue
from bot.turns import WITH_CHOICES, button_values, is_note, plain
from bot.wordings import Manner, Translation, fill, paragraphs

if TYPE_CHECKING:
    from bot.forms import Entry, Form, Question, Step

INPUTS: dict[str, Input] = {
    "integer": "integer", "decimal": "decimal", "range": "decimal", "text": "text",
    "date": "date", "time": "time", "datetime": "datetime", "geopoint": "location",
}  # fmt: skip
SELECTS: dict[str, Select] = {
    "select_one": "one",
    "acknowledge": "one",
    "range": "one",
    "select_multiple": "many",
    "rank": "rank",
}


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

    def question(self, path: str, *, is_update: bool = False, is_retry: bool = False) -> Content:
        """The question at `path`, or the offer of another instance of the repeat there."""
        step = next((step for step in self.entry.steps() if step.path == path), None)
        if step is None or step.question is None:
            return self._repeat(path)
        values = button_values(self.entry, step.question, path, self.language)
        labels = self._labels(step.question, path, values)
        number = self.dialogue.number_of(path)
        shows_options = step.question.type in WITH_CHOICES or self.manner.has_buttons
        options = (
            tuple(Option(f"{number}.{k}", labels[value]) for k, value in enumerate(values, start=1))
            if shows_options
            else ()
        )
        shown = dict(zip(values, options, strict=False))
        return Content(
            text=self._text(step, is_retry=is_retry, has_options=bool(options)),
            language=self.dialogue.language,
            options=options,
            select=SELECTS.get(step.question.type, "none") if options else "none",
            chosen=tuple(shown[value].value for value in self.dialogue.pending if value in shown),
            input=INPUTS.get(step.question.type, "none") if not options or step.question.type == "range" else "none",
            actions=self._actions(step, number),
            is_update=is_update,
        )

    def asked_back(self, path: str, suggestions: tuple[str, ...]) -> Content:
        """Only the choices that could have been meant, to be picked by their new numbers or by button."""
        question = self.question(path)
        step = next(step for step in self.entry.steps() if step.path == path)
        values = button_values(self.entry, step.question, path, self.language) if step.question else ()
        options = tuple(o for o, value in zip(question.options, values, strict=False) if value in suggestions)
        if len(options) == 1:
            text = fill(self.t, self.t.gettext("Did you mean {answer}?"), answer=options[0].label)
            how = "" if self.manner.has_buttons else fill(self.t, self.t.gettext("Reply {yes} or {no}."))
        else:
            text = self.t.gettext("Which of these did you mean?")
            how = "" if self.manner.has_buttons else self.t.gettext("Reply with the number.")
        return Content(
            text=f"{text} {how}".strip(),
            language=question.language,
            options=options,
            select=question.select,
            chosen=question.chosen,
            actions=question.actions,
        )

    def answer_text(self, path: str, value: str) -> str:
        """An answer as the resident knows it: labels instead of values."""
        step = next((step for step in self.entry.steps() if step.path == path), None)
        if step is None or step.question is None:
            return value
        if step.question.type in WITH_CHOICES:
            labels = {choice.value: choice.label for choice in self.entry.choices(path, self.language)}
            parts = [value] if step.question.type == "select_one" else value.split()
            return self.t.pgettext("between items of a list", ", ").join(labels.get(part, part) for part in parts)
        if step.question.type == "geopoint":
            return ", ".join(value.split()[:2])
        if step.question.type in ("decimal", "range"):
            return value.removesuffix(".0")  # stored with a decimal, as ODK does
        return value.replace("T", " ") if step.question.type == "datetime" else value

    def progress(self, path: str) -> tuple[int, int, bool]:
        """(number of the question or 0 before the first, how many there will be, whether that is an estimate).

        What is sure counts as one; of the questions to come that only some are asked, every other one is counted.
        """
        steps = [step for step in self.entry.steps() if step.kind == "question" and not is_note(self.entry, step)]
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

    def how(self, question: Question, *, has_options: bool) -> str:
        """One sentence on how to answer, or "" where it goes without saying."""
        if self.manner.is_page:
            return ""  # the fields of a page say themselves how to fill them in
        t, kind, has_buttons = self.t, question.type, self.manner.has_buttons and has_options
        if kind == "range" and question.range and not has_buttons:
            start, end, _ = question.range
            return fill(
                t, t.gettext("Reply with a number from {lowest} to {highest}."), lowest=plain(start), highest=plain(end)
            )
        with_buttons = {
            "select_multiple": t.gettext("Choose one or more answers, then press Done."),
            "rank": t.gettext("Press them in your order, the most important first."),
        }
        typed = {
            "select_one": t.gettext("Reply with the number."),
            "select_multiple": t.gettext("Reply with one or more numbers, for example 1, 2."),
            "rank": t.gettext("Reply with the numbers in your order, the most important first."),
            "acknowledge": t.gettext("Reply OK when you have read this."),
            "integer": t.gettext("Reply with a number."),
            "decimal": t.gettext("Reply with a number."),
            "date": t.gettext("Reply with a date, for example 2026-05-31."),
            "datetime": t.gettext("Reply with a date and a time, for example 2026-05-31 14:30."),
            "time": t.gettext("Reply with a time, for example 14:30."),
            "geopoint": t.gettext(
                "Reply with the place's latitude and longitude from a map, for example 57.93, 12.11."
            ),
        }
        if kind == "geopoint" and self.manner.has_location_button:
            return t.gettext("Share the place with the paper clip or the button.")
        return with_buttons.get(kind, "") if has_buttons else typed.get(kind, "")

    def _text(self, step: Step, *, is_retry: bool, has_options: bool) -> str:
        assert step.question is not None  # noqa: S101 - a step of kind question has one
        label = self.entry.label(step.path, self.language)
        hint = self.entry.hint(step.path, self.language) or ""
        how = self.how(step.question, has_options=has_options)
        if (
            step.question.type not in WITH_CHOICES
            and not self.manner.has_buttons
            and not self.entry.is_required(step.path)
        ):
            how = f"{how} {self._how_to_skip()}".strip()
        head = "" if is_retry else self._progress_line(step.path)
        question = f"{head}\n{label}" if head else label
        return "\n".join(part for part in (question, hint, how) if part)

    def _how_to_skip(self) -> str:
        return fill(self.t, self.t.gettext("Write {skip} if you do not want to answer."))

    def _progress_line(self, path: str) -> str:
        """Said at the first question, half-way and at the end, not at each."""
        number, total, can_change = self.progress(path)
        if self.manner.is_terse or self.manner.is_page or total < 3 or number not in (1, total // 2 + 1, total):
            return ""
        if can_change:
            return fill(self.t, self.t.gettext("Question {number} of about {total}"), number=number, total=total)
        return fill(self.t, self.t.gettext("Question {number} of {total}"), number=number, total=total)

    def _labels(self, question: Question, path: str, values: tuple[str, ...]) -> dict[str, str]:
        if question.type in WITH_CHOICES:
            return {choice.value: choice.label for choice in self.entry.choices(path, self.language)}
        return {value: self.t.gettext("OK, I have read this") if value == "OK" else value for value in values}

    def _actions(self, step: Step, number: int) -> tuple[Option, ...]:
        assert step.question is not None  # noqa: S101 - a step of kind question has one
        actions = []
        if step.question.type in ("select_multiple", "rank"):
            actions.append(Option(f"!done.{number}", self.t.pgettext("button", "Done")))
        if step.path in self.dialogue.answered or not self.entry.is_required(step.path):
            actions.append(Option(f"!skip.{number}", self.t.pgettext("button", "Skip")))
        if self.dialogue.answered:
            actions.append(Option("!back", self.t.pgettext("button", "Back")))
        elif len(self.form.codes()) > 1:
            actions.append(Option("!lang", self.t.pgettext("button", "Change language")))
        return tuple(actions)

    def _repeat(self, path: str) -> Content:
        label = self.entry.label(path, self.language)
        text = self.t.gettext("Do you want to add one more?")
        if self.entry.repeat_count(path) == 0:
            text = self.t.gettext("Do you have something to add here?")
        how = "" if self.manner.has_buttons else fill(self.t, self.t.gettext("Reply {yes} or {no}."))
        number = self.dialogue.number_of(path)
        return Content(
            text=paragraphs(label, f"{text} {how}".strip()),
            language=self.dialogue.language,
            actions=(
                Option(f"!more.{number}", self.t.pgettext("button", "Yes")),
                Option(f"!enough.{number}", self.t.pgettext("button", "No")),
            ),
        )
