"""One resident's part in a campaign: what they have seen, when they mean to act, and what they then do. Carrying it out lives in `residents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sandbox.answering import Manner, Utterance, Value, find_button, impossible_number, intend, put
from sandbox.reading import PhraseBook, Question, Reading, Shown, offered_choices, pages, shown_in
from sandbox.wire import Arrival
from sandbox.world import Resident

MOST_TRIES = 4
BEGIN_WORDS = ("börja", "begin", "start", "aloita", "bilow", "ابدأ")  # as buttons say it


@dataclass(frozen=True, slots=True)
class Tempo:
    """How residents pass the time. `pace_seconds` between two messages of one conversation; first reactions fall on a grid.

    With a pace of 0 a whole conversation takes place in one instant of the shared clock, which is cheap to play.
    """

    pace_seconds: float = 20.0
    grid_seconds: float = 60.0
    timezone: str = "Europe/Stockholm"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a resident does: types `text`, presses `data`, shares a `place`, opens the page at one of `links`, or posts to `unsubscribe_url`."""

    text: str = ""
    data: str | None = None
    place: tuple[float, float] | None = None
    links: tuple[str, ...] = ()
    unsubscribe_url: str = ""


@dataclass(slots=True)
class Life:
    """What one resident has seen and done. Changes only through `receive`, `act` and `see_page`."""

    resident: Resident
    seed: int
    tempo: Tempo
    language: str = ""
    channel: str = ""
    invited_on: str = ""
    due_at: float | None = None
    invited: int = 0
    reminded: int = 0
    messages_received: int = 0
    started: bool = False
    finished: bool = False
    opted_out: bool = False
    closed: bool = False
    bothered_after_opting_out: int = 0
    card_seen_first: bool | None = None
    feedback: list[dict[str, str]] = field(default_factory=list)
    meant: dict[str, Value] = field(default_factory=dict)
    answers: dict[str, Value] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)
    latest: Arrival | None = None
    reading: Reading | None = None
    _asked: Question | None = None
    _has_acted: bool = False
    _card_seen: bool = False
    _said: tuple[str, Value] | None = None
    _tries: int = 0
    _is_testing_limits: bool = False
    _has_switched: bool = False
    _pressed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.language = self.resident.language
        self.channel = next(iter(self.resident.contacts))

    # What arrives -----------------------------------------------------------------------------------------------

    def receive(self, arrival: Arrival, book: PhraseBook | None) -> None:
        """Take in a message, and decide when to act on it, if ever."""
        self.channel = arrival.channel
        self.messages_received += arrival.edits is None
        if book is None or (arrival.edits and not self._is_edit_of_what_is_asked(arrival)):
            return
        reading = book.read(arrival, self.language)
        if not reading.is_readable and self._asked is not None and offered_choices(self._asked, reading.shown):
            reading = replace(reading, is_asked_again=True)  # "Did you mean one of these?"
        if not reading.is_readable and (arrival.edits or self.opted_out):
            return
        if not reading.is_readable and self.resident.habit.timing != "by_hand":
            self.oddities.append(f"could not read: {arrival.text[:160]!r}")
        self._note(reading, arrival.edits is not None)
        at = self._when(reading, arrival)
        if at is not None:
            self.latest, self.reading = arrival, reading
            self.due_at = at if self.due_at is None else min(at, self.due_at)

    def _is_edit_of_what_is_asked(self, arrival: Arrival) -> bool:
        """Whether an edit changes the message that one is busy with; others only tidy up what was said before.

        Where nothing but what was chosen is left, there is nothing more to choose.
        """
        can_choose = any(not thing.is_ticked for thing in shown_in(arrival))
        return bool(arrival.buttons) and can_choose and self.latest is not None and arrival.edits == self.latest.ref

    @property
    def asked(self) -> Question | None:
        """The question that the conversation stands at, as far as the resident has seen."""
        return self._asked

    def see_page(self, text: str, shown: tuple[Shown, ...], book: PhraseBook, at: float) -> Reading:
        """Take in a web page as if it were a message; what is on it is acted upon at once."""
        reading = replace(book.read(Arrival("web", "", "", text, at), self.language), shown=shown)
        self._follow(reading)
        return reading

    def _note(self, reading: Reading, is_edit: bool) -> None:
        """Remember what a message tells: which kinds it is, which question it asks, and whether the last answer was taken."""
        kinds = reading.kinds
        if not is_edit:
            if "invitation" in kinds and "reminder" not in kinds:
                self.invited += 1
                self.invited_on = self.channel
            self.reminded += "reminder" in kinds
            self.bothered_after_opting_out += self.opted_out and bool(kinds & {"invitation", "reminder", "feedback"})
            if "feedback" in kinds and "closed" not in kinds:
                self.feedback.append({"channel": self.channel, "language": reading.language or self.language})
        self._follow(reading)

    def _follow(self, reading: Reading) -> None:
        """Follow where the conversation went: the language, the card, the question now asked, the thanks at the end."""
        kinds = reading.kinds
        self.language = reading.language or self.language
        self._card_seen |= "card" in kinds
        self.closed |= "closed" in kinds
        if kinds & {"feedback", "closed"}:
            return
        self.started |= self._has_acted and (reading.question is not None or bool(kinds & {"thanks"}))
        if reading.question is not None:
            self._be_asked(reading)
        elif "thanks" in kinds:
            self._acknowledge(None)
            self.finished = True

    def _be_asked(self, reading: Reading) -> None:
        question = reading.question
        if self.card_seen_first is None:
            self.card_seen_first = self._card_seen
        if question is not self._asked:
            self._acknowledge(question)
            self._asked, self._tries, self._is_testing_limits = question, 0, False
            self._pressed.clear()

    def _acknowledge(self, following: Question | None) -> None:
        """The conversation went on: what was said last has been taken as an answer."""
        if self._said is not None and (following is None or following.key != self._said[0]):
            key, value = self._said
            self.answers[key] = value
            self._said = None

    # When -------------------------------------------------------------------------------------------------------

    def _when(self, reading: Reading, arrival: Arrival) -> float | None:
        """When to act on a message; None when it calls for nothing."""
        habit = self.resident.habit
        if habit.timing in ("silent", "by_hand") or self.opted_out or self.closed or self.finished:
            return None
        calls = reading.kinds & {"invitation", "reminder"} or reading.question is not None or reading.is_asked_again
        if not calls or "feedback" in reading.kinds or self.has_stopped:
            return None
        rng = self._chance(f"when:{self.invited}:{self.reminded}")
        if self._has_acted:
            pace = self.tempo.pace_seconds
            return arrival.at + (pace * self._chance("pace").uniform(0.5, 2) if pace else 0)
        if habit.opts_out in ("at_invitation", "one_click"):
            return self._later(arrival.at, 60, 3600, rng)
        if habit.timing == "after_reminder":
            return self._later(arrival.at, 600, 5 * 3600, rng) if self.reminded >= habit.reminders else None
        if habit.timing == "late":
            return self._later(arrival.at, 3 * 3600, 60 * 3600, rng) if self.due_at is None else self.due_at
        return self._later(arrival.at, 60, 2700, rng)

    def _later(self, at: float, least: float, most: float, rng: Random) -> float:
        """A moment later than `at`, when people are awake, on the grid of the tempo."""
        moment = at + least + (most - least) * rng.betavariate(1.2, 3)
        local = datetime.fromtimestamp(moment, ZoneInfo(self.tempo.timezone))
        if most > 4 * 3600 and not 7 <= local.hour < 22:
            morning = local.replace(hour=7, minute=0, second=0) + timedelta(days=local.hour >= 22)
            moment = morning.timestamp() + rng.uniform(0, 3 * 3600)
        grid = self.tempo.grid_seconds
        return -(-moment // grid) * grid if grid else moment

    @property
    def has_stopped(self) -> bool:
        """Whether this is one who falls silent after some answers, and has given them."""
        after = self.resident.habit.stops_after
        return after is not None and len(self.answers) >= after

    # What they do -----------------------------------------------------------------------------------------------

    def act(self, book: PhraseBook) -> Deed | None:
        """What the resident does now about the latest message."""
        self.due_at = None
        arrival, reading, habit = self.latest, self.reading, self.resident.habit
        if arrival is None or reading is None or self.opted_out or self.finished or self.has_stopped:
            return None
        if habit.opts_out == "one_click" and arrival.unsubscribe_url:
            self.opted_out = True
            return Deed(unsubscribe_url=arrival.unsubscribe_url)
        if habit.opts_out in ("at_invitation", "one_click") or (habit.opts_out == "midway" and self.answers):
            self.opted_out = True
            return Deed(text=book.word("stop_words", self.language))
        if habit.route == "web" and arrival.links:
            return Deed(links=tuple(link for link in arrival.links if link != arrival.unsubscribe_url))
        if self._asked is None:
            return self._begin(book, reading)
        if self._wants_to_switch(book):
            self._has_switched = True
            return Deed(text=book.language_word(str(habit.switches_to), self.language))
        utterance = self.answer(reading)
        if utterance is None:
            return None
        if arrival.wants_location and self._asked.type == "geopoint":
            latitude, longitude = utterance.text.split(",")
            return Deed(place=(float(latitude), float(longitude)))
        return Deed(text=utterance.text, data=utterance.data)

    def answer(self, reading: Reading) -> Utterance | None:
        """The next step of answering the question now asked; None when the resident gives up."""
        question, value = self._asked, self.choose(reading.shown)
        if question is None or value is None:
            return None
        if self._said is None:
            return Utterance(str(value))
        habit = self.resident.habit
        manner = Manner(self.language, habit.style, habit.slips, carefully=reading.is_asked_again)
        utterance = put(question, value, self._with_memory(reading.shown), manner, self._chance(f"put:{self._tries}"))
        if utterance.data is not None:
            self._pressed ^= {utterance.data}
        return utterance

    def choose(self, shown: Sequence[Shown] = ()) -> Value | None:
        """What to answer to the question now asked, which may be an impossible number at first; None when giving up.

        Whoever finds their choice not among those `shown` settles for one that is.
        """
        question = self._asked
        if question is None or self._gives_up(question):
            return None
        self._has_acted = True
        impossible = impossible_number(question) if self.resident.habit.tries_impossible else None
        if impossible is not None and not self._is_testing_limits:
            self._is_testing_limits = True
            return impossible
        value = intend(question, self.resident, self.seed, self.language)
        offered = offered_choices(question, shown)
        wanted = {value} if isinstance(value, str) else set(value)
        if offered and pages(shown) is None and not wanted & {choice for choice, _ in offered}:
            value = intend(replace(question, choices=offered), self.resident, self.seed, self.language)
        self.meant[question.key] = value
        self._said = (question.key, value)
        return value

    def _begin(self, book: PhraseBook, reading: Reading) -> Deed:
        words = self.begin(book)
        button = find_button(reading.shown, words)
        return Deed(data=button.data) if button else Deed(text=words[0])

    def begin(self, book: PhraseBook) -> list[str]:
        """Make up one's mind to begin; gives the words for it, the one to type first."""
        self._has_acted = True
        return [*book.words[book.known(self.language)]["begin_words"], *BEGIN_WORDS]

    def _gives_up(self, question: Question) -> bool:
        """Give up, and say so, when a question has been answered over and over and is still asked."""
        self._tries += 1
        most = MOST_TRIES + len(question.choices) * (question.type in ("select_multiple", "rank"))
        if self._tries == most + 1:
            self.oddities.append(f"gave up answering {question.key!r}: still asked after {most} tries")
        return self._tries > most

    def _wants_to_switch(self, book: PhraseBook) -> bool:
        wanted = self.resident.habit.switches_to
        return (
            wanted is not None
            and wanted in book.words
            and wanted != self.language
            and bool(self.answers)
            and not self._has_switched
        )

    def _with_memory(self, shown: tuple[Shown, ...]) -> tuple[Shown, ...]:
        """What is shown, with the ticks that one remembers where the labels themselves carry none."""
        if any(thing.is_ticked for thing in shown):
            return shown
        return tuple(replace(thing, is_ticked=thing.data in self._pressed) for thing in shown)

    def _chance(self, purpose: str) -> Random:
        return Random(f"{self.seed}:{self.resident.ref}:{purpose}:{self._asked.key if self._asked else ''}")
