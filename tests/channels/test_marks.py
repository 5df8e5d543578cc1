"""Signatures hang on all they should, and base32 is the standard library's."""

from __future__ import annotations

import base64
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from channels.marks import base32, key_of, sealed


@given(st.binary(max_size=200), st.binary(max_size=5000), st.sampled_from([8, 10]))
def test_a_signature_hangs_on_every_bit_of_secret_use_and_message(secret: bytes, message: bytes, size: int) -> None:
    key = key_of(secret, "one use")
    mark = sealed(key, message, size)
    assert len(mark) == size
    assert mark == hashlib.blake2b(message, key=hmac.digest(secret, b"one use", "sha256"), digest_size=size).digest()
    assert mark != sealed(key, message + b"\x00", size)
    assert mark != sealed(key_of(secret, "another use"), message, size)
    assert mark != sealed(key_of(secret + b"\x01", "one use"), message, size)


@given(st.binary(max_size=40))
def test_base32_is_the_standard_librarys_in_lower_case_without_padding(raw: bytes) -> None:
    assert base32(raw) == base64.b32encode(raw).decode().rstrip("=").lower()
