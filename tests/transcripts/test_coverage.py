"""What the transcripts cover together: every rule, every language, every channel."""

from __future__ import annotations

from collections import Counter

import pytest

from locales import codes
from tests.transcripts.rules import RULES
from tests.transcripts.scripts import CHANNELS, Recorded, Script, paths, record, script, scripts

ALL = list(scripts())


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_shown_by_a_transcript(rule: str) -> None:
    assert [one.name for one in ALL if rule in one.rules], f"no transcript says “rule: {rule}”"


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_transcript_names_rules_that_there_are(one: Script) -> None:
    assert set(one.rules) <= set(RULES)
    assert one.about.endswith(".")


@pytest.mark.parametrize("code", codes())
def test_every_language_is_spoken_in_two_or_more(code: str) -> None:
    assert sum(one.language == code for one in ALL) >= 2


def test_there_are_many_and_each_channel_has_its_own() -> None:
    assert len(paths()) >= 60
    own = Counter(one.channel for one in ALL)
    assert {channel for channel in CHANNELS if not own[channel]} <= {"terminal"}


def test_most_pass_over_every_wire() -> None:
    assert sum(set(one.channels) == set(CHANNELS) for one in ALL if not one.needs_service) >= 60


# --- recording leaves alone what people wrote


WRITTEN = """\
rule: skip
about: A remark stays where it stands.
language: sv
channel: sms
survey: park
turns:
  - receive: invitation
  # He thinks about it.
  - say: ja
    events: Answered /data/uses y
    texts:
      - |-
        Gammalt

  - say: 'nej: kanske'
answers: {}
"""


def test_recording_changes_only_texts_and_missing_events(tmp_path) -> None:
    path = tmp_path / "one.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    told = [Recorded(["Hej"], ["Invited"]), Recorded(["Ett\n\n  två"], ["Other"]), Recorded([], ["Asked /x: y"])]
    record(path, told)
    assert path.read_text(encoding="utf-8") == WRITTEN.replace(
        "  - receive: invitation\n",
        "  - receive: invitation\n    events:\n      - Invited\n    texts:\n      - |-\n        Hej\n",
    ).replace("      - |-\n        Gammalt\n", "      - |-\n        Ett\n\n          två\n").replace(
        "  - say: 'nej: kanske'\n", "  - say: 'nej: kanske'\n    events:\n      - 'Asked /x: y'\n    texts: []\n"
    )
    before = path.read_text(encoding="utf-8")
    record(path, told)
    assert path.read_text(encoding="utf-8") == before
    assert script(path).turns[1].texts == ("Ett\n\n  två",)
    script.cache_clear()
