"""The surveys that the conversation is tried on, and a resident who holds it: every turn passes through JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from unittest.mock import patch

from bot.contents import Content, Said
from bot.dialogues import Dialogue
from bot.engine import Engine
from bot.events import Event
from bot.forms import Form
from bot.phrasing import Briefing, Manner, phrase
from bot.understanding import Reading
from bot.xlsform import read_xlsform
from locales import load_lexicon, translation

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ENGINE = Engine(load_lexicon())
BRIEFING = Briefing(
    sender="Sjövik kommun",
    purpose="Vi bygger om parken.",
    card="KORTET: vem som beslutar och när.",
    verify_url="https://sjovik.example/park",
    contact="Ring 0123-456 00",
    title="Parken",
)

PARK = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) | required | relevant | constraint | constraint_message::Svenska (sv) | constraint_message::English (en) | constraint_message::العربية (ar) |
| | note | hello | Välkommen till parken. | Welcome to the park. | مرحبًا بكم في الحديقة. | | | | | | |
| | select_one yesno | uses | Använder du parken? | Do you use the park? | هل تستخدم الحديقة؟ | yes | | | | | |
| | select_multiple things | does | Vad gör du där? | What do you do there? | ماذا تفعل هناك؟ | | ${uses} = 'y' | | | | |
| | note | sorry | Tråkigt att höra. | Sorry to hear that. | يؤسفنا ذلك. | | ${uses} = 'n' | | | | |
| | integer | age | Hur gammal är du? | How old are you? | كم عمرك؟ | | | . <= 120 | Högst 120. | At most 120. | 120 على الأكثر. |
| | text | more | Vad mer vill du säga? | What else do you want to say? | ماذا تريد أن تقول أيضًا؟ | | | | | | |
| | select_one yesno | again | Får vi fråga igen? | May we ask again? | هل يمكننا أن نسأل مرة أخرى؟ | yes | | | | | |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) |
| | yesno | y | Ja | Yes | نعم |
| | yesno | n | Nej | No | لا |
| | things | walk | Går | Walk | أمشي |
| | things | play | Leker | Play | ألعب |
| | things | sit | Sitter | Sit | أجلس |
"""


WISHES = """
| survey |
| | type | name | label |
| | select_one wishes | wish | Vad önskar du? |
| | text | why | Varför? |
| choices |
| | list_name | name | label |
| | wishes | bath | Ny simhall |
| | wishes | park | Parker |
| | wishes | parking | Parkering |
"""

KINDS = """
| survey |
| | type | name | label | parameters |
| | rank things | order | Ordna |
| | geopoint | place | Var? |
| | range | grade | Betyg | start=1 end=5 step=1 |
| | date | day | När? |
| | acknowledge | read | Jag har läst |
| choices |
| | list_name | name | label |
| | things | a | Alfa |
| | things | b | Beta |
| | things | c | Gamma |
"""

REPEATS = """
| survey |
| | type | name | label |
| | begin repeat | child | Barn |
| | text | name | Vad heter barnet? |
| | end repeat | | |
| | text | last | Något mer? |
"""

FILTERED = """
| survey |
| | type | name | label | choice_filter |
| | select_one areas | area | Område? | |
| | select_one spots | spot | Plats? | area = ${area} |
| | text | last | Mer? | |
| choices |
| | list_name | name | label | area |
| | areas | north | Norr | |
| | areas | south | Söder | |
| | spots | n1 | Berget | north |
| | spots | n2 | Skogen | north |
| | spots | s1 | Sjön | south |
| | spots | s2 | Ängen | south |
"""


@cache
def survey(markdown: str = PARK) -> Form:
    """A survey written as a table, read as any other."""
    return Form.load(read_xlsform(markdown.encode(), "survey.md").xform)


class Resident:
    """Holds one dialogue; between any two turns its state is JSON and nothing else."""

    def __init__(self, form: Form | None = None, *, language: str = "sv", opens_with_question: bool = True) -> None:
        self.form = form or survey()
        self.now = NOW
        turn = ENGINE.invite(self.form, language=language, opens_with_question=opens_with_question, now=NOW)
        self.dialogue = turn.dialogue
        self.events: tuple[Event, ...] = turn.events
        self.entry = turn.entry

    def says(self, *texts: str) -> Resident:
        for text in texts:
            self._turn(Said(text=text))
        return self

    def presses(self, *choices: str) -> Resident:
        for choice in choices:
            self._turn(Said(choice=choice))
        return self

    def shares(self, latitude: float, longitude: float) -> Resident:
        return self._turn(Said(location=(latitude, longitude)))

    def rests(self, *, hours: float) -> Resident:
        self.now += timedelta(hours=hours)
        return self

    def take(self, reading: Reading) -> Resident:
        """What follows when the open question's answer is read as `reading`."""
        with patch("bot.engine.read", return_value=reading):
            return self.says("…")

    def _turn(self, said: Said) -> Resident:
        turn = ENGINE.reply(self.form, self.dialogue, said, now=self.now)
        self.events, self.entry = turn.events, turn.entry
        self.dialogue = Dialogue.from_data(json.loads(json.dumps(turn.dialogue.to_data())))
        assert self.dialogue == turn.dialogue
        return self

    def answer(self, name: str) -> str:
        return self.form.restore(self.dialogue.entry, now=self.now).value(f"/data/{name}")

    def is_asked(self, name: str) -> bool:
        return self.dialogue.position == f"/data/{name}"

    def was_told(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def hears(self, **manner: bool) -> tuple[Content, ...]:
        """The messages, which are the same whether or not the turn's own entry is at hand."""
        t, now, how = translation(self.dialogue.language), self.now, Manner(**manner)
        told = phrase(self.form, self.dialogue, self.events, briefing=BRIEFING, t=t, now=now, manner=how)
        assert told == phrase(
            self.form, self.dialogue, self.events, briefing=BRIEFING, t=t, now=now, manner=how, entry=self.entry
        )
        return told

    def text(self, **manner: bool) -> str:
        return "\n\n".join(content.text for content in self.hears(**manner))
