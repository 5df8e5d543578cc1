"""How addresses are stored, and that strangers cannot make ours."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.addresses import OurAddresses, normalise
from channels.errors import AddressRefused

OURS = OurAddresses("svar.sjovik.example", b"secret")
OTHERS = OurAddresses("svar.sjovik.example", b"another secret")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Astrid.Ek@Post.Example ", "astrid.ek@post.example"),
        ("Astrid Ek <astrid@post.example>", "astrid@post.example"),
        ("mailto:astrid@post.example", "astrid@post.example"),
        ("astrid+park@post.example", "astrid+park@post.example"),
        ("info@sjövik.example", "info@xn--sjvik-kua.example"),
        ("astrid@post.example.", "astrid@post.example"),
    ],
)
def test_an_address_is_stored_in_one_form(written: str, stored: str) -> None:
    assert normalise(written) == stored


@pytest.mark.parametrize(
    "written",
    ["", "astrid", "@post.example", "astrid@", "astrid@post", "a b@post.example", "a..b@post.example", ".a@post.example",
     "åsa@post.example", "a@post.example\r\nBcc: b@post.example", "a" * 65 + "@post.example", "a@-post.example", "a@b@c.d\n"],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        normalise(written)
    assert not written.strip() or written.strip() not in str(refusal.value).replace("@", "", 1)


@given(st.text(max_size=80))
def test_normalising_twice_changes_nothing(written: str) -> None:
    try:
        once = normalise(written)
    except AddressRefused:
        return
    assert normalise(once) == once


@given(st.integers(min_value=1, max_value=2**63 - 1))
def test_a_bounce_address_names_its_message_in_any_case(message_id: int) -> None:
    assert OURS.bounced(OURS.bounce(message_id)) == message_id
    assert OURS.bounced(OURS.bounce(message_id).upper()) == message_id
    assert OURS.sent(OURS.message_id(message_id)) == message_id
    assert len(OURS.bounce(message_id).partition("@")[0]) <= 64


@pytest.mark.parametrize(
    "address",
    [
        OTHERS.bounce(7),
        OURS.bounce(7).replace("bounce+7.", "bounce+8."),
        OURS.bounce(7).replace("svar.", "fel."),
        "bounce+7@svar.sjovik.example",
        "bounce+.@svar.sjovik.example",
        "bounce+٧.abc@svar.sjovik.example",
        "dialog@svar.sjovik.example",
        "",
    ],
)
def test_a_forged_bounce_address_names_nothing(address: str) -> None:
    assert OURS.bounced(address) is None


def test_a_reply_address_keeps_the_tokens_case() -> None:
    assert OURS.token_in(OURS.reply("AbC-_9")) == "AbC-_9"
    assert OURS.token_in("Reply+AbC@SVAR.sjovik.example") == "AbC"
    assert OURS.token_in("reply+@svar.sjovik.example") is None
    assert OURS.token_in("reply+AbC@elsewhere.example") is None


@pytest.mark.parametrize("number", [0, 1, 7, 123_456, 2**62])
def test_a_signature_is_eight_bytes_of_keyed_blake2b_in_hexadecimal(number: int) -> None:
    """As messages sent long ago carry it: what comes back to them must still be known."""
    key = hmac.digest(b"secret", b"genklang mail addresses", "sha256")
    mark = hashlib.blake2b(f"message:{number}".encode(), key=key, digest_size=8).hexdigest()
    ours = OurAddresses("svar.sjovik.example", b"secret")
    assert ours.bounce(number) == f"bounce+{number}.{mark}@svar.sjovik.example"
    assert ours.bounced(ours.bounce(number)) == number
    assert ours.bounce_and_message_id(number) == (ours.bounce(number), ours.message_id(number))
