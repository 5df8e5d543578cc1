"""Each habit of a resident, played against a scripted service over a wire in memory."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

import pytest

from sandbox.answering import NUMBER_WORDS, slip
from sandbox.habits import deal
from sandbox.lives import Tempo
from sandbox.reading import PhraseBook
from sandbox.residents import Neighbourhood, Unplayable
from sandbox.wire import Button
from sandbox.world import Habit, Resident, World
from tests.sandbox.scripted_wire import PHRASES, QUESTIONS, ScriptedWire

START = 1_770_000_000.0  # Monday 2 February 2026, 03:40 in Stockholm
DAY = 86400.0


class Hands:
    """A browser that only remembers what it was asked to open."""

    def __init__(self):
        self.visited, self.unsubscribed = [], []

    async def visit(self, life, links, book, at):
        self.visited.append(tuple(links))
        return ["page"]

    async def unsubscribe(self, url):
        self.unsubscribed.append(url)


class Village:
    """A few residents with chosen habits, and a clock that jumps to whatever happens next."""

    def __init__(self, *residents, seed=7, tempo=None, **wire):
        self.at = START
        channel = next(iter(residents[0].contacts))
        self.wire = ScriptedWire(channel, lambda: self.at, **wire)
        self.hands = Hands()
        self.world = World("Village", seed, "Europe/Stockholm", {"SJ01": "Centre"}, residents)
        self.home = Neighbourhood(self.world, {channel: self.wire}, lambda: self.at, self.hands, tempo or Tempo())
        self.home.book = PhraseBook(PHRASES)

    def invite(self):
        for resident in self.world.residents:
            self.wire.invite(next(iter(resident.contacts.values())), resident.language)

    def remind(self):
        for resident in self.world.residents:
            self.wire.remind(next(iter(resident.contacts.values())))

    async def play(self, until=START + 30 * DAY):
        async with self.alive():
            await self.settled()
            while self.home.next_at is not None and self.home.next_at <= until:
                self.at = self.home.next_at
                await self.settled()
        self.at = until

    async def settled(self):
        async with asyncio.timeout(60):
            while not self.home.is_idle:  # noqa: ASYNC110 - what is waited for is the clock of the residents
                await asyncio.sleep(0.001)

    @asynccontextmanager
    async def alive(self):
        task = asyncio.create_task(self.home.live())
        yield
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def talk(self, number=0):
        return self.wire.talks[next(iter(self.world.residents[number].contacts.values()))]

    def life(self, number=0):
        return self.home.homes[self.world.residents[number].ref].life


def resident(habit=None, *, channel="sms", language="sv", ref="R-1"):
    return Resident(ref, "SJ01", language, 1980, "f", {channel: f"{channel}:{ref}"}, (), habit or Habit())


@pytest.mark.parametrize("language", ["sv", "en", "ar"])
@pytest.mark.parametrize("has_buttons", [True, False])
@pytest.mark.parametrize("style", ["plain", "labels", "words"])
async def test_what_a_resident_means_is_what_the_service_hears(language, has_buttons, style):
    village = Village(resident(Habit(style=style), language=language), has_buttons=has_buttons)
    village.invite()
    await village.play()
    life = village.life()
    assert (life.invited, life.started, life.finished, life.oddities) == (1, True, True, [])
    assert life.answers == life.meant
    assert life.answers.keys() == {q["key"] for q in QUESTIONS}
    heard = {k: sorted(v) if isinstance(v, list) else v for k, v in village.talk().answers.items()}
    assert heard == {k: sorted(v) if isinstance(v, list) else v for k, v in life.answers.items()}


async def test_number_words_are_tried_before_digits():
    village = Village(resident(Habit(style="words")))
    village.invite()
    await village.play()
    assert any(text in NUMBER_WORDS["sv"] for text in village.talk().heard)
    assert village.life().finished


async def test_one_who_types_words_never_types_a_number_for_a_choice():
    village = Village(resident(Habit(style="labels")))
    village.invite()
    await village.play()
    assert village.talk().heard[1].startswith("Linje ")


async def test_a_slip_is_made_good_when_it_is_not_understood():
    village = Village(resident(Habit(style="labels", slips=True)))
    village.invite()
    await village.play()
    tried, again = village.talk().heard[1:3]
    assert sorted(tried) == sorted(
        next(c["label"]["sv"] for c in QUESTIONS[0]["choices"] if c["value"] == village.life().answers["bus"])
    )
    assert again.isdecimal()
    assert village.life().finished


async def test_an_impossible_number_is_tried_first():
    village = Village(resident(Habit(tries_impossible=True)))
    village.invite()
    await village.play()
    assert "97" in village.talk().heard
    assert village.life().answers["trips"] == village.talk().answers["trips"] != "97"


async def test_a_prompt_resident_reacts_within_the_hour():
    village = Village(resident())
    village.invite()
    assert START < village.home.next_at <= START + 3600


async def test_a_late_resident_takes_hours_and_sleeps_at_night():
    people = [resident(Habit(timing="late"), ref=f"R-{n}") for n in range(40)]
    village = Village(*people)
    village.invite()
    moments = [village.life(n).due_at for n in range(40)]
    assert min(moments) >= START + 3 * 3600
    assert all(7 <= ((moment - 1_769_986_800) % DAY) / 3600 < 22 for moment in moments)  # since a midnight in Stockholm


async def test_a_first_reaction_falls_on_the_grid():
    people = [resident(ref=f"R-{n}") for n in range(20)]
    village = Village(*people, tempo=Tempo(pace_seconds=0, grid_seconds=600))
    village.invite()
    assert all(village.life(n).due_at % 600 == 0 for n in range(20))


async def test_without_pace_a_conversation_takes_one_instant():
    village = Village(resident(), tempo=Tempo(pace_seconds=0))
    village.invite()
    async with village.alive():
        village.at = village.home.next_at
        await village.settled()
    assert village.life().finished


@pytest.mark.parametrize("reminders", [1, 2])
async def test_some_answer_only_after_a_reminder(reminders):
    village = Village(resident(Habit(timing="after_reminder", reminders=reminders)))
    village.invite()
    for day in range(1, reminders + 1):
        await village.play(START + 3 * day * DAY)
        assert not village.life().started
        village.remind()
    await village.play()
    assert village.life().finished
    assert village.life().reminded == reminders


async def test_a_silent_resident_stays_silent():
    village = Village(resident(Habit(timing="silent")))
    village.invite()
    village.remind()
    assert village.home.next_at is None
    assert village.life().messages_received == 2


async def test_one_who_stops_midway_leaves_a_part():
    village = Village(resident(Habit(stops_after=2)))
    village.invite()
    await village.play()
    village.remind()
    await village.play()
    assert list(village.life().answers) == ["bus", "times"] == list(village.talk().answers)
    assert not village.life().finished


@pytest.mark.parametrize(("language", "word"), [("sv", "STOPP"), ("en", "STOP"), ("ar", "توقف")])
async def test_opting_out_at_the_invitation(language, word):
    village = Village(resident(Habit(opts_out="at_invitation"), language=language))
    village.invite()
    await village.play()
    assert village.talk().heard == [word]
    assert village.life().opted_out
    assert village.life().oddities == []


async def test_opting_out_midway_keeps_what_was_answered():
    village = Village(resident(Habit(opts_out="midway")))
    village.invite()
    await village.play()
    assert village.talk().stopped
    assert list(village.life().answers) == ["bus"]


async def test_being_written_to_after_opting_out_is_noticed():
    village = Village(resident(Habit(opts_out="at_invitation")))
    village.invite()
    await village.play()
    village.wire.give_feedback("sms:R-1")
    assert village.life().bothered_after_opting_out == 1


async def test_a_change_of_language_goes_on_where_it_was():
    village = Village(resident(Habit(switches_to="en")))
    village.invite()
    await village.play()
    assert "engelska" in village.talk().heard
    assert village.life().language == "en"
    assert village.life().answers["why"] in ("More trips", "Lower price")


async def test_feedback_is_recorded_with_channel_and_language():
    village = Village(resident(Habit(switches_to="ar")))
    village.invite()
    await village.play()
    village.wire.give_feedback("sms:R-1")
    assert village.life().feedback == [{"channel": "sms", "language": "ar"}]


async def test_the_one_click_address_of_a_mail_is_used():
    mail = {"unsubscribe_url": "http://127.0.0.1:8000/u/1", "links": ("http://127.0.0.1:8000/p/1",)}
    village = Village(resident(Habit(opts_out="one_click"), channel="email"), opens_with_question=True, **mail)
    village.invite()
    await village.play()
    assert village.hands.unsubscribed == ["http://127.0.0.1:8000/u/1"]
    assert village.hands.visited == []
    assert village.life().opted_out


async def test_one_who_uses_the_web_opens_the_link_of_the_mail():
    mail = {
        "unsubscribe_url": "http://127.0.0.1:8000/u/1",
        "links": ("http://127.0.0.1:8000/p/1", "http://127.0.0.1:8000/u/1"),
    }
    village = Village(resident(Habit(route="web"), channel="email"), opens_with_question=True, **mail)
    village.invite()
    await village.play()
    assert village.hands.visited == [("http://127.0.0.1:8000/p/1",)]


async def test_a_mail_that_opens_with_a_question_is_answered_at_once():
    village = Village(resident(channel="email"), opens_with_question=True)
    village.invite()
    await village.play()
    assert village.life().finished
    assert village.life().card_seen_first


async def test_a_message_that_nobody_can_read_is_reported():
    village = Village(resident())
    village.wire.deliver("sms:R-1", "Lorem ipsum")
    assert village.home.odd() == ["R-1: could not read: 'Lorem ipsum'"]


async def test_a_message_to_nobody_is_reported_without_the_address():
    village = Village(resident())
    village.wire.deliver("+46700000000", "Hello")
    assert village.home.odd() == ["a sms message to nobody's address"]


async def test_a_question_asked_for_ever_is_given_up():
    village = Village(resident())
    village.wire.take = lambda talk, value: None
    village.invite()
    await village.play()
    assert village.home.odd() == ["R-1: gave up answering 'bus': still asked after 4 tries"]


async def test_a_wire_that_breaks_is_reported_and_the_others_go_on():
    village = Village(resident(), resident(ref="R-2"))
    village.invite()
    del village.wire.talks["sms:R-1"]
    await village.play()
    assert village.home.odd() == ["R-1: KeyError: 'sms:R-1'"]
    assert village.life(1).finished


async def test_one_played_by_hand_never_acts_but_can_be_played():
    village = Village(resident(Habit(timing="by_hand")), has_buttons=True)
    village.invite()
    assert village.home.next_at is None
    await village.home.press("R-1", 1, "!begin")
    await village.home.say("R-1", "sms", "1")
    assert village.talk().answers == {"bus": "one"}
    with pytest.raises(Unplayable):
        await village.home.press("R-1", 1, "!no-such-button")


async def test_without_a_phrase_book_residents_only_receive():
    village = Village(resident())
    village.home.book = None
    village.invite()
    assert village.home.next_at is None
    assert village.life().messages_received == 1


async def played(seed):
    people = []
    for number, habit in enumerate(deal("sms", 60, Random(seed))):
        habit = replace(habit, switches_to="en") if habit.switches_to else habit
        people.append(resident(habit, ref=f"R-{number}", language=("sv", "en", "ar")[number % 3]))
    village = Village(*people, seed=seed)
    village.invite()
    await village.play(START + 3 * DAY)
    village.remind()
    await village.play()
    assert village.home.odd() == []
    return {r.ref: (village.talk(n).heard, village.life(n).answers) for n, r in enumerate(people)}


async def test_a_seeded_run_repeats_exactly():
    assert await played(3) == await played(3)


async def test_another_seed_plays_differently():
    assert await played(3) != await played(4)


def test_a_slip_swaps_two_neighbouring_letters():
    assert sorted(slip("Norrstrand", Random(1))) == sorted("Norrstrand")
    assert slip("Norrstrand", Random(1)) != "Norrstrand"
    assert slip("Buss", Random(1)) == "Buss"


async def test_a_suggestion_asked_back_is_answered_with_its_own_number():
    village = Village(resident(Habit(style="labels", slips=True)))
    village.invite()
    real = village.wire.hear_answer

    def suggest(address, talk, text):
        if talk.at == 0 and text != "2":
            meant = village.life().meant["bus"]
            label = next(c["label"]["sv"] for c in QUESTIONS[0]["choices"] if c["value"] == meant)
            village.wire.deliver(address, f"Vilket av dessa menade du?\n1 Något helt annat\n2* \u2068{label}\u2069")
        elif talk.at == 0:
            village.wire.take(talk, village.life().meant["bus"])
            village.wire.ask(address)
        else:
            real(address, talk, text)

    village.wire.hear_answer = suggest
    await village.play()
    assert village.talk().heard[2] == "2"
    assert village.life().finished
    assert village.home.odd() == []


async def test_an_edit_that_tidies_up_an_answered_question_calls_for_nothing():
    village = Village(resident(), has_buttons=True)
    village.invite()
    real = village.wire.take

    def take_and_tidy(talk, value):
        real(talk, value)
        village.wire.deliver("sms:R-1", f"{QUESTIONS[0]['label']['sv']} ✓", edits=str(village.wire.sent))

    village.wire.take = take_and_tidy
    await village.play()
    assert village.life().answers == village.talk().answers
    assert village.home.odd() == []


async def test_what_was_chosen_and_stays_as_a_button_calls_for_nothing():
    village = Village(resident(), has_buttons=True)
    village.invite()
    real = village.wire.take

    def take_and_tidy(talk, value):
        ref = str(village.wire.sent)
        village.wire.deliver("sms:R-1", QUESTIONS[0]["label"]["sv"], [Button("☑ Linje Centrum", "one")], edits=ref)
        real(talk, value)

    village.wire.take = take_and_tidy
    await village.play()
    assert village.life().answers == village.talk().answers
    assert village.home.odd() == []


async def test_one_who_begins_after_the_end_has_not_started():
    village = Village(resident())
    village.invite()

    async def closed(address, text, *, to=None):
        village.wire.deliver(address, PHRASES["languages"]["sv"]["closed"])

    village.wire.say = closed
    await village.play()
    life = village.life()
    assert (life.closed, life.started, life.oddities) == (True, False, [])
    assert village.home.next_at is None
