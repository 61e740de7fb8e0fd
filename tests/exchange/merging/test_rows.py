"""Events as rows and back: nothing changes on the way but what no table can hold."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.merging import rows
from app.exchange.schemas import Incoming, Position
from tests.clock import NOW

LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
WORDS = st.dictionaries(LETTERS, LETTERS, max_size=3)
DAYS = st.none() | st.dates()
MOMENTS = st.datetimes(min_value=dt.datetime(1900, 1, 1), max_value=dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
EVENTS = st.builds(
    Incoming,
    uid=LETTERS,
    made_uid=st.booleans(),
    sequence=st.integers(0, 10**9),
    last_modified=st.none() | MOMENTS,
    stamp=st.none() | MOMENTS,
    starts_at=MOMENTS,
    ends_at=MOMENTS,
    first_day=DAYS,
    last_day=DAYS,
    title=LETTERS,
    titles=WORDS,
    description=LETTERS,
    place=LETTERS,
    position=st.none() | st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)),
    url=LETTERS,
    email=LETTERS,
    categories=st.lists(LETTERS, max_size=3).map(tuple),
    status=st.sampled_from(["confirmed", "tentative", "cancelled"]),
    access=st.sampled_from(["public", "private", "confidential"]),
    called_off=st.booleans(),
    recurrence=st.lists(LETTERS, max_size=2).map(tuple),
    others=WORDS,
    digest=st.binary(min_size=32, max_size=32),
    number=st.integers(0, 10**6),
)
EVENT = Incoming(uid="a", starts_at=NOW, ends_at=NOW, title="花火", digest=bytes(32))


def back(event: Incoming) -> Incoming:
    """Return an event as it comes back from its row."""
    return rows.incoming(dict(zip(rows.COLUMNS, rows.values(event), strict=True)))


@given(EVENTS)
def test_row_says_what_the_event_said(event: Incoming) -> None:
    assert back(event) == event


@pytest.mark.parametrize(
    ("field", "written", "stored"),
    [
        ("title", "a\0b", "ab"),
        ("description", "a\0b\\u0000", "ab\\u0000"),
        ("place", "\ud83c", ""),
        ("others", {"a\0": "\udf86b"}, {"a": "b"}),
        ("categories", ("\0",), ("",)),
    ],
)
def test_what_no_text_can_hold_is_left_out(field: str, written: object, stored: object) -> None:
    found = back(msgspec.structs.replace(EVENT, **{field: written}))
    assert getattr(found, field) == stored
    assert found.digest == EVENT.digest


@pytest.mark.parametrize("uid", ["x" * 5000, "é" * 300, "a\0b", "\0", "\ud83c"])
def test_odd_name_is_stored_under_one_of_its_own(uid: str) -> None:
    stored = rows.stored_uid(uid)
    assert len(stored) <= rows.LONGEST_UID
    assert "\0" not in stored
    stored.encode()
    assert stored == rows.stored_uid(uid) != rows.stored_uid(uid + "x")
    assert back(msgspec.structs.replace(EVENT, uid=uid, title="a\0")).uid == stored
