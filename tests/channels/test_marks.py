"""Signatures and base32 are those that the standard library makes in one go."""

from __future__ import annotations

import base64
import hmac

from hypothesis import given
from hypothesis import strategies as st

from channels.marks import Keyed, base32, base32_of_eight


@given(st.binary(max_size=200), st.binary(max_size=5000), st.sampled_from(["sha1", "sha256"]))
def test_a_signature_is_the_same_each_time(key: bytes, message: bytes, algorithm: str) -> None:
    keyed = Keyed(key, algorithm)
    assert keyed.digest(message) == hmac.digest(key, message, algorithm)
    assert keyed.digest(message) == keyed.digest(message)


@given(st.binary(max_size=40))
def test_base32_is_the_standard_librarys_in_lower_case_without_padding(raw: bytes) -> None:
    assert base32(raw) == base64.b32encode(raw).decode().rstrip("=").lower()


@given(st.binary(min_size=8, max_size=8))
def test_base32_of_eight_bytes_is_the_same(raw: bytes) -> None:
    assert base32_of_eight(raw) == base32(raw)
