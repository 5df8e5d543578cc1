"""What residents are told when they ask: what can be written, who asks, what they have answered, how to reach a person."""

from __future__ import annotations

from bot.misunderstandings import reach_us
from bot.questions import Asking
from bot.sendouts import how_to_begin
from bot.wordings import Briefing, fill, paragraphs


def help_at(asking: Asking, briefing: Briefing) -> str:
    """How to answer the open question first; then what else can be written, as far as it is of use now."""
    t, dialogue = asking.t, asking.dialogue
    is_open = bool(dialogue.position) and dialogue.phase in ("asking", "invited") and not briefing.is_closed
    has_answered, has_languages = bool(dialogue.answered), len(asking.form.codes()) > 1
    can_change = has_answered and not briefing.is_closed
    lines = [
        (can_change, t.gettext("{back} - the question before")),
        (has_answered, t.gettext("{mine} - your answers")),
        (can_change, t.gettext("{change} 1 - change answer 1")),
        (has_languages and not briefing.is_closed, t.gettext("{language} - another language")),
        (True, t.gettext("{who} - who asks and why")),
        (True, t.gettext("{person} - talk to a person")),
        (True, t.gettext("{stop} - no more messages")),
        (True, t.gettext("{erase} - erase everything about you")),
    ]
    commands = [t.gettext("You can write at any time:"), *(line for is_of_use, line in lines if is_of_use)]
    explanation = asking.explanation(dialogue.position) if is_open else ""
    if dialogue.phase == "invited" and not (is_open or briefing.is_closed):
        explanation = how_to_begin(t)
    return paragraphs(explanation, fill(t, "\n".join(commands)), reach_us(briefing, t))


def who_asks(asking: Asking, briefing: Briefing) -> str:
    """The sender, the purpose or the whole card, and where to see that it is true."""
    t = asking.t
    if asking.manner.is_terse:
        about = f"{briefing.sender}: {briefing.purpose}"
    else:
        about = paragraphs(briefing.sender, briefing.card)
    lines = []
    if briefing.verify_url:
        lines.append(fill(t, t.gettext("See that it is really us: {url}"), url=briefing.verify_url))
    if briefing.contact:
        lines.append(fill(t, t.gettext("If you have questions: {contact}"), contact=briefing.contact))
    return paragraphs(about, "\n".join(lines))


def own_answers(asking: Asking, briefing: Briefing) -> str:
    """The answers under the numbers by which they are changed, as long as they can be."""
    t, lines = asking.t, []
    between = " " if asking.manner.is_terse else "\n   "
    for path in asking.steps:
        if path in asking.dialogue.answered:
            answer = asking.answer_text(path, asking.entry.value(path))
            lines.append(f"{asking.progress(path)[0]}. {asking.label(path)}{between}{answer}")
    if not lines:
        return t.gettext("You have not answered anything yet.")
    how = "" if briefing.is_closed else fill(t, t.gettext("To change an answer, write for example {change} 2."))
    return paragraphs(t.gettext("Your answers:"), "\n".join(lines), how)


def passed_on(asking: Asking, briefing: Briefing) -> str:
    """That the wish for a person has been passed on, which the service has done when this is read."""
    told = asking.t.gettext("We have passed on that you want to talk to a person. You will be contacted.")
    return f"{told} {reach_us(briefing, asking.t)}".strip()
