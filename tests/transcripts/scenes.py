"""One transcript over one wire: residents invited, moves made by their hands, and what reached them. What it is compared with lives in `test_wires`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from store.campaigns import close_campaign
from store.schema import opt_out, request
from tests.transcripts import scripts
from tests.transcripts.campaign import ADDRESS, PERSONAL, PUBLIC, UNSUBSCRIBED
from tests.transcripts.hands import Hands, MailHands, SmsHands, TelegramHands, WebHands
from tests.transcripts.scripts import Script
from tests.transcripts.stage import CHAT, TELEPHONE, Resident, Stage

BEGUN_BY_ITSELF = ("email", "web")
OF_THE_WORLD = ("wait", "close")  # what happens without anybody's doing


@dataclass
class Scene:
    """Everything of one run. `hands` are those of the channel's one address; `page` opens the personal page of the first resident."""

    stage: Stage
    script: Script
    channel: str
    number: int = 0
    campaign_ids: dict[str, str] = field(default_factory=dict)
    residents: list[Resident] = field(default_factory=list)
    hands: dict[str, Hands] = field(default_factory=dict)
    ids: list[int] = field(default_factory=list)
    named: dict[int, int] = field(default_factory=dict)  # turn -> message that one wrote
    shown_at: dict[int, int] = field(default_factory=dict)  # turn -> message that arrived
    before: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def set_up(self) -> None:
        """Everybody is in the register; nothing has been sent."""
        stage, script = self.stage, self.script
        self.number = next(stage.numbers)
        contacts = self._contacts()
        reached_by = "email" if self._is_linked() else self.channel
        wanted: Sequence[Any] = script.people or ({},)
        for place, who in enumerate(wanted, start=1):
            own = {reached_by: contacts[reached_by]} if reached_by != "web" else {}
            self.residents.append(
                Resident(
                    ref=f"t{self.number}-{place}",
                    language=who.get("language", script.language),
                    contacts=own,
                    groups=[self.campaign_id(script.survey)],
                    birth_year=int(who.get("born", 1980)),
                )
            )
        stage.telegram.acquaint([contacts["telegram"]])
        if script.app_language:
            stage.telegram.languages[contacts["telegram"]] = script.app_language
        self.hands = {
            "telegram": TelegramHands(stage.telegram, contacts["telegram"]),
            "sms": SmsHands(wire=stage.twilio, address=contacts["sms"]),
            "email": MailHands(wire=stage.mail, address=contacts["email"], seen=len(stage.mail.accepted)),
        }

    def campaign_id(self, survey: str) -> str:
        return self.campaign_ids.setdefault(survey, f"{survey}-{self.number}")

    def _contacts(self) -> dict[str, str]:
        return {
            "telegram": str(CHAT + self.number),
            "sms": f"{TELEPHONE}{self.number:04d}",
            "email": f"t{self.number}@post.example",
        }

    def _is_linked(self) -> bool:
        """Whether the resident first comes to this channel by a link."""
        return any(turn.move == "open" and turn.value == "link" for turn in self.script.turns)

    # --- one turn

    async def act(self, turn: scripts.Turn) -> None:
        """Make one move."""
        await self._do(turn, await self._hands_for(turn))

    async def look(self, turn: scripts.Turn) -> list[str]:
        """What has reached the resident since they last looked, as it is read on their device."""
        hands = await self._hands_for(turn)
        if isinstance(hands, WebHands) and turn.move in (*OF_THE_WORLD, "receive", "invite"):
            await hands.open()
        fresh = [self._at_home(text) for text in hands.received()]
        if isinstance(hands, TelegramHands) and fresh:
            self.shown_at[turn.place] = hands.newest()
        return fresh

    def _at_home(self, text: str) -> str:
        """With the addresses that every run would have."""
        for survey, campaign_id in self.campaign_ids.items():
            text = text.replace(f"{self.stage.base}/dialogue/{campaign_id}", f"{PUBLIC}/{survey}")
        for path, known in (("d", PERSONAL), ("u", UNSUBSCRIBED)):
            text = re.sub(rf"{re.escape(self.stage.base)}/{path}/[a-z2-7]+", known, text)
        return text.replace(self.stage.base, ADDRESS)

    async def _hands_for(self, turn: scripts.Turn) -> Hands:
        channel = turn.on or self.channel
        if channel == "web" and "web" not in self.hands:
            if turn.move == "receive":
                self._invite(self.script.survey)
            self.hands["web"] = WebHands(self.stage.browser, self._personal_url())
        return self.hands[channel]

    def _personal_url(self) -> str:
        campaign_id = self.campaign_id(self.script.survey)
        mine = self.stage.participation(campaign_id, self.ids[0])
        token = self.stage.service.shelf._links.token(mine.id)
        return f"{self.stage.base}/d/{token}"

    def _invite(self, survey: str) -> None:
        campaign_id = self.campaign_id(survey)
        groups = list(self.campaign_ids.values())
        residents = [Resident(r.ref, r.language, r.contacts, groups, r.birth_year) for r in self.residents]
        self.stage.invite(self.script, residents, survey, campaign_id)
        if self.channel == "web":
            for resident in residents:
                self.stage.join(campaign_id, resident)
        self.ids = self.ids or [self.stage.person_id(resident.ref) for resident in residents]

    async def _do(self, turn: scripts.Turn, hands: Hands) -> None:
        if turn.on and isinstance(hands, WebHands):
            await hands.open()  # the conversation has gone on elsewhere
        match turn.move:
            case "receive":
                if self.channel != "web":
                    self._invite(self.script.survey)
            case "invite":
                self._invite(turn.value)
            case "close":
                with self.stage.service.database.begin() as connection:
                    close_campaign(connection, self.campaign_id(self.script.survey), self.stage.clock.now())
            case "begin":
                await self._begin(turn, hands)
            case "open":
                await self._open(turn, hands)
            case "say":
                named = await hands.say(turn.value, turn.program)
                if named is not None:
                    self.named[turn.place] = named
            case "press":
                of = self.shown_at[turn.of] if turn.of else None
                await hands.press(turn.value, of)
            case "tick" | "rank":
                await hands.choose(turn.value, in_order=turn.move == "rank")
            case "share":
                await hands.share(*map(float, turn.value))
            case "edit":
                assert isinstance(hands, TelegramHands)
                await hands.edit(self.named[int(turn.value["turn"])], turn.value["text"])
            case "away":
                assert isinstance(hands, MailHands)
                await hands.answer_by_machine(turn.value)
            case "stop_link":
                assert isinstance(hands, MailHands)
                await hands.unsubscribe()

    async def _begin(self, turn: scripts.Turn, hands: Hands) -> None:
        if self.channel in BEGUN_BY_ITSELF:
            return
        if isinstance(hands, TelegramHands):
            arrival, data = hands._found(lambda label, data: data == "!begin", None)
            await self.stage.telegram.press(hands.address, arrival, data)
        else:
            await hands.say(turn.value)

    async def _open(self, turn: scripts.Turn, hands: Hands) -> None:
        if isinstance(hands, WebHands):
            await hands.open()
        elif isinstance(hands, TelegramHands):
            token = self._personal_url().rpartition("/")[2] if turn.value == "link" else ""
            await self.stage.telegram.start(hands.address, token)

    # --- what is left

    def answers(self, place: int = 0, survey: str = "") -> dict[str, str]:
        """What is stored of one of the residents: path to value."""
        return self.stage.answers(self.campaign_id(survey or self.script.survey), self.ids[place])

    def happened(self) -> list[str]:
        """What has changed in the store since it was last asked, in the words of a transcript."""
        lines = []
        for survey in self.campaign_ids:
            for place in range(len(self.ids)):
                name = self._name(place, survey)
                now, before = self.answers(place, survey), self.before.get((place, survey), {})
                lines += [f"Stored {name}{path} {value}" for path, value in now.items() if before.get(path) != value]
                lines += [f"Gone {name}{path}" for path in before if path not in now]
                self.before[place, survey] = now
        lines += self._acts()
        return lines

    def _name(self, place: int, survey: str) -> str:
        who = f"{self._who(place)} " if self.script.people else ""
        which = f"{survey} " if len(self.campaign_ids) > 1 else ""
        return f"{who}{which}"

    def _who(self, place: int) -> str:
        return str(self.script.people[place].get("name", place + 1))

    def _acts(self) -> list[str]:
        """Requests and departures, each told once."""
        places = {person_id: place for place, person_id in enumerate(self.ids)}
        found = {f"Requested {row.kind}" for row in self.stage.rows(request) if row.person_id in places}
        found |= {
            f"Left {self._who(places[row.person_id])}" if self.script.people else "Left"
            for row in self.stage.rows(opt_out)
            if row.person_id in places
        }
        parts = [self.stage.participation(c, i) for c in self.campaign_ids.values() for i in self.ids]
        found |= {f"Mode {part.mode}" for part in parts if part is not None and part.mode != "self"}
        fresh = found - self.told
        self.told |= found
        return sorted(fresh)

    def strike(self) -> None:
        """Clear the stage for the next."""
        self.stage.strike(list(self.campaign_ids.values()))
