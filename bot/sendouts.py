"""What is said to many at once, before and after the questions: invitation, reminder, closing and feedback."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.contents import Content, Option
from bot.dialogues import Dialogue
from bot.questions import Asking
from bot.reopening import reopened
from bot.wordings import Briefing, Manner, Translation, fill, paragraphs, shielded

if TYPE_CHECKING:
    from bot.forms import Form


def invitation(
    form: Form,
    dialogue: Dialogue,
    *,
    briefing: Briefing,
    t: Translation,
    now: datetime,
    manner: Manner,
    for_whom: str = "",
) -> Content:
    """The first message: who asks, why, how many questions and how to stop; card and first question where the channel has room.

    `for_whom` says to which of several at one address it goes, here and in the messages that follow (`households.for_whom`).
    """
    asking = _asking(form, dialogue, t, manner, now)
    how_many = asking.how_many()
    if manner.is_terse:
        about = _in_line(briefing.purpose, for_whom)
        text = f"{briefing.sender}: {about} {how_many} {how_to_begin(t)} {how_to_stop(t)}"
        return _begin_content(form, dialogue, text, briefing, t)
    greeting = _in_line(fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender), for_whom)
    about = briefing.card if manner.has_card_in_invitation else briefing.purpose
    if manner.opens_with_question and dialogue.position:
        question = asking.question(dialogue.position)
        text = paragraphs(greeting, about, how_many, _footer(briefing, t, manner), question.text)
        return shielded(t, replace(question, text=text, title=_title(form, briefing)))
    how = t.gettext("Press Begin when you want to start.") if manner.has_buttons else how_to_begin(t)
    text = paragraphs(greeting, about, f"{how_many} {how}", _footer(briefing, t, manner))
    return _begin_content(form, dialogue, text, briefing, t)


def reminder(
    form: Form,
    dialogue: Dialogue,
    *,
    briefing: Briefing,
    t: Translation,
    now: datetime,
    manner: Manner,
    for_whom: str = "",
) -> Content:
    """To one who has not finished: the question that was left open, or the invitation in few words."""
    title = fill(t, t.gettext("Reminder: {title}"), title=_title(form, briefing))
    if dialogue.phase == "asking" and dialogue.position:
        question = _asking(form, dialogue, t, manner, now).question(dialogue.position, is_retry=True)
        lead = t.gettext("Hello from {sender}. You have begun to answer. Here is the next question.")
        stop = "" if manner.is_terse else how_to_stop(t)
        text = paragraphs(_in_line(fill(t, lead, sender=briefing.sender), for_whom), stop, question.text)
        return shielded(t, replace(question, text=text, title=title))
    lead = t.gettext("A reminder: you can still answer.")
    first = invitation(form, dialogue, briefing=briefing, t=t, now=now, manner=manner, for_whom=for_whom)
    text = f"{lead} {first.text}" if manner.is_terse else paragraphs(lead, first.text)
    return replace(first, text=text, title=title)


def nudge(
    form: Form,
    dialogue: Dialogue,
    *,
    briefing: Briefing,
    t: Translation,
    now: datetime,
    manner: Manner,
    for_whom: str = "",
) -> Content:
    """To one who fell silent in the middle: a sentence, and the open question again. Raises ValueError when none is open."""
    if not dialogue.position:
        raise ValueError("only an open question can be asked again")
    question = _asking(form, dialogue, t, manner, now).question(dialogue.position, is_retry=True)
    lead = t.gettext("{sender} again. Your answers so far are saved. Here is the next question.")
    stop = "" if manner.is_terse else how_to_stop(t)
    text = paragraphs(_in_line(fill(t, lead, sender=briefing.sender), for_whom), stop, question.text)
    title = fill(t, t.gettext("Next question: {title}"), title=_title(form, briefing))
    return shielded(t, replace(question, text=text, title=title))


def information(*, briefing: Briefing, language: str, t: Translation, manner: Manner) -> Content:
    """A message that asks nothing: who writes, the card, and how to stop."""
    greeting = fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender)
    text = paragraphs(greeting, briefing.card, _footer(briefing, t, manner))
    if manner.is_terse:
        text = f"{briefing.sender}: {briefing.purpose} {how_to_stop(t)}"
    return shielded(t, Content(text=text, language=language, title=briefing.title))


def farewell(*, briefing: Briefing, language: str, t: Translation) -> Content:
    """The last message to one who wants no more."""
    text = t.gettext("You will get no more messages from {sender}. Write {start} if you change your mind.")
    return Content(text=fill(t, text, sender=briefing.sender), language=language, has_left=True)


def nothing_open(*, briefing: Briefing, language: str, t: Translation) -> Content:
    """To one who wrote to us without being part of any dialogue."""
    other = fill(t, t.gettext("For anything else: {contact}"), contact=briefing.contact) if briefing.contact else ""
    text = paragraphs(
        fill(t, t.gettext("Hello! This is {sender}."), sender=briefing.sender),
        t.gettext("There is no dialogue open for you here right now."),
        fill(t, t.gettext("See all dialogues: {url}"), url=briefing.verify_url),
        other,
    )
    return shielded(t, Content(text=text, language=language))


def closed(language: str, *, briefing: Briefing, t: Translation, result: str = "") -> Content:
    """To one who answers late. `result` is the feedback or its address, if there is any yet."""
    if result:
        text = paragraphs(t.gettext("It is too late to answer now. This was decided:"), result)
    else:
        late = t.gettext("It is too late to answer now. {sender} will tell you what is decided.")
        text = fill(t, late, sender=briefing.sender)
    return shielded(t, Content(text=text, language=language))


def feedback(
    text: str, language: str, *, briefing: Briefing, t: Translation, manner: Manner, title: str = ""
) -> Content:
    """What came of the dialogue, to everybody who took part. `text` says it; this says from whom and how to stop."""
    name = title or briefing.title
    thanks = t.gettext('Hello from {sender}. Thank you for your answers about "{title}".')
    lead = fill(t, thanks, sender=briefing.sender, title=name)
    told = Content(
        text=paragraphs(lead, text, "" if manner.is_terse else how_to_stop(t)),
        language=language,
        title=fill(t, t.gettext("What was decided: {title}"), title=name),
    )
    return shielded(t, told)


def _asking(form: Form, dialogue: Dialogue, t: Translation, manner: Manner, now: datetime) -> Asking:
    return Asking(form, reopened(form, dialogue.entry, now=now), dialogue, t, manner)


def _begin_content(form: Form, dialogue: Dialogue, text: str, briefing: Briefing, t: Translation) -> Content:
    actions = [Option("!begin", t.pgettext("button", "Begin"))]
    if len(form.codes()) > 1:
        actions.append(Option("!lang", t.pgettext("button", "Change language")))
    actions.append(Option("!stop", t.pgettext("button", "No more messages")))
    invited = Content(text=text, language=dialogue.language, title=_title(form, briefing), actions=tuple(actions))
    return shielded(t, invited)


def how_to_begin(t: Translation) -> str:
    """For channels where there is nothing to press."""
    return fill(t, t.gettext("Reply {yes} to begin."))


def how_to_stop(t: Translation) -> str:
    """In one sentence of its own."""
    return fill(t, t.gettext("Reply {stop} for no more messages."))


def _footer(briefing: Briefing, t: Translation, manner: Manner) -> str:
    """How to stop, how to ask, and how to see that it is no fraud."""
    commands = fill(t, t.gettext("Write {stop} if you want to stop. Write {help} if you need help."))
    lines = [] if manner.is_page else [commands]
    if briefing.contact:
        lines.append(fill(t, t.gettext("If you have questions: {contact}"), contact=briefing.contact))
    if briefing.verify_url:
        lines.append(fill(t, t.gettext("See that it is really us: {url}"), url=briefing.verify_url))
    return "\n".join(lines)


def _in_line(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _title(form: Form, briefing: Briefing) -> str:
    return briefing.title or form.title
