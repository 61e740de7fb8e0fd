"""Times as platforms write them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.online.reports.moments import ORDERS, Clock, Order, clock_of

TOKYO = ZoneInfo("Asia/Tokyo")
BEGUN = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)


def utc(text: str, order: Order = "mdy", zone: ZoneInfo = TOKYO) -> str:
    found = Clock(order, zone).moment(text)
    return found.strftime("%Y-%m-%d %H:%M:%S") if found else "none"


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("11/21/2026 09:50:12 AM", "mdy", "2026-11-21 00:50:12"),
        ("11/21/26, 4:16:54\u202fPM", "mdy", "2026-11-21 07:16:54"),
        ("11/21/2026 12:00:00 AM", "mdy", "2026-11-20 15:00:00"),
        ("11/21/2026 12:00:00 PM", "mdy", "2026-11-21 03:00:00"),
        ("21/11/2026, 16:16", "dmy", "2026-11-21 07:16:00"),
        ("21.11.26, 16:16:54", "dmy", "2026-11-21 07:16:54"),
        ("2026/11/21 16:16:54", "mdy", "2026-11-21 07:16:54"),
        ("2026/11/21 午後4:16:54", "mdy", "2026-11-21 07:16:54"),
        ("2026/11/21 下午4:16:54", "dmy", "2026-11-21 07:16:54"),
        ("2026. 11. 21. 오후 4:16:54", "mdy", "2026-11-21 07:16:54"),
        ("2026年11月21日 16時16分54", "mdy", "2026-11-21 07:16:54"),
        ("26/11/21 16:16:54", "ymd", "2026-11-21 07:16:54"),
        ("2026-11-21T10:00:00Z", "mdy", "2026-11-21 10:00:00"),
        ("2026-11-21T10:00:00+09:00", "dmy", "2026-11-21 01:00:00"),
        ("2026-11-21 10:00:00.250", "dmy", "2026-11-21 01:00:00"),
        ("11/21/2026 10:00:00 UTC", "mdy", "2026-11-21 10:00:00"),
        ("11/21/2026 10:00:00 -05:00", "mdy", "2026-11-21 15:00:00"),
        ("", "mdy", "none"),
        ("--", "mdy", "none"),
        ("yesterday", "mdy", "none"),
        ("11/21/2026", "mdy", "none"),
        ("21/11/2026 10:00", "mdy", "none"),
        ("02/30/2026 10:00", "mdy", "none"),
        ("11/21/2026 25:00", "mdy", "none"),
        ("11/21/2026 10:61", "mdy", "none"),
        ("01/01/0001 00:00:00", "mdy", "none"),
        ("1:2:3 4/5", "mdy", "none"),
    ],
)
def test_a_time_is_read_as_it_is_written(text: str, order: Order, expected: str) -> None:
    assert utc(text, order) == expected


def test_clock_zone_is_that_of_times_that_name_none() -> None:
    assert utc("11/21/2026 10:00:00", zone=ZoneInfo("America/New_York")) == "2026-11-21 15:00:00"
    assert utc("2026-11-21T10:00:00+09:00", zone=ZoneInfo("America/New_York")) == "2026-11-21 01:00:00"


@pytest.mark.parametrize(
    ("texts", "about", "order"),
    [
        (["11/21/2026 10:00", "11/21/2026 11:00"], BEGUN, "mdy"),
        (["21/11/2026 10:00"], BEGUN, "dmy"),
        (["12/11/2026 10:00"], BEGUN.replace(day=12), "dmy"),
        (["12/11/2026 10:00"], BEGUN.replace(month=12, day=11), "mdy"),
        (["01/02/2026 10:00", "13/02/2026 10:00"], BEGUN, "dmy"),
        (["26/11/21 10:00"], BEGUN, "ymd"),
        ([], BEGUN, "mdy"),
    ],
)
def test_order_of_day_and_month_is_the_one_near_the_session(texts: list[str], about: dt.datetime, order: Order) -> None:
    assert clock_of(texts, about=about, zone=TOKYO).order == order


@given(st.text(max_size=60))
def test_no_text_breaks_a_clock(text: str) -> None:
    for order in ORDERS:
        found = Clock(order, TOKYO).moment(text)
        assert found is None or found.tzinfo is dt.UTC


@given(st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2090, 1, 1)))  # noqa: DTZ001  # what clocks show
def test_what_is_written_comes_back(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0)
    expected = moment.replace(tzinfo=TOKYO).astimezone(dt.UTC)
    for order, form in (("mdy", "%m/%d/%Y, %I:%M:%S %p"), ("dmy", "%d.%m.%y %H:%M:%S"), ("ymd", "%Y/%m/%d %H:%M:%S")):
        assert Clock(order, TOKYO).moment(moment.strftime(form)) == expected  # type: ignore[arg-type]
