"""Signatures hang on all they should, and base32 is the standard library's."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.marks import Seal, base32, key_of


@given(st.binary(max_size=200), st.binary(max_size=5000), st.sampled_from([8, 10]))
def test_a_signature_hangs_on_every_bit_of_secret_use_and_message(secret: bytes, message: bytes, size: int) -> None:
    key = key_of(secret, "one use")
    mark = Seal(key, size)(message)
    assert len(mark) == size
    assert mark == hashlib.blake2b(message, key=hmac.digest(secret, b"one use", "sha256"), digest_size=size).digest()
    assert mark != Seal(key, size)(message + b"\x00")
    assert mark != Seal(key_of(secret, "another use"), size)(message)
    assert mark != Seal(key_of(secret + b"\x01", "one use"), size)(message)


@given(st.integers(0, 20).flatmap(lambda size: st.binary(min_size=size, max_size=size)))
def test_base32_is_the_standard_librarys_in_lower_case_without_padding(raw: bytes) -> None:
    assert base32(raw) == base64.b32encode(raw).decode().rstrip("=").lower()


def test_base32_of_more_than_it_can_spell_is_refused() -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        base32(bytes(21))
