"""One whole dialogue over any bytes, and what must hold after each turn. Driven by hypothesis in the fast suite and by `inbound` under coverage."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime

from bot.contents import Said
from bot.dialogues import Dialogue
from bot.engine import Engine
from bot.events import Answered, Corrected, Event, OptedOut
from bot.forms import Form
from bot.understanding import Gazetteer, is_opt_out
from bot.xlsform import read_xlsform
from locales import load_lexicon

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOWN = Gazetteer.build(
    [
        ("Torget", 57.93, 12.11),
        ("Torggatan", 57.931, 12.114),
        ("Storgatan", 57.94, 12.12),
        ("Skolan", 57.9, 12.0),
        ("Skolan", 57.8, 12.5),
    ]
)
ENGINE = Engine(load_lexicon(), TOWN)
SECONDS_A_TURN = 1.0  # a turn takes milliseconds; under coverage and on a busy machine some tens
SURVEY = """
| survey |
| | type | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) | parameters | constraint |
| | text | idea | Vad tycker du? | What do you think? | ما رأيك؟ | | |
| | select_one things or_other | one | Vad? | What? | ماذا؟ | | |
| | select_multiple things | many | Vilka? | Which? | أيها؟ | | |
| | rank things | order | Ordna | Order | رتب | | |
| | integer | age | Ålder? | Age? | العمر؟ | | . <= 120 |
| | decimal | far | Hur långt? | How far? | كم؟ | | |
| | range | grade | Betyg | Grade | درجة | start=1 end=5 step=1 | |
| | date | day | När? | When? | متى؟ | | |
| | time | clock | Vilken tid? | What time? | أي ساعة؟ | | |
| | dateTime | moment | När då? | When then? | متى إذن؟ | | |
| | geopoint | where | Var? | Where? | أين؟ | | |
| | text | last | Något mer? | Anything else? | شيء آخر؟ | | |
| choices |
| | list_name | name | label::Svenska (sv) | label::English (en) | label::العربية (ar) |
| | things | bench | Fler bänkar 🪑 | More benches | مقاعد أكثر |
| | things | light | Bättre ljus | Better light | إضاءة أفضل |
| | things | play | Lekplats | Playground | ملعب |
"""
FORM = Form.load(read_xlsform(SURVEY.encode(), "survey.md").xform)
CHOSEN = {
    name: {"bench", "light", "play", "other"} for name in ("one", "many", "order")
}  # or_other adds one to the list
SHAPES = {
    "age": r"-?\d{1,15}", "far": r"-?\d{1,40}(\.\d{1,40})?", "grade": r"-?\d{1,15}", "day": r"\d{4}-\d\d-\d\d", "clock": r"\d\d:\d\d:\d\d.*",
    "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", "where": r"-?\d{1,2}(\.\d+)? -?\d{1,3}(\.\d+)? 0 0",
}  # fmt: skip


def lines_of(data: bytes) -> list[str]:
    """Any bytes as what a resident says, a line a message; what is no UTF-8 becomes halves of surrogate pairs, as some phones send."""
    return data.decode("utf-8", "surrogateescape").split("\n")[:20]


def check(form: Form, texts: list[str]) -> Dialogue:
    """Hold the dialogue. Raises AssertionError when a turn is slow, does not survive JSON, or stores what was not said."""
    dialogue = ENGINE.invite(form, language="sv", opens_with_question=True, now=NOW).dialogue
    for text in texts:
        started = time.process_time()
        turn = ENGINE.reply(form, dialogue, Said(text=text), now=NOW)
        took = time.process_time() - started
        assert took < SECONDS_A_TURN, f"{took:.2f} s for {len(text)} characters"
        assert ENGINE.reply(form, dialogue, Said(text=text), now=NOW) == turn
        for event in turn.events:
            _check_event(event, text)
        if is_opt_out(ENGINE.lexicon, Said(text=text).words):
            assert turn.events == (OptedOut(),)
            assert turn.dialogue.entry == dialogue.entry
        dialogue = Dialogue.from_data(json.loads(json.dumps(turn.dialogue.to_data()).encode()))
    return dialogue


def _check_event(event: Event, text: str) -> None:
    if not isinstance(event, Answered | Corrected):
        return
    value = event.value if isinstance(event, Answered) else event.new
    value.encode()  # halves of pairs could not be stored
    name = event.path.rpartition("/")[2]
    if name in CHOSEN:
        assert set(value.split()) <= CHOSEN[name]
    elif name in SHAPES:
        assert re.fullmatch(SHAPES[name], value), (name, value)
    else:
        assert re.sub(r"\s+", " ", value).strip() in re.sub(r"\s+", " ", Said(text=text).words), (name, value)
