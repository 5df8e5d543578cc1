"""What a resident means to answer, fixed in advance by the seed, and how they put it. When they do so lives in `lives`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from sandbox.reading import Question, Shown, onwards, pages, same_label
from sandbox.world import Resident

Value = str | list[str]

NUMBER_WORDS: dict[str, tuple[str, ...]] = {
    "sv": ("noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "fi": ("nolla", "yksi", "kaksi", "kolme", "neljä", "viisi", "kuusi", "seitsemän", "kahdeksan", "yhdeksän", "kymmenen"),
    "ar": ("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
    "so": ("eber", "kow", "laba", "saddex", "afar", "shan", "lix", "toddoba", "siddeed", "sagaal", "toban"),
}  # fmt: skip
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_DONE_WORDS = (
    "klar",
    "färdig",
    "done",
    "ready",
    "finished",
    "valmis",
    "تم",
    "انتهيت",
    "dhammaad",
    "dhammeeyay",
    "diyaar",
)
_AND = {"sv": " och ", "en": " and ", "fi": " ja ", "ar": " و ", "so": " iyo "}
_OLDEST = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is put this time. `carefully` after having been misunderstood: nothing but what was shown."""

    language: str
    style: str
    slips: bool = False
    carefully: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """Either a button to press (`data`) or a text to type."""

    text: str = ""
    data: str | None = None


def intend(question: Question, resident: Resident, seed: int, language: str) -> Value:
    """What this resident means to answer: the same whenever they are asked; free text in the language they are asked in.

    Opinions lean differently in different areas, so that there is something to see in the results.
    """
    rng = Random(f"{seed}:{resident.ref}:{question.key}")
    if question.choices:
        lean = Random(f"{seed}:{resident.area}:{question.key}")
        values = [value for value, _ in question.choices]
        weights = [0.25 + lean.random() ** 2 for _ in values]
        if question.type == "select_multiple":
            return _several(values, weights, rng)
        if question.type == "rank":
            return rng.sample(values, len(values))
        return rng.choices(values, weights)[0]
    if question.type in ("integer", "decimal", "range"):
        return _number(question, rng)
    if question.type == "date":
        return (_OLDEST + timedelta(days=rng.randrange(300))).isoformat()
    if question.type == "time":
        return f"{rng.randint(6, 21):02d}:{rng.choice((0, 15, 30, 45)):02d}"
    if question.type == "geopoint":
        return f"{rng.uniform(58.03, 58.08):.5f}, {rng.uniform(12.41, 12.48):.5f}"
    texts = question.sample_texts.get(language) or next(iter(question.sample_texts.values()), ("OK",))
    return texts[rng.randrange(1 << 16) % len(texts)]


def impossible_number(question: Question) -> str | None:
    """A number that the question cannot take, or None when it takes any."""
    if question.type not in ("integer", "decimal", "range"):
        return None
    if question.maximum is not None:
        return f"{question.maximum * 10 + 7:g}"
    return f"{question.minimum - 3:g}" if question.minimum is not None else None


def put(question: Question, value: Value, shown: Sequence[Shown], manner: Manner, rng: Random) -> Utterance:
    """Put an answer into a press or into words. A question with several choices and buttons is answered one press at a time."""
    if not question.choices:
        button = next(
            (thing for thing in shown if thing.data is not None and same_label(thing.label, str(value))), None
        )
        return Utterance(data=button.data) if button else _put_plain_value(str(value), manner, rng)
    wanted = [value] if isinstance(value, str) else value
    if manner.style != "labels" or manner.carefully:
        buttons = [thing for thing in shown if thing.data is not None]
        if buttons:
            pressed = _press(question, wanted, buttons, manner.language)
            if pressed is not None:
                return pressed
        numbers = [_number_of(question, one, shown, manner.language) for one in wanted]
        known = [number for number in numbers if number]
        if known and (len(known) == len(numbers) or manner.carefully):
            return Utterance(_listed([_put_number(number, manner, rng) for number in known], manner, rng))
    labels = [question.choice_label(one, manner.language) for one in wanted]
    if manner.slips and not manner.carefully and len(labels) == 1:
        labels = [slip(labels[0], rng)]
    return Utterance(", ".join(labels))


def slip(text: str, rng: Random) -> str:
    """A text with two neighbouring letters swapped, inside its longest word of five letters or more; others stay as they are."""
    word = max(text.split(), key=len, default="")
    places = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1] and word[i : i + 2].isalpha()]
    if len(word) < 5 or not places:
        return text
    i = rng.choice(places)
    return text.replace(word, word[:i] + word[i + 1] + word[i] + word[i + 2 :], 1)


def find_button(shown: Sequence[Shown], words: Sequence[str]) -> Shown | None:
    """The first button that says one of these words."""
    folded = [word.casefold() for word in words]
    return next(
        (s for s in shown if s.data is not None and any(word in s.label.casefold().split() for word in folded)), None
    ) or next((s for s in shown if s.data is not None and any(word in s.label.casefold() for word in folded)), None)


def _several(values: list[str], weights: list[float], rng: Random) -> list[str]:
    count = rng.randint(1, min(3, len(values)))
    chosen: set[str] = set()
    while len(chosen) < count:
        chosen.add(rng.choices(values, weights)[0])
    return [value for value in values if value in chosen]


def _number(question: Question, rng: Random) -> str:
    low = question.minimum if question.minimum is not None else 1
    high = question.maximum if question.maximum is not None else low + 4
    steps = int((high - low) / question.step)
    return f"{low + question.step * round(rng.triangular(0, steps)):g}"


def _press(question: Question, wanted: Sequence[str], buttons: Sequence[Shown], language: str) -> Utterance | None:
    """The next press towards what is wanted; the button that ends choosing once all of it is ticked.

    A list in parts is leafed through: by who wants one answer until it is seen, by who wants several to its end.
    Whoever ranks a list in parts types instead (None).
    """
    by_value = {value: _showing(question, value, buttons, language) for value, _ in question.choices}
    part, more = pages(buttons), onwards(buttons)
    if part and more and question.type == "rank":
        return None
    if question.type != "select_multiple":
        if part and more and by_value[wanted[0]] is None:
            return Utterance(data=more.data)
        untouched = (by_value[value] for value in wanted)
        first = next((thing for thing in untouched if thing and not (thing.is_ticked and len(wanted) > 1)), None)
        return None if first is None else Utterance(data=first.data)
    for value, thing in by_value.items():
        if thing is not None and thing.is_ticked != (value in wanted):
            return Utterance(data=thing.data)
    if part and more and part[0] < part[1]:
        return Utterance(data=more.data)
    others = [button for button in buttons if button not in by_value.values()]
    done = find_button(others, _DONE_WORDS) or next(iter(others), None)
    return None if done is None else Utterance(data=done.data)


def _showing(question: Question, value: str, shown: Sequence[Shown], language: str) -> Shown | None:
    label = question.choice_label(value, language)
    return next((thing for thing in shown if same_label(thing.label, label)), None)


def _number_of(question: Question, value: str, shown: Sequence[Shown], language: str) -> str:
    thing = _showing(question, value, [s for s in shown if s.number], language)
    return thing.number if thing else ""


def _put_plain_value(value: str, manner: Manner, rng: Random) -> Utterance:
    return Utterance(_put_number(value, manner, rng) if value.isdecimal() else value)


def _put_number(number: str, manner: Manner, rng: Random) -> str:
    words = NUMBER_WORDS.get(manner.language, ())
    if manner.style == "words" and not manner.carefully and number.isdecimal() and 0 < int(number) < len(words):
        return words[int(number)]
    return number.translate(_ARABIC_DIGITS) if manner.language == "ar" and rng.random() < 0.5 else number


def _listed(numbers: list[str], manner: Manner, rng: Random) -> str:
    if len(numbers) == 1 or manner.carefully or rng.random() < 0.5:
        return ", ".join(numbers)
    return ", ".join(numbers[:-1]) + _AND.get(manner.language, ", ") + numbers[-1]
