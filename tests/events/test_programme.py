"""On which days a session lies."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest

from app.events.programme import days_of
from app.events.schemas import Session

TOKYO = dt.timezone(dt.timedelta(hours=9))


def session(starts: dt.datetime, ends: dt.datetime) -> Session:
    values: dict[str, Any] = {key: {} for key in ("title", "description", "room")} | {"languages": [], "speakers": []}
    return Session(
        id=UUID(int=1),
        event=UUID(int=2),
        venue=None,
        slug="a",
        mode="on_site",
        starts_at=starts,
        ends_at=ends,
        capacity=None,
        revision=0,
        changed_at=starts,
        **values,
    )


@pytest.mark.parametrize(
    ("starts", "ends", "first", "last"),
    [
        ((21, 10, 0), (21, 11, 0), 21, 21),
        ((21, 0, 0), (22, 0, 0), 21, 21),
        ((21, 22, 0), (22, 0, 1), 21, 22),
        ((21, 9, 0), (24, 18, 0), 21, 24),
    ],
)
def test_days_of_a_session(starts: tuple[int, int, int], ends: tuple[int, int, int], first: int, last: int) -> None:
    begin, end = (dt.datetime(2026, 11, *moment, tzinfo=TOKYO).astimezone(dt.UTC) for moment in (starts, ends))
    assert days_of(session(begin, end), "Asia/Tokyo") == (dt.date(2026, 11, first), dt.date(2026, 11, last))
