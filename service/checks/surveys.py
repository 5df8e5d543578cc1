"""The whole check of one survey: read, explored, held in every language, weighed and scored. Its parts are its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.engine import Engine
from bot.forms import Form
from bot.forms.ways import Ways, explore
from bot.problems import InputRefused, Problem
from bot.wordings import Briefing
from bot.xlsform import XlsForm, read_xlsform
from bot.xlsform.sheets import Workbook, read_sheets
from bot.xlsform.texts import SheetText, texts_of
from campaigns.cards import card, card_text
from locales import load_lexicon, translation
from service.checks.costs import cost_of, costly_characters
from service.checks.holding import MOST_TURNS, Spoken, hold
from service.checks.limits import can_overflow, message_problems, sheet_problems
from service.checks.paths import length_problems, path_problems
from service.checks.plainness import PlacedText, plainness
from service.checks.reports import Cost, CostlyCharacter, Length, Missing, SurveyReport, WayName, refused
from service.shelf import manner_of

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from bot.forms.ways import Way
    from campaigns.definition import Definition
    from channels.api import Limits
    from channels.doors import Door

_SENTENCES = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
_MISSING = " is missing in "


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What a survey is checked against: the campaign beside it, if any, the channels with their settings, and today.

    `sender` and `contact` stand in where there is no campaign.
    """

    doors: Mapping[str, tuple[Door, BaseSettings]]
    now: datetime
    public_url: str
    sender: str = ""
    contact: str = ""
    campaign: Definition | None = None


Reader = Callable[[bytes, str], XlsForm]


def check_survey(data: bytes, filename: str, around: Surrounding, reader: Reader = read_xlsform) -> SurveyReport:
    """The report. What cannot be read comes back as a report of its errors; nothing is raised for anything in the file.

    `reader` makes the form of the file, for one that needs others beside it.
    """
    try:
        read = reader(data, filename)
        form = Form.load(read.xform)
        book = read_sheets(data, filename)
    except InputRefused as error:
        return refused(filename, error.problems)
    ways = explore(form, read.xform, now=around.now)
    texts = texts_of(book)
    languages = form.codes()
    held = _Held(form, ways, around, texts)
    problems = [*read.warnings, *path_problems(book, ways)]
    is_sms_planned = around.campaign is not None and "sms" in around.campaign.plan.channels
    problems += length_problems(ways, book.survey.place(), is_sms_planned=is_sms_planned)
    problems += held.problems()
    scores, marked = plainness(_placed(texts, languages))
    return SurveyReport(
        filename,
        form.title,
        languages,
        sum(question.type != "note" for question in form.questions),
        lengths=tuple(_length(name, way) for name, way in held.ways.items()),
        costs=tuple(held.costs),
        costly=tuple(held.costly),
        missing=_missing(book, read.warnings, form),
        plainness=scores,
        marked=marked,
        problems=tuple(replace(problem, file=problem.file or filename) for problem in problems),
        campaign=around.campaign.id if around.campaign else "",
    )


def _length(name: WayName, way: Way) -> Length:
    return Length(name, way.count, way.is_exact)


def _placed(texts: Iterable[SheetText], languages: tuple[str, ...]) -> Iterable[PlacedText]:
    for text in texts:
        code = languages[0] if text.code == "und" else text.code
        yield PlacedText(text.text, code, text.place, not text.is_choice and text.column in _SENTENCES)


def _missing(book: Workbook, warnings: Iterable[Problem], form: Form) -> tuple[Missing, ...]:
    """How many cells each language has not, of those that the fullest has."""
    if len(form.languages) < 2:
        return ()
    counts = dict.fromkeys(form.codes(), 0)
    for text in texts_of(book):
        counts[text.code] = counts.get(text.code, 0) + 1
    most = max(counts.values(), default=0)
    return tuple(Missing(code, most - counts[code], most) for code in form.codes())


class _Held:
    """The dialogues of a survey in every language on every channel, and what they show."""

    def __init__(self, form: Form, ways: Ways, around: Surrounding, texts: list[SheetText]) -> None:
        self.form, self.around, self.texts = form, around, texts
        self.engine = Engine(load_lexicon())
        self.ways: dict[WayName, Way] = {"longest": ways.longest}
        if ways.shortest is not None:
            self.ways = {"shortest": ways.shortest, "longest": ways.longest}
        self.costs: list[Cost] = []
        self.costly: list[CostlyCharacter] = []
        self._told: list[Problem] = []
        self._kept: dict[tuple[object, ...], list[Spoken]] = {}
        for channel, (door, settings) in around.doors.items():
            if door.limits is None:
                continue
            limits = door.limits(settings)
            for language in form.codes():
                self._hold(channel, door, settings, limits, language)

    def problems(self) -> list[Problem]:
        """Everything over a channel's limits, each cell once."""
        found = list(self._told)
        for channel, (door, settings) in self.around.doors.items():
            if door.limits is not None:
                found += sheet_problems(channel, door.limits(settings), self.texts)
        return found

    def _hold(self, channel: str, door: Door, settings: BaseSettings, limits: Limits, language: str) -> None:
        for name, way in self.ways.items():
            if door.weigh is None and name != "longest":
                continue
            spoken = self._spoken(limits, language, name, way, is_weighed=door.weigh is not None)
            if name == "longest":
                self._told += message_problems(channel, limits, language, spoken)
            if door.weigh is not None:
                weighed = [(each, door.weigh(settings, each.content)) for each in spoken]
                self.costs.append(cost_of(channel, language, name, weighed))
                if name == "longest":
                    self.costly += costly_characters(channel, language, weighed)

    def _spoken(self, limits: Limits, language: str, name: WayName, way: Way, *, is_weighed: bool) -> list[Spoken]:
        """The messages; only the first where none costs anything and none can be too long."""
        manner = manner_of(limits)
        briefing = self._briefing(language, is_terse=limits.is_terse)
        own = [text for text in self.texts if text.code in (language, "und")]
        is_whole = is_weighed or can_overflow(limits, own, len(briefing.card))
        key = (manner, language, name, is_whole)
        if key not in self._kept:
            self._kept[key] = hold(
                self.form,
                self.engine,
                way.answers,
                language=language,
                briefing=briefing,
                t=translation(language),
                manner=manner,
                now=self.around.now,
                most_questions=MOST_TURNS if is_whole else 0,
            )
        return self._kept[key]

    def _briefing(self, language: str, *, is_terse: bool) -> Briefing:
        around, campaign = self.around, self.around.campaign
        url = around.public_url.rstrip("/")
        if campaign is None:
            sender = around.sender or self.form.title
            return Briefing(sender, "", "", f"{url}/dialogues", around.contact, self.form.title)
        shown = card(campaign, language)
        text = card_text(shown, translation(language), terse=is_terse)
        return Briefing(shown.sender, shown.purpose, text, f"{url}/dialogue/{campaign.id}", shown.contact, shown.title)
