"""A village for the pages' tests: areas, a population, a campaign in three languages, and residents who answered. No assertions live here.

What is small on purpose: three answers from Öd, four who chose "other" and nine who chose "gym", two who opted out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from bot.xlsform import read_xlsform
from campaigns.audience import Audience
from campaigns.charter import AffectedGroup, Charter
from campaigns.definition import Definition
from campaigns.lifecycle import timeline
from store.areas import import_areas, import_population
from store.campaigns import Dates, close_campaign, list_waves, save_campaign, set_status
from store.departures import opt_people_out
from store.launching import launch
from store.outbox import Outcome, lease, settle
from store.people import import_people
from store.promises import DecisionRecord, keep_milestone, plan_milestone, save_decision
from store.releasing import release_wave
from store.schema import participation, person
from store.turns import AnswerRecord, TurnRecord
from store.vault import Vault
from tests.store.town import save_turn

OPENS = datetime(2027, 3, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
VAULT = Vault(b"a secret of the village, 32 bytes.")
LANES = {"telegram": "telegram", "sms": "sms", "email": "email"}
SECRET_TEXT = "Min granne Ture på nummer 7 skräpar ner"

SURVEY = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) | required |
| | select_one thing | first | Vad är viktigast i parken? | What matters most in the park? | ما الأهم في الحديقة؟ | yes |
| | select_multiple time | when | När går du dit? | When do you go there? | متى تذهب إلى هناك؟ | |
| | integer | visits | Hur många gånger i veckan? | How many times a week? | كم مرة في الأسبوع؟ | |
| | text | more | Vad mer vill du säga? | What else do you want to say? | ماذا تريد أن تقول أيضًا؟ | |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) |
| | thing | play | Lekplats | A playground | ملعب للأطفال |
| | thing | seats | Sittplatser i skugga | Seats in the shade | مقاعد في الظل |
| | thing | gym | Utegym | An outdoor gym | صالة رياضية في الهواء الطلق |
| | thing | other | Något annat | Something else | شيء آخر |
| | time | day | På dagen | By day | نهارًا |
| | time | evening | På kvällen | In the evening | مساءً |
"""


@cache
def xform() -> str:
    return read_xlsform(SURVEY.encode(), "survey.md").xform


@dataclass(frozen=True)
class Resident:
    ref: str
    area: str
    language: str
    birth_year: int
    sex: str
    contacts: Mapping[str, str]
    groups: Sequence[str] = ()
    source: str = "register"
    lawful_basis: str = "public_task"


@dataclass(frozen=True)
class Place:
    code: str
    name: str
    geometry: Mapping[str, Any]


@dataclass(frozen=True)
class Inhabitants:
    area: str
    age_band: str
    count: int
    sex: str = ""
    source: str = "SCB"
    as_of: date = date(2026, 12, 31)


@dataclass(frozen=True)
class Story:
    """How far the village has come."""

    id: str = "park"
    opens_at: datetime = OPENS
    answering: bool = True
    definition: dict[str, Any] = field(default_factory=dict)


def ring(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


PLACES = (
    Place("VB01", "Norr", ring(12.30, 58.40, 12.42, 58.45)),
    Place("VB02", "Söder", ring(12.30, 58.34, 12.36, 58.40)),
    Place("VB03", "Öd", ring(12.36, 58.34, 12.42, 58.40)),
)
BANDS = {"16-29": 2005, "30-64": 1980, "65+": 1950}
ASKED = {"VB01": 110, "VB02": 90, "VB03": 40}
ANSWERING = {"VB01": 62, "VB02": 48, "VB03": 3}


def texts(sv: str, en: str, ar: str) -> dict[str, str]:
    return {"sv": sv, "en": en, "ar": ar}


def definition(campaign_id: str = "park", opens_at: datetime = OPENS) -> Definition:
    charter = Charter(
        purpose=texts(
            "Kommunen bygger om parken vid stationen. Vi vill veta vad du behöver där innan något ritas.",
            "The municipality is rebuilding the park by the station. We want to know what you need before anything is drawn.",
            "تعيد البلدية بناء الحديقة بجانب المحطة. نريد أن نعرف ما تحتاج إليه قبل رسم أي شيء.",
        ),
        benefit=texts("Parken passar fler.", "The park suits more people.", "تناسب الحديقة عددًا أكبر من الناس."),
        goal=texts("En plan som används.", "A plan that is used.", "خطة تُستخدم."),
        can_change=texts(
            "Vad som byggs, var det står och i vilken ordning.",
            "What is built, where it stands and in which order.",
            "ما الذي سيُبنى وأين وبأي ترتيب.",
        ),
        cannot_change=texts(
            "Att parken ligger kvar, och budgeten på fyra miljoner kronor.",
            "That the park stays, and the budget of four million kronor.",
            "بقاء الحديقة في مكانها والميزانية البالغة أربعة ملايين كرونة.",
        ),
        committee=texts("Tekniska nämnden", "The technical committee", "اللجنة الفنية"),
        handling=texts(
            "Svaren sparas skilda från adresser och gallras efter beslut.",
            "Answers are kept apart from addresses and disposed of by decision.",
            "تُحفظ الإجابات منفصلة عن العناوين.",
        ),
        who_decides=texts("Tekniska nämnden", "The technical committee", "اللجنة الفنية"),
        level="consultation",
        target_groups=(
            AffectedGroup(
                texts("Barnfamiljer", "Families with children", "العائلات التي لديها أطفال"),
                texts("De använder parken mest.", "They use the park most.", "هم الأكثر استخدامًا للحديقة."),
            ),
        ),
        baseline_source="SCB, 31 december 2026",
        phase="decision",
        kind="resident",
    )
    return Definition(
        id=campaign_id,
        languages=("sv", "en", "ar"),
        title=texts(
            "Vad behöver parken vid stationen?",
            "What does the park by the station need?",
            "ما الذي تحتاجه الحديقة بجانب المحطة؟",
        ),
        sender=texts("Vallby kommun", "Vallby municipality", "بلدية فالبي"),
        contact=texts("dialog@vallby.example", "dialog@vallby.example", "dialog@vallby.example"),
        charter=charter,
        opens_at=opens_at,
        closes_at=opens_at + 21 * DAY,
        decision_at=opens_at + 50 * DAY,
        feedback_at=opens_at + 57 * DAY,
        audience=Audience("everyone"),
    )


def settle_in(connection: Connection) -> None:
    import_areas(connection, PLACES)
    import_population(
        connection,
        [
            Inhabitants(place.code, band, count)
            for place in PLACES
            for band, count in zip(BANDS, (300, 600, 100), strict=True)
        ],
    )
    import_people(connection, list(residents()), VAULT, OPENS - 30 * DAY)


def residents() -> list[Resident]:
    found = []
    for area, count in ASKED.items():
        for number in range(count):
            language = ("sv", "sv", "sv", "en", "ar")[number % 5]
            born = tuple(BANDS.values())[number % 3]
            channel = "sms" if number % 2 else "email"
            address = f"+4670{len(found):07d}" if number % 2 else f"r{len(found)}@example.org"
            found.append(Resident(f"{area}-{number}", area, language, born, "fm"[number % 2], {channel: address}))
    return found


def save(connection: Connection, made: Definition, *, has_survey: bool = True) -> None:
    dates = Dates(made.opens_at, made.closes_at, made.decision_at, made.feedback_at)
    save_campaign(
        connection, made.id, made.to_data(), dates, xform=xform() if has_survey else None, now=made.opens_at - DAY
    )


def start(connection: Connection, made: Definition) -> None:
    """Launch, send the invitations, and plan what is promised back."""
    planned = timeline(made)
    launch(
        connection,
        made.id,
        made.audience.to_data() if hasattr(made.audience, "to_data") else {"kind": "everyone"},
        channels=("telegram", "sms", "email"),
        languages=made.languages,
        waves=[(wave.kind, wave.number, wave.due_at) for wave in planned.waves],
        now=made.opens_at,
    )
    for milestone in planned.milestones:
        plan_milestone(connection, made.id, milestone.kind, milestone.due_at)
    invitation = next(wave for wave in list_waves(connection, made.id) if wave.kind == "invitation")
    release_wave(connection, invitation.id, lanes=LANES, now=invitation.due_at)
    for lane in ("sms", "email"):
        leased = lease(connection, lane, 100, invitation.due_at, 60, bulk_open=True)
        outcomes = [Outcome(held.message_id, held.fence, "sent", provider_id=f"p{held.message_id}") for held in leased]
        settle(connection, outcomes, invitation.due_at)


def answer(connection: Connection, made: Definition) -> None:
    """113 residents answer; one in ten of them leaves before the end; two opt out."""
    ids = dict(
        connection.execute(
            select(person.c.ref, participation.c.id)
            .join(participation, participation.c.person_id == person.c.id)
            .where(participation.c.campaign_id == made.id)
        ).all()
    )
    wishes = ["play"] * 65 + ["seats"] * 35 + ["gym"] * 9 + ["other"] * 4
    given = 0
    for area, count in ANSWERING.items():
        for number in range(count):
            values = {"first": wishes[given]}
            is_finished = given % 10 != 9
            if is_finished:
                values |= {"when": ("day", "evening", "day evening")[given % 3], "visits": str(1 + given % 5)}
            if given == 0:
                values["more"] = SECRET_TEXT
            answers = [AnswerRecord(f"/data/{name}", f"/data/{name}", value, "sv") for name, value in values.items()]
            status = "finished" if is_finished else "started"
            channel = "sms" if number % 2 else "email"
            turn = TurnRecord(
                ids[f"{area}-{number}"], channel, "sv", {"phase": "asking"}, status=status, answers=answers
            )
            save_turn(connection, turn, made.opens_at + DAY)
            given += 1
    for number in (100, 101):
        turn = TurnRecord(ids[f"VB01-{number}"], "sms", "sv", {"phase": "opted_out"}, status="opted_out")
        save_turn(connection, turn, made.opens_at + DAY)
        [leaving] = connection.execute(
            select(participation.c.person_id).where(participation.c.id == turn.participation_id)
        ).scalars()
        opt_people_out(connection, [leaving], origin="sms", campaign_id=made.id, now=made.opens_at + DAY)


def decide(connection: Connection, made: Definition) -> None:
    close_campaign(connection, made.id, made.closes_at)
    keep_milestone(connection, made.id, "receipt", made.closes_at + DAY)
    set_status(connection, made.id, "decided")
    save_decision(
        connection,
        DecisionRecord(
            made.id,
            "TN 2027/114",
            date(2027, 4, 20),
            "Tekniska nämnden",
            {
                "sv": {
                    "decided_by": "Tekniska nämnden",
                    "you_said": "De flesta ville ha en lekplats först.",
                    "decision": "Lekplatsen byggs i år, sittplatserna nästa år.",
                    "reasons": "Pengarna räcker till en etapp om året.",
                    "minority": "Några ville hellre ha ett utegym.",
                },
                "ar": {
                    "decided_by": "اللجنة الفنية",
                    "you_said": "أراد معظم الناس ملعبًا للأطفال أولاً.",
                    "decision": "سيُبنى الملعب هذا العام والمقاعد في العام المقبل.",
                    "reasons": "تكفي الأموال لمرحلة واحدة في السنة.",
                },
            },
            "coordinator",
            made.decision_at,
        ),
    )
