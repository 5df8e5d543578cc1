"""Personal tokens: ours are read back, everybody else's are not."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from service.links import Links

LINKS = Links(b"a secret of at least thirty-two bytes", "https://dialog.sjovik.example/")


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_token_names_its_participation_and_fits_every_wire(number: int) -> None:
    token = LINKS.token(number)
    assert LINKS.participation_id(token) == number
    assert re.fullmatch(r"[a-z2-7]{1,32}", token)  # a Telegram deep link, the local part of an address


@given(st.integers(min_value=1, max_value=2**40))
def test_a_token_survives_mail_systems_that_change_its_case(number: int) -> None:
    assert LINKS.participation_id(LINKS.token(number).upper()) == number


@given(st.text(max_size=80))
def test_what_was_not_signed_by_us_names_nobody(token: str) -> None:
    assert LINKS.participation_id(token) is None


@given(
    st.integers(min_value=1, max_value=2**40), st.integers(min_value=0, max_value=200), st.sampled_from("abcdefgh2345")
)
def test_a_changed_token_names_nobody_else(number: int, place: int, letter: str) -> None:
    token = LINKS.token(number)
    place %= len(token)
    changed = token[:place] + letter + token[place + 1 :]
    assert LINKS.participation_id(changed) in (None, number)  # the last letter carries bits that do not count


def test_another_secret_makes_other_tokens() -> None:
    other = Links(b"another secret of at least thirty-two", "https://dialog.sjovik.example")
    assert other.participation_id(LINKS.token(7)) is None


def test_links_stand_under_the_public_address() -> None:
    assert LINKS.personal_url(7) == f"https://dialog.sjovik.example/d/{LINKS.token(7)}"
    assert LINKS.unsubscribe_url(7) == f"https://dialog.sjovik.example/u/{LINKS.token(7)}"
    assert LINKS.public_url("torget") == "https://dialog.sjovik.example/dialogue/torget"
