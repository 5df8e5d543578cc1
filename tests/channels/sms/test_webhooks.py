"""Whether a call is Twilio's is told as Twilio's own library tells it, however it was signed."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from twilio.request_validator import RequestValidator

from channels.sms.webhooks import MOST_FIELDS, Doorkeeper, Forged, _form

VALIDATOR = RequestValidator("a token of the tests")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


def request(body: bytes, signature: str) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"x-twilio-signature", signature.encode("latin-1"))]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "path": "/sms/inbound",
            "query_string": b"",
            "headers": headers,
            "scheme": "http",
        },
        receive,
    )


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=6), st.sampled_from(["https://a.example", "https://a.example:443"]))
async def test_what_twilio_signed_is_admitted_with_all_that_it_says(pairs: list[tuple[str, str]], signed_for: str):
    doorkeeper = Doorkeeper(VALIDATOR, "https://a.example")
    given_twice: dict[str, list[str]] = {}
    for name, value in pairs:
        given_twice.setdefault(name, []).append(value)

    class Many(dict[str, list[str]]):
        getall = dict.__getitem__

    signature = VALIDATOR.compute_signature(f"{signed_for}/sms/inbound", Many(given_twice))
    admitted = await doorkeeper.admit(request(urlencode(pairs).encode(), signature))
    assert sorted(admitted.multi_items()) == sorted(pairs)


@given(st.text(st.sampled_from("ab=&+%2Bå🙏c3A5;\x00 "), max_size=40))
def test_a_form_is_read_as_the_standard_library_reads_it(body: str):
    try:
        expected = parse_qsl(body, keep_blank_values=True, errors="strict")
    except ValueError:
        with pytest.raises(ValueError, match="codec"):
            _form(body)
    else:
        assert _form(body).multi_items() == expected


def test_a_form_has_an_end():
    assert len(_form("&".join(["a=1"] * MOST_FIELDS)).multi_items()) == MOST_FIELDS
    with pytest.raises(ValueError, match="fields"):
        _form("&".join(["a=1"] * (MOST_FIELDS + 1)))


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), min_size=28, max_size=28))
async def test_no_other_signature_opens(signature: str):
    with pytest.raises(Forged):
        await Doorkeeper(VALIDATOR, "https://a.example").admit(request(b"Body=1", signature))


def test_what_is_said_and_by_whom_reaches_no_log():
    parameters = _form("From=%2B46701740001&Body=Ja")
    assert parameters == {"From": "+46701740001", "Body": "Ja"}
    assert "Ja" not in repr(parameters)
    assert "4670" not in f"{parameters}"
