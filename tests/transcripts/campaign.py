"""The campaign that every transcript belongs to: what it says of itself in each language, as a definition and as a briefing."""

from __future__ import annotations

from functools import cache

import yaml

from bot.forms import Form
from bot.wordings import Briefing
from bot.xlsform import read_xlsform
from campaigns.audience import Audience
from campaigns.cards import card, card_text
from campaigns.charter import AffectedGroup, Charter
from campaigns.definition import Definition
from locales import translation
from tests.transcripts.scripts import FOLDER, SURVEYS, Script

ADDRESS = "https://dialog.vallby.example"
PERSONAL = f"{ADDRESS}/d/personal"
UNSUBSCRIBED = f"{ADDRESS}/u/personal"
PUBLIC = f"{ADDRESS}/dialogue"


@cache
def xform(survey: str) -> str:
    """The survey as an XForm."""
    path = SURVEYS / f"{survey}.md"
    return read_xlsform(path.read_bytes(), path.name).xform


@cache
def form(survey: str) -> Form:
    """The survey, compiled."""
    return Form.load(xform(survey))


@cache
def _texts() -> dict[str, dict[str, str]]:
    data: dict[str, dict[str, str]] = yaml.safe_load((FOLDER / "campaign.yaml").read_text(encoding="utf-8"))
    return data


def definition(script: Script, campaign_id: str = "", survey: str = "") -> Definition:
    """The campaign of one transcript, open from its start on."""
    said = _texts()
    survey = survey or script.survey
    languages = form(survey).codes()
    if "und" in languages:
        languages = tuple(dict.fromkeys((script.language, "sv")))
    charter = Charter(
        **{
            name: said[name]
            for name in ("purpose", "benefit", "can_change", "cannot_change", "committee", "handling", "who_decides")
        },
        goal=said["benefit"],
        level="consultation",
        target_groups=(AffectedGroup(said["who"], said["benefit"]),),
        baseline_source="SCB",
        phase="decision",
        kind="resident",
    )
    opens = script.start
    closes = opens + script.closes
    return Definition(
        id=campaign_id or survey,
        languages=languages,
        title=said["titles"] if survey == script.survey else {"sv": form(survey).title},
        sender=said["sender"],
        contact=said["contact"],
        charter=charter,
        opens_at=opens,
        closes_at=closes,
        decision_at=closes + (script.closes / 3),
        feedback_at=closes + (script.closes / 2),
        audience=Audience("target_group", groups=(campaign_id,)),
    )


def briefing(script: Script, language: str, *, is_terse: bool) -> Briefing:
    """What the campaign says of itself in a language, as the service says it."""
    shown = card(definition(script), language)
    return Briefing(
        sender=shown.sender,
        purpose=shown.purpose,
        card=card_text(shown, translation(language), terse=is_terse),
        verify_url=f"{PUBLIC}/{script.survey}",
        contact=shown.contact,
        title=shown.title,
    )


def bare_briefing(script: Script) -> Briefing:
    """What the terminal says of a survey that belongs to no campaign."""
    return Briefing(sender=form(script.survey).title, purpose="", card="", verify_url="", contact="")
