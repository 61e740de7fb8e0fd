"""Series by the examples of RFC 5545, 3.8.5.3, across summer time, with dates added and left out."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest

from app.exchange.reading.recurrence import MOST, instances
from app.exchange.schemas import Incoming
from tests.exchange.reading.reading import calendar

NEW_YORK = ZoneInfo("America/New_York")
SINCE = dt.datetime(1997, 9, 1, tzinfo=dt.UTC)
LATER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def series(*lines: str, start: str = "DTSTART;TZID=America/New_York:19970902T090000", more: str = "") -> list[Incoming]:
    text = "\n".join(["BEGIN:VEVENT", "UID:u", start, *lines, "SUMMARY:s", "END:VEVENT", more])
    return list(calendar(text.encode(), zone="America/New_York").events)


def days(*lines: str, start: str = "DTSTART;TZID=America/New_York:19970902T090000", until: dt.datetime = LATER) -> str:
    """Return the days on which a series takes place, of the first months; all at nine in New York."""
    event = series(*lines, start=start)[0]
    found = [one.astimezone(NEW_YORK) for one, _end in instances(event, since=SINCE, until=until)]
    assert {one.hour for one in found} == {9}
    return " ".join(f"{one.month}/{one.day}" for one in found)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", "9/2 9/3 9/4"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", "9/2 9/12 9/22 10/2 10/12"),
        ("FREQ=DAILY;UNTIL=19970905T000000Z", "9/2 9/3 9/4"),
        ("FREQ=DAILY;UNTIL=19970904", "9/2 9/3 9/4"),
        ("FREQ=DAILY;UNTIL=19970904T090000", "9/2 9/3 9/4"),
        ("FREQ=DAILY;UNTIL=19970904T130000Z", "9/2 9/3 9/4"),
        ("FREQ=DAILY;UNTIL=19970904T125959Z", "9/2 9/3"),
        ("FREQ=WEEKLY;COUNT=10", "9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4"),
        ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2"),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16"),
        ("FREQ=MONTHLY;BYMONTHDAY=2,15;COUNT=10", "9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1/2 1/15"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "9/2 9/4 10/7 11/6"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;UNTIL=19971201T000000Z",
         "9/2 9/9 9/16 9/23 9/30 11/4 11/11 11/18 11/25"),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=9;BYMONTHDAY=2", "9/2 9/2"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "9/2"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4", "9/2 9/30 10/31 11/30 12/31"),
    ],
)  # fmt: skip
def test_examples_of_the_standard(rule: str, expected: str) -> None:
    assert days(f"RRULE:{rule}") == expected


def test_clocks_decide_across_summer_time() -> None:
    event = series("RRULE:FREQ=WEEKLY;COUNT=10")[0]
    found = [one.hour for one, _end in instances(event, since=SINCE, until=LATER)]
    assert found == [13] * 8 + [14] * 2  # clocks went back on 26 October 1997


def test_end_follows_each_start() -> None:
    event = series("DTEND;TZID=America/New_York:19970902T113000", "RRULE:FREQ=WEEKLY;COUNT=10")[0]
    spans = {end - start for start, end in instances(event, since=SINCE, until=LATER)}
    assert spans == {dt.timedelta(hours=2, minutes=30)}


def test_day_is_as_long_as_it_is() -> None:
    event = series("RRULE:FREQ=DAILY;COUNT=2", start="DTSTART;VALUE=DATE:19971025")[0]
    found = instances(event, since=SINCE, until=LATER)
    assert [end - start for start, end in found] == [dt.timedelta(hours=24), dt.timedelta(hours=25)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("EXDATE;TZID=America/New_York:19970903T090000", "9/2 9/4"),
        ("EXDATE:19970903T130000Z", "9/2 9/4"),
        ("EXDATE:19970903T090000", "9/2 9/4"),
        ("EXDATE;VALUE=DATE:19970903", "9/2 9/4"),
        ("EXDATE;TZID=Eastern Standard Time:19970903T090000,19970904T090000", "9/2"),
        ("EXDATE;TZID=Nowhere:19970903T090000", "9/2 9/4"),
        ("EXDATE:19970902T130000Z", "9/3 9/4"),
        ("EXDATE:junk", "9/2 9/3 9/4"),
        ("RDATE;TZID=America/New_York:19970910T090000", "9/2 9/3 9/4 9/10"),
        ("RDATE;VALUE=PERIOD:19970910T130000Z/PT1H", "9/2 9/3 9/4 9/10"),
        ("RDATE;VALUE=DATE:19970910,19970911", "9/2 9/3 9/4 9/10 9/11"),
        ("RDATE:19970903T130000Z", "9/2 9/3 9/4"),
    ],
)
def test_dates_are_added_and_left_out(line: str, expected: str) -> None:
    assert days("RRULE:FREQ=DAILY;COUNT=3", line) == expected


def exception(recurrence_id: str, start: str, *more: str) -> str:
    return "\n".join(["BEGIN:VEVENT", "UID:u", recurrence_id, start, *more, "END:VEVENT"])


@pytest.mark.parametrize(
    ("recurrence_id", "start", "more", "expected"),
    [
        ("RECURRENCE-ID;TZID=America/New_York:19970903T090000", "DTSTART:19970905T130000Z", (), "9/2 9/4 9/5"),
        ("RECURRENCE-ID:19970903T130000Z", "DTSTART:19970905T130000Z", (), "9/2 9/4 9/5"),
        ("RECURRENCE-ID;VALUE=DATE:19970903", "DTSTART:19970905T130000Z", (), "9/2 9/4 9/5"),
        ("RECURRENCE-ID:19970903T130000Z", "DTSTART:19970903T130000Z", ("STATUS:CANCELLED",), "9/2 9/4"),
    ],
)
def test_instance_that_is_written_by_itself_stands_in_place_of_the_rule(
    recurrence_id: str, start: str, more: tuple[str, ...], expected: str
) -> None:
    event, *others = series("RRULE:FREQ=DAILY;COUNT=3", more=exception(recurrence_id, start, *more))
    found = [one.astimezone(NEW_YORK) for one, _end in instances(event, others, since=SINCE, until=LATER)]
    assert " ".join(f"{one.month}/{one.day}" for one in found) == expected


def test_two_years_and_a_thousand_times_are_enough() -> None:
    event = series("RRULE:FREQ=DAILY")[0]
    assert len(instances(event, since=SINCE, until=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))) == 731 - 1
    hourly = series("RRULE:FREQ=HOURLY")[0]
    assert len(instances(hourly, since=SINCE, until=LATER)) == MOST


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31;COUNT=3",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=-31",
        "FREQ=HOURLY;COUNT=999999",
        "FREQ=DAILY;BYSETPOS=5",
        "FREQ=WEEKLY;BYMONTH=1;BYYEARDAY=200",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15;BYMINUTE=0,1,2,3,4,5,6,7,8,9",
    ],
)
def test_no_rule_takes_long(rule: str) -> None:
    event = series(f"RRULE:{rule}", start="DTSTART:18000101T090000Z")[0]
    began = time.process_time()
    assert len(instances(event, since=SINCE, until=LATER)) <= MOST
    assert time.process_time() - began < 2


def test_what_goes_on_is_among_them() -> None:
    event = series("DURATION:P2D", "RRULE:FREQ=WEEKLY;COUNT=2", start="DTSTART:19970830T130000Z")[0]
    assert [one.day for one, _end in instances(event, since=SINCE, until=LATER)] == [30, 6]
