"""Names of zones as calendars have them, and the definitions of each feed for itself."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.exchange.reading.charsets import read
from app.exchange.reading.components import split
from app.exchange.reading.lines import take_apart
from app.exchange.reading.properties import parse
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
