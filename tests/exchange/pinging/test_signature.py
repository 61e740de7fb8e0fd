"""The signature of a ping: what is right, and everything that is not."""

import datetime as dt
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.pinging import signature
from tests.clock import NOW

KEY = "k" * 43
TIME = str(int(NOW.timestamp()))
BODY = '{"calendar":"神戸","change":7}'.encode()


def test_signature_is_hmac_of_time_dot_body() -> None:
    expected = hmac.new(KEY.encode(), TIME.encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert signature.signed(KEY, BODY, NOW) == {
        "Machigurumi-Timestamp": TIME,
        "Machigurumi-Signature": f"v1={expected}",
    }


RIGHT = signature.sign(KEY, TIME, BODY)
WRONG = {
    "of another key": signature.sign("other", TIME, BODY),
    "of another time": signature.sign(KEY, str(int(TIME) + 1), BODY),
    "of another body": signature.sign(KEY, TIME, BODY + b" "),
    "dot moved": signature.sign(KEY, f"{TIME}.", BODY[1:]),
    "truncated": RIGHT[:-1],
    "half": RIGHT[: 3 + 32],
    "longer": RIGHT + "0",
    "without version": RIGHT.removeprefix("v1="),
    "of another version": RIGHT.replace("v1=", "v2="),
    "empty": "",
    "version alone": "v1=",
    "unicode": "v1=" + "é" * 64,
    "wide digits": RIGHT.translate({ord("0") + n: ord("０") + n for n in range(10)}),
    "half of a letter": "v1=\udcff",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_signature(name: str) -> None:
    assert not signature.is_true(KEY, TIME, BODY, WRONG[name])


@pytest.mark.parametrize("given", [RIGHT, RIGHT.upper().replace("V1", "v1"), f" {RIGHT} "])
def test_right_signature(given: str) -> None:
    assert signature.is_true(KEY, TIME, BODY, given)


def test_without_a_key_no_signature_is_right() -> None:
    assert not signature.is_true("", TIME, BODY, signature.sign("", TIME, BODY))


@pytest.mark.parametrize(
    ("timestamp", "fresh"),
    [
        (TIME, True),
        (str(int(TIME) - 300), True),
        (str(int(TIME) - 301), False),
        (str(int(TIME) + 300), True),
        (str(int(TIME) + 301), False),
        ("", False),
        ("0", False),
        (f"+{TIME}", False),
        (f"-{TIME}", False),
        (f"{TIME}.0", False),
        (f" {TIME}", False),
        (f"{TIME}\n", False),
        ("9" * 11, False),
        ("9" * 4000, False),
        (TIME.translate({ord("0") + n: ord("٠") + n for n in range(10)}), False),
        ("now", False),
    ],
)
def test_window_is_five_minutes_on_either_side(timestamp: str, fresh: object) -> None:
    assert signature.is_fresh(timestamp, NOW) is fresh


@given(st.text(), st.binary(), st.text())
def test_nothing_made_up_is_a_signature(timestamp: str, body: bytes, given: str) -> None:
    assert not signature.is_true(KEY, timestamp.encode(errors="replace").decode(), body, given)
    assert signature.is_fresh(timestamp, NOW) in {True, False}


def test_fresh_to_the_second_of_a_moment_within_one() -> None:
    moment = NOW + dt.timedelta(milliseconds=900)
    sent = signature.signed(KEY, b"", moment)["Machigurumi-Timestamp"]
    assert signature.is_fresh(sent, moment)
