"""A wire in memory with a small scripted conversation at its other end: enough of a service for residents to talk to."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.wire import Arrival, Button

QUESTIONS = [
    {
        "key": "bus",
        "type": "select_one",
        "label": {"sv": "Vilken busslinje åker du mest?", "en": "Which bus line do you use most?", "ar": "ما هو خط الحافلة الذي تستخدمه أكثر؟"},
        "choices": [
            {"value": "one", "label": {"sv": "Linje Centrum", "en": "Line Centre", "ar": "خط الوسط"}},
            {"value": "two", "label": {"sv": "Linje Norrstrand", "en": "Line North Shore", "ar": "خط الشاطئ"}},
            {"value": "three", "label": {"sv": "Linje Bruket", "en": "Line Works", "ar": "خط المصنع"}},
        ],
    },
    {
        "key": "times",
        "type": "select_multiple",
        "label": {"sv": "När åker du? Välj en eller flera.", "en": "When do you travel? Pick any.", "ar": "متى تسافر؟"},
        "choices": [
            {"value": "morning", "label": {"sv": "Morgon", "en": "Morning", "ar": "الصباح"}},
            {"value": "day", "label": {"sv": "Dagtid", "en": "Daytime", "ar": "النهار"}},
            {"value": "night", "label": {"sv": "Natt", "en": "Night", "ar": "الليل"}},
        ],
    },
    {
        "key": "trips",
        "type": "integer",
        "label": {"sv": "Hur många resor gör du i veckan?", "en": "How many trips do you make a week?", "ar": "كم رحلة في الأسبوع؟"},
        "min": 1,
        "max": 9,
    },
    {
        "key": "why",
        "type": "text",
        "label": {"sv": "Du sa … resor. Vad skulle göra bussen bättre?", "en": "You said … trips. What would improve the bus?", "ar": "قلت … رحلات. ماذا يحسّن الحافلة؟"},
        "sample_texts": {"sv": ["Fler turer", "Lägre pris"], "en": ["More trips", "Lower price"], "ar": ["رحلات أكثر"]},
    },
]  # fmt: skip

PHRASES = {
    "languages": {
        "sv": {
            "invitation": "Sjövik vill höra … om bussen", "card": "Nämnden beslutar", "reminder": "Vi påminner dig",
            "thanks": "Tack för dina svar", "feedback": "Så blev det", "closed": "Enkäten är stängd",
            "begin_words": ["börja", "ja"], "stop_words": ["STOPP"],
            "language_words": {"sv": "svenska", "en": "engelska", "ar": "arabiska"},
            "question_asked_again": ["Jag förstod inte", "Det talet går inte"],
        },
        "en": {
            "invitation": "Sjövik would like to hear … about the bus", "card": "The committee decides", "reminder": "We remind you",
            "thanks": "Thank you for your answers", "feedback": "What came of it", "closed": "The survey is closed",
            "begin_words": ["begin", "yes"], "stop_words": ["STOP"],
            "language_words": {"sv": "Swedish", "en": "English", "ar": "Arabic"},
            "question_asked_again": ["I did not understand", "That number will not do"],
        },
        "ar": {
            "invitation": "تود شوفيك أن تسمع … عن الحافلة", "card": "اللجنة تقرر", "reminder": "نذكرك",
            "thanks": "شكرا على إجاباتك", "feedback": "ما نتج", "closed": "الاستبيان مغلق",
            "begin_words": ["ابدأ"], "stop_words": ["توقف"],
            "language_words": {"sv": "السويدية", "en": "الإنجليزية", "ar": "العربية"},
            "question_asked_again": ["لم أفهم", "هذا الرقم غير ممكن"],
        },
    },
    "questions": QUESTIONS,
}  # fmt: skip


@dataclass
class Talk:
    """One resident's conversation as the scripted service holds it."""

    language: str
    at: int = -1
    ticked: set[str] = field(default_factory=set)
    answers: dict[str, object] = field(default_factory=dict)
    stopped: bool = False
    heard: list[str] = field(default_factory=list)


class ScriptedWire:
    """Implements `Wire`; understands numbers, exact labels, presses, stop words and language words, and little else."""

    def __init__(self, channel, now, *, has_buttons=False, opens_with_question=False, unsubscribe_url="", links=()):
        self.channel, self.now = channel, now
        self.has_buttons, self.opens_with_question = has_buttons, opens_with_question
        self.unsubscribe_url, self.links = unsubscribe_url, links
        self.talks: dict[str, Talk] = {}
        self.sent = 0

    def listen(self, listener):
        self.listener = listener

    def phrase(self, talk, kind):
        return PHRASES["languages"][talk.language][kind].replace("…", "dig")

    def deliver(self, address, text, buttons=(), edits=None):
        self.sent += 1
        self.listener(
            Arrival(
                self.channel,
                address,
                str(self.sent),
                text,
                self.now(),
                tuple(buttons),
                edits,
                unsubscribe_url=self.unsubscribe_url,
                links=tuple(self.links),
            )
        )

    def invite(self, address, language):
        talk = self.talks.setdefault(address, Talk(language))
        text = f"{self.phrase(talk, 'invitation')}. {self.phrase(talk, 'card')} i maj."
        if self.opens_with_question:
            talk.at = 0
            self.ask(address, before=text)
        else:
            begin = PHRASES["languages"][language]["begin_words"][0]
            self.deliver(address, text, [Button(begin.title(), "!begin")] if self.has_buttons else ())

    def remind(self, address):
        talk = self.talks[address]
        if not talk.stopped and talk.at < len(QUESTIONS):
            self.deliver(address, self.phrase(talk, "reminder"))

    def give_feedback(self, address):
        self.deliver(address, self.phrase(self.talks[address], "feedback"))

    def ask(self, address, before="", edits=None):
        talk = self.talks[address]
        if talk.at == len(QUESTIONS):
            self.deliver(address, self.phrase(talk, "thanks") + "!")
            return
        question = QUESTIONS[talk.at]
        said = str(talk.answers.get("trips", ""))
        text = f"{before}\n\n{question['label'][talk.language].replace('…', said)}"
        labels = [(c["value"], c["label"][talk.language]) for c in question.get("choices", ())]
        if not self.has_buttons:
            text += "".join(f"\n{n} {label}" for n, (_, label) in enumerate(labels, start=1))
            self.deliver(address, text)
            return
        buttons = [Button(("✓ " if v in talk.ticked else "") + label, f"{talk.at}.{v}") for v, label in labels]
        if question["type"] == "select_multiple":
            buttons.append(Button("Klar", "!done"))
        self.deliver(address, text, buttons, edits)

    async def press(self, address, arrival, data):
        talk = self.talks[address]
        talk.heard.append(f"[{data}]")
        if data == "!begin":
            talk.at = 0
        elif data == "!done":
            self.take(talk, [c["value"] for c in QUESTIONS[talk.at]["choices"] if c["value"] in talk.ticked])
        else:
            value = data.split(".")[1]
            if QUESTIONS[talk.at]["type"] == "select_multiple":
                talk.ticked ^= {value}
                self.ask(address, edits=arrival.ref)
                return
            self.take(talk, value)
        self.ask(address)

    async def say(self, address, text, *, to=None):
        talk = self.talks[address]
        talk.heard.append(text)
        words = PHRASES["languages"][talk.language]
        wanted = [code for code, word in words["language_words"].items() if word == text]
        if text in words["stop_words"]:
            talk.stopped = True
            self.deliver(address, "Bye.")
        elif wanted:
            talk.language = wanted[0]
            self.ask(address)
        elif talk.at < 0 and text in words["begin_words"]:
            talk.at = 0
            self.ask(address)
        else:
            self.hear_answer(address, talk, text)

    def hear_answer(self, address, talk, text):
        question = QUESTIONS[talk.at]
        again = words = PHRASES["languages"][talk.language]["question_asked_again"]
        if question["type"] == "text":
            self.take(talk, text)
        elif question["type"] == "integer":
            if not text.isdecimal():
                return self.ask(address, before=again[0])
            if not 1 <= int(text) <= 9:
                return self.ask(address, before=words[1])
            self.take(talk, str(int(text)))
        else:
            labels = {c["label"][talk.language].casefold(): c["value"] for c in question["choices"]}
            numbers = {str(n): c["value"] for n, c in enumerate(question["choices"], start=1)}
            parts = [
                p.strip()
                for p in text.casefold().replace(" och ", ",").replace(" and ", ",").replace(" و ", ",").split(",")
            ]
            found = [labels.get(p) or numbers.get(str(int(p)) if p.isdecimal() else p) for p in parts]
            if None in found:
                return self.ask(address, before=again[0])
            self.take(talk, sorted(found) if question["type"] == "select_multiple" else found[0])
        return self.ask(address)

    def take(self, talk, value):
        talk.answers[QUESTIONS[talk.at]["key"]] = value
        talk.at += 1
        talk.ticked = set()
