"""What is said to many at once, before and after the questions: invitation, reminder, closing and feedback."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Content, Option
from bot.dialogues import Dialogue
from bot.questions import Asking
from bot.wordings import Briefing, Manner, Translation, fill, paragraphs

if TYPE_CHECKING:
    from bot.forms import Form


def invitation(
    form: Form, dialogue: Dialogue, *, briefing: Briefing, t: Translation, now: datetime, manner: Manner
) -> Content:
    """The first message: who asks, why, how many questions and how to stop; card and first question where the channel has room."""
    if manner.is_terse:
        return _begin_content(form, dialogue, _terse(briefing, t), briefing, t)
    greeting = fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender)
    about = briefing.card if manner.has_card_in_invitation else briefing.purpose
    if manner.opens_with_question and dialogue.position:
        question = _asking(form, dialogue, t, manner, now).question(dialogue.position)
        text = paragraphs(greeting, about, _how_many(briefing, t), _footer(briefing, t), question.text)
        return Content(
            text=text,
            language=dialogue.language,
            title=_title(form, briefing),
            options=question.options,
            select=question.select,
            input=question.input,
            actions=question.actions,
        )
    how = t.gettext("Press Begin when you want to start.") if manner.has_buttons else _how_to_begin(t)
    text = paragraphs(greeting, about, f"{_how_many(briefing, t)} {how}", _footer(briefing, t))
    return _begin_content(form, dialogue, text, briefing, t)


def reminder(
    form: Form, dialogue: Dialogue, *, briefing: Briefing, t: Translation, now: datetime, manner: Manner
) -> Content:
    """To one who has not finished: the question that was left open, or the invitation in few words."""
    asking = _asking(form, dialogue, t, manner, now)
    if dialogue.phase == "asking" and dialogue.position:
        question = asking.question(dialogue.position, is_retry=True)
        lead = fill(
            t,
            t.gettext("{sender} here. You have begun but not finished, and your answers count. Shall we go on?"),
            sender=briefing.sender,
        )
        stop = fill(t, t.gettext("Write {stop} for no more messages."))
        text = f"{lead}\n\n{question.text}" if manner.is_terse else paragraphs(lead, stop, question.text)
        return Content(
            text=text,
            language=dialogue.language,
            title=_reminder_title(form, briefing, t),
            options=question.options,
            select=question.select,
            chosen=question.chosen,
            input=question.input,
            actions=question.actions,
        )
    lead = t.gettext("A reminder: there is still time to answer.")
    first = invitation(form, dialogue, briefing=briefing, t=t, now=now, manner=manner)
    text = f"{lead} {first.text}" if manner.is_terse else paragraphs(lead, first.text)
    return Content(
        text=text,
        language=first.language,
        title=_reminder_title(form, briefing, t),
        options=first.options,
        select=first.select,
        input=first.input,
        actions=first.actions,
    )


def information(*, briefing: Briefing, language: str, t: Translation, manner: Manner) -> Content:
    """A message that asks nothing: who writes, the card, and how to stop."""
    if manner.is_terse:
        lead, stop = f"{briefing.sender}: {briefing.purpose}", fill(t, t.gettext("Write {stop} for no more messages."))
        return Content(text=f"{lead} {stop}", language=language, title=briefing.title)
    greeting = fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender)
    return Content(
        text=paragraphs(greeting, briefing.card, _footer(briefing, t)), language=language, title=briefing.title
    )


def farewell(*, briefing: Briefing, language: str, t: Translation) -> Content:
    """The last message to one who wants no more."""
    text = t.gettext("You will get no more messages from {sender}. Write {start} if you change your mind.")
    return Content(text=fill(t, text, sender=briefing.sender), language=language)


def nothing_open(*, briefing: Briefing, language: str, t: Translation) -> Content:
    """To one who wrote to us without being part of any dialogue."""
    other = fill(t, t.gettext("For anything else: {contact}"), contact=briefing.contact) if briefing.contact else ""
    text = paragraphs(
        fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender),
        t.gettext("There is no dialogue open for you here right now."),
        fill(t, t.gettext("See all dialogues: {url}"), url=briefing.verify_url),
        other,
    )
    return Content(text=text, language=language)


def closed(language: str, *, briefing: Briefing, t: Translation, result: str = "") -> Content:
    """To one who answers late. `result` is the feedback or its address, if there is any yet."""
    if result:
        text = paragraphs(t.gettext("This dialogue is closed. Here is what came of it:"), result)
    else:
        text = fill(
            t, t.gettext("This dialogue is closed, so your message could not be counted. {sender} will tell you what was decided."),
            sender=briefing.sender,
        )  # fmt: skip
    return Content(text=text, language=language)


def feedback(
    text: str, language: str, *, briefing: Briefing, t: Translation, manner: Manner, title: str = ""
) -> Content:
    """What came of the dialogue, to everybody who took part. `text` says it; this says from whom and how to stop."""
    lead = fill(
        t, t.gettext("Thank you for taking part. Here is what came of it, from {sender}:"), sender=briefing.sender
    )
    stop = "" if manner.is_terse else fill(t, t.gettext("Write {stop} for no more messages."))
    name = title or briefing.title
    return Content(
        text=paragraphs(lead, text, stop),
        language=language,
        title=fill(t, t.gettext("What came of it: {title}"), title=name) if name else "",
    )


def _asking(form: Form, dialogue: Dialogue, t: Translation, manner: Manner, now: datetime) -> Asking:
    return Asking(form, form.restore(dialogue.entry, now=now), dialogue, t, manner)


def _terse(briefing: Briefing, t: Translation) -> str:
    text = t.ngettext(
        "{sender}: {purpose} {count} question. Reply {yes} to begin, {stop} for no more messages.",
        "{sender}: {purpose} {count} questions. Reply {yes} to begin, {stop} for no more messages.",
        briefing.question_count,
    )
    return fill(t, text, sender=briefing.sender, purpose=briefing.purpose, count=briefing.question_count)


def _begin_content(form: Form, dialogue: Dialogue, text: str, briefing: Briefing, t: Translation) -> Content:
    actions = [Option("!begin", t.pgettext("button", "Begin"))]
    if len(form.codes()) > 1:
        actions.append(Option("!lang", t.pgettext("button", "Change language")))
    actions.append(Option("!stop", t.pgettext("button", "No more messages")))
    return Content(text=text, language=dialogue.language, title=_title(form, briefing), actions=tuple(actions))


def _how_many(briefing: Briefing, t: Translation) -> str:
    text = t.ngettext("It is {count} short question.", "It is {count} short questions.", briefing.question_count)
    return fill(t, text, count=briefing.question_count)


def _how_to_begin(t: Translation) -> str:
    return fill(t, t.gettext("Reply {yes} to begin."))


def _footer(briefing: Briefing, t: Translation) -> str:
    """How to stop, how to ask, and how to see that it is no fraud."""
    lines = [fill(t, t.gettext("You can stop at any time: write {stop}. Write {help} for help."))]
    if briefing.contact:
        lines.append(fill(t, t.gettext("Questions? {contact}"), contact=briefing.contact))
    if briefing.verify_url:
        lines.append(fill(t, t.gettext("See that this is really us: {url}"), url=briefing.verify_url))
    return "\n".join(lines)


def _title(form: Form, briefing: Briefing) -> str:
    return briefing.title or form.title


def _reminder_title(form: Form, briefing: Briefing, t: Translation) -> str:
    return fill(t, t.gettext("Reminder: {title}"), title=_title(form, briefing))
