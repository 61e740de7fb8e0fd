"""Names of zones as calendars have them, and the definitions of each feed for itself."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange.reading.charsets import read
from app.exchange.reading.components import split
from app.exchange.reading.lines import take_apart
from app.exchange.reading.properties import parse
from app.exchange.reading.yearly import changes
from app.exchange.reading.zones import Zones, known

TOKYO = ZoneInfo("Asia/Tokyo")
NINE = dt.timezone(dt.timedelta(hours=9))


def zones(*parts: str, name: str = "Town") -> Zones:
    body = "\n".join(["BEGIN:VTIMEZONE", f"TZID:{name}", *parts, "END:VTIMEZONE"])
    return Zones(split(read(take_apart(body.encode()))).zones)


def part(kind: str, begins: str, before: str, after: str, *more: str) -> str:
    lines = [
        f"BEGIN:{kind}",
        f"DTSTART:{begins}",
        f"TZOFFSETFROM:{before}",
        f"TZOFFSETTO:{after}",
        *more,
        f"END:{kind}",
    ]
    return "\n".join(lines)


BERLIN = (
    part("DAYLIGHT", "19810329T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    part("STANDARD", "19961027T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
)


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Asia/Tokyo", TOKYO),
        ("asia/tokyo", TOKYO),
        ("/mozilla.org/20050126_1/Asia/Tokyo", TOKYO),
        ("/freeassociation.sourceforge.net/Tzfile/Asia/Tokyo", TOKYO),
        ("Tokyo Standard Time", TOKYO),
        ("JST", TOKYO),
        ("Japan", TOKYO),
        ("(UTC+09:00) Osaka, Sapporo, Tokyo", TOKYO),
        ("(GMT+09:00) 大阪、札幌、東京", TOKYO),
        ("東京 (標準時)", TOKYO),
        ("GMT+0900", NINE),
        ("UTC+9", NINE),
        ("+09:00", NINE),
        ("UTC", dt.UTC),
        ("Etc/UTC", dt.UTC),
        ("W. Europe Standard Time", ZoneInfo("Europe/Berlin")),
        ("America/Argentina/Buenos_Aires", ZoneInfo("America/Argentina/Buenos_Aires")),
        ("(UTC-05:00) Nowhere in particular", None),
        ("IST", None),
        ("Customized Time Zone", None),
        ("GMT+99", None),
        ("", None),
    ],
)
def test_names_of_zones(name: str, zone: ZoneInfo | dt.timezone | None) -> None:
    assert known(name) == zone


def test_definition_of_a_feed_moves_clocks_as_it_says() -> None:
    found, real = zones(*BERLIN), ZoneInfo("Europe/Berlin")
    for days in range(0, 800, 3):
        local = dt.datetime(2025, 1, 1, 12) + dt.timedelta(days=days)  # noqa: DTZ001
        assert found.moment(local, "Town") == local.replace(tzinfo=real).astimezone(dt.UTC)
    for hour in (1, 3, 4):
        local = dt.datetime(2026, 3, 29, hour)  # noqa: DTZ001
        assert found.moment(local, "Town") == local.replace(tzinfo=real).astimezone(dt.UTC)


def instant(found: Zones, local: str) -> str:
    return f"{found.moment(dt.datetime.fromisoformat(local), 'Town'):%m-%d %H:%M}"


def test_dates_of_a_definition_move_clocks_as_its_rules_do() -> None:
    """Programs write the past as a list of dates, on one line or on several."""
    found = zones(
        part("DAYLIGHT", "19970330T020000", "+0100", "+0200", "RDATE:19970330T020000,19980329T020000"),
        part("STANDARD", "19971026T030000", "+0200", "+0100", "RDATE:19971026T030000", "RDATE:19981025T030000"),
    )
    assert [instant(found, f"1998-{month}-01T12:00") for month in ("01", "07")] == ["01-01 11:00", "07-01 10:00"]


@pytest.mark.parametrize("until", ["20061029T010000Z", "20061029T030000", "20061029"])
def test_last_change_of_a_rule_is_one(until: str) -> None:
    """UNTIL is in UTC, the change in clocks of the place (RFC 5545, 3.6.5): east of Greenwich they show more."""
    found = zones(
        part("DAYLIGHT", "20060326T020000", "+0100", "+0200"),
        part("DAYLIGHT", "20070325T020000", "+0100", "+0200"),
        part("STANDARD", "20051030T030000", "+0200", "+0100", f"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL={until}"),
    )
    assert [instant(found, f"2006-{month}-01T12:00") for month in ("07", "12")] == ["07-01 10:00", "12-01 11:00"]


def test_time_that_clocks_skip_counts_from_before() -> None:
    """RFC 5545, 3.3.5: with the offset from before the gap; a time that comes twice is the first one."""
    found = zones(*BERLIN)
    assert instant(found, "2026-03-29T02:30") == "03-29 01:30"
    assert instant(found, "2026-10-25T02:30") == "10-25 00:30"


def test_rule_that_never_comes_true_takes_no_time() -> None:
    """A first Sunday after the 15th: written by a real program, again and again in one definition."""
    never = "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=15,16,17,18,19,20,21;BYDAY=1SU"
    began = time.process_time()
    found = zones(*(part("STANDARD", f"{1980 + n}0217T000000", "-0200", "-0300", never) for n in range(40)))
    assert instant(found, "2026-05-01T12:00") == "05-01 15:00"
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=YEARLY;COUNT=3", ["2026-03-29", "2027-03-29", "2028-03-29"]),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=3", ["2026-03-29", "2027-03-28", "2028-03-26"]),
        ("FREQ=YEARLY;BYMONTH=10;BYDAY=2SU;COUNT=2", ["2026-03-29", "2026-10-11"]),
        ("FREQ=YEARLY;BYMONTH=4;BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14;COUNT=3", [
            "2026-03-29", "2026-04-12", "2027-04-11"]),
        ("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=-1;INTERVAL=2;COUNT=3", ["2026-03-29", "2026-04-30", "2028-04-30"]),
        ("FREQ=YEARLY;BYMONTH=9;BYDAY=MO,TU;BYSETPOS=-1;UNTIL=20270930", ["2026-03-29", "2026-09-29", "2027-09-28"]),
        ("freq=yearly; bymonth=2; byday=5SU; count=2", ["2026-03-29", "2032-02-29"]),
    ],
)  # fmt: skip
def test_days_on_which_a_rule_moves_clocks(rule: str, days: list[str]) -> None:
    found = changes(rule, dt.datetime(2026, 3, 29, 2), dt.timedelta(hours=1))  # noqa: DTZ001
    assert [f"{one:%Y-%m-%d}" for one in found][: len(days)] == days


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 12),
    st.sampled_from(
        ["BYDAY=-1SU", "BYDAY=2SU", "BYDAY=1FR", "BYDAY=SU;BYMONTHDAY=8,9,10,11,12,13,14", "BYMONTHDAY=-3"]
    ),
    st.integers(1, 3),
)
def test_days_are_those_of_an_independent_implementation(month: int, days: str, interval: int) -> None:
    rule, begins = f"FREQ=YEARLY;BYMONTH={month};{days};INTERVAL={interval}", dt.datetime(1990, 1, 1, 2)  # noqa: DTZ001
    theirs = rrulestr(f"{rule};UNTIL=20991231T000000", dtstart=begins)
    assert changes(rule, begins, dt.timedelta()) == sorted({begins, *theirs})


def test_same_name_means_in_each_feed_what_that_feed_says() -> None:
    local = dt.datetime(2026, 5, 1, 10)  # noqa: DTZ001
    east = zones(part("STANDARD", "19700101T000000", "+0900", "+0900"))
    west = zones(part("STANDARD", "19700101T000000", "-0500", "-0500"))
    assert east.moment(local, "Town") == dt.datetime(2026, 5, 1, 1, tzinfo=dt.UTC)
    assert west.moment(local, "Town") == dt.datetime(2026, 5, 1, 15, tzinfo=dt.UTC)
    assert zones().moment(local, "Town") is None


@pytest.mark.parametrize(
    "broken",
    [
        part("STANDARD", "19700101T000000", "+0900", "nine"),
        part("STANDARD", "long ago", "+0900", "+0900"),
        part("STANDARD", "19700101T000000", "+0900", "+0900", "RRULE:FREQ=SECONDLY"),
        part("STANDARD", "19700101T000000", "+0900", "+0900", "RRULE:nonsense"),
        "BEGIN:STANDARD\nEND:STANDARD",
    ],
)
def test_definition_that_cannot_be_read_defines_nothing(broken: str) -> None:
    assert zones(broken).find("Town") is None
    assert zones(broken, name="Asia/Tokyo").find("Asia/Tokyo") == TOKYO


@pytest.mark.parametrize(
    ("line", "parameters", "value"),
    [
        ("DTSTART;TZID=Asia/Tokyo:20260501T100000", {"TZID": "Asia/Tokyo"}, "20260501T100000"),
        ('DTSTART;TZID="Asia/Tokyo";VALUE=DATE:20260501', {"TZID": "Asia/Tokyo", "VALUE": "DATE"}, "20260501"),
        ('DTSTART;TZID="(UTC+09:00) Tokyo":20260501', {"TZID": "(UTC+09:00) Tokyo"}, "20260501"),
        (
            "DTSTART;TZID=(UTC+09:00) Osaka, Sapporo, Tokyo:20260501T100000",
            {"TZID": "(UTC+09:00) Osaka, Sapporo, Tokyo"},
            "20260501T100000",
        ),
        ("SUMMARY:a: b; c, d", {}, "a: b; c, d"),
        ('ATTENDEE;CN="Sato; Ken, Dr";ROLE=CHAIR:mailto:a@example.org', {"CN": "Sato; Ken, Dr", "ROLE": "CHAIR"},
         "mailto:a@example.org"),
        ("summary;language=ja:春", {"LANGUAGE": "ja"}, "春"),
        ("X;A=^n^^^':v", {"A": '\n^"'}, "v"),
    ],
)  # fmt: skip
def test_property_is_read_as_it_was_meant(line: str, parameters: dict[str, str], value: str) -> None:
    found = parse(line, 7)
    assert found is not None
    assert (found.parameters, found.value, found.number) == (parameters, value, 7)


def test_escapes_of_texts_are_undone() -> None:
    found = parse(r"SUMMARY:a\, b\; c\\n\nd\N", 1)
    assert found is not None
    assert found.text == "a, b; c\\n\nd\n"


@pytest.mark.parametrize("line", ["", "no property", ";X=1:2", "X;A", "X;A=1"])
def test_line_that_is_no_property(line: str) -> None:
    assert parse(line, 1) is None
