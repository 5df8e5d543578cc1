"""What is said when an answer could not be taken: first in other words, then with a person to turn to, never louder."""

from __future__ import annotations

from bot.events import ConstraintBroken, Misunderstood
from bot.questions import Asking
from bot.sendouts import how_to_begin, how_to_stop
from bot.wordings import Briefing, Manner, Translation, fill, paragraphs

OFFERS_PERSON_AFTER = 2
NO_FAILURE = ("stale", "first")


def misunderstood(event: Misunderstood, asking: Asking, briefing: Briefing, t: Translation) -> str:
    """The words before the question that is put once more."""
    plain = {
        "required": t.gettext("We need an answer to this question before we can go on."),
        "stale": t.gettext("That button belongs to an earlier question."),
        "first": t.gettext("This is the first question."),
    }
    if event.reason in plain:
        person = "" if event.reason in NO_FAILURE else offer_person(event.tries, briefing, t)
        return paragraphs(plain[event.reason], person)
    if event.reason == "ambiguous":
        return ""  # what is asked back comes first, the person after it
    what_to_do = asking.in_other_words(event.path) if event.path else f"{how_to_begin(t)} {how_to_stop(t)}"
    if event.tries >= OFFERS_PERSON_AFTER:
        is_alone = is_brief(event, asking.manner) or not event.path
        still = t.gettext("Sorry, we still do not understand.")
        return paragraphs(f"{still} {what_to_do}" if is_alone else still, offer_person(event.tries, briefing, t))
    sorry = {
        "several": t.gettext("Sorry, we did not understand all of that."),
        "number": t.gettext("Sorry, here we need a number."),
        "range": t.gettext("That number is not on the scale."),
        "date": t.gettext("Sorry, we did not understand that date."),
        "time": t.gettext("Sorry, we did not understand that time."),
        "location": t.gettext("Sorry, we did not understand which place you mean."),
        "empty": t.gettext("Sorry, we cannot read your message."),
    }.get(event.reason) or t.gettext("Sorry, we did not understand.")
    return f"{sorry} {what_to_do}"


def constraint_broken(event: ConstraintBroken, briefing: Briefing, t: Translation) -> str:
    """The survey's own words, or ours."""
    message = event.message or t.gettext("That answer is not possible here.")
    return paragraphs(message, offer_person(event.tries, briefing, t))


def is_brief(event: Misunderstood, manner: Manner) -> bool:
    """Whether the question has been put so often that it is left out where it has nothing to press."""
    if manner.has_buttons:
        return False
    return event.tries > OFFERS_PERSON_AFTER and event.reason not in ("ambiguous", "required", *NO_FAILURE)


def offer_person(tries: int, briefing: Briefing, t: Translation) -> str:
    """From the second failure on: the word that brings a person, and how to reach one oneself."""
    if tries < OFFERS_PERSON_AFTER:
        return ""
    offer = fill(t, t.gettext("If you want to talk to a person, write {person}. We will contact you."))
    return f"{offer} {reach_us(briefing, t)}".strip()


def reach_us(briefing: Briefing, t: Translation) -> str:
    """How to reach a person, if the campaign says so."""
    if not briefing.contact:
        return ""
    return fill(t, t.gettext("You can also contact us: {contact}"), contact=briefing.contact)
