"""A file as a whole: what is known is not parsed, what shares a name is told apart, and nothing is ever raised."""

import datetime as dt
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exchange.reading.codes import FINDINGS, PROBLEMS
from app.exchange.schemas import Incoming, Kind, Reading
from tests.exchange.reading.making import feed
from tests.exchange.reading.reading import calendar, file

CORPUS = Path(__file__).parent.parent / "corpus"
LISTS = Path(__file__).parent.parent / "municipal" / "data"
FEEDS = [path.read_bytes() for path in sorted(CORPUS.glob("*.ics"))]
SHIFTED = (
    "BEGIN:VTIMEZONE\nTZID:Town\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0{0}00\n"
    "TZOFFSETTO:+0{0}00\nEND:STANDARD\nEND:VTIMEZONE\n"
)
"""A zone of a feed's own, so many hours ahead of UTC."""


def event(uid: str, *lines: str, start: str = "DTSTART:20260501T010000Z") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", start, *lines, "END:VEVENT", ""])


def read(*parts: str, known: frozenset[bytes] = frozenset(), zone: str = "Asia/Tokyo") -> Reading:
    return calendar("".join(["BEGIN:VCALENDAR\n", *parts, "END:VCALENDAR\n"]).encode(), known=known, zone=zone)


def codes(found: Reading) -> list[str]:
    return [one.code for one in found.findings if one.code != "title_missing"]


def digests(found: Reading) -> frozenset[bytes]:
    return frozenset(one.digest for one in found.events)


def test_what_is_known_is_not_parsed_again() -> None:
    first = calendar(feed(20))
    again = calendar(feed(20, stamp="20270101T000000Z", changed=frozenset({3})), known=digests(first))
    assert [one.uid for one in again.events] == ["event-3@city.example"]
    assert set(again.kept) == digests(first) - {first.events[3].digest}


def test_zone_of_a_feed_is_part_of_what_its_events_say() -> None:
    town = event("a", start="DTSTART;TZID=Town:20260501T100000")
    first = read(SHIFTED.format(9), town)
    assert read(
        SHIFTED.format(9).replace("TZID:Town", "TZID:Town\nX-COMMENT:made today"), town, known=digests(first)
    ).kept
    moved = read(SHIFTED.format(8), town, known=digests(first))
    assert [one.starts_at.hour for one in (*first.events, *moved.events)] == [1, 2]


def test_other_zone_of_the_source_reads_everything_again() -> None:
    floating = event("a", start="DTSTART:20260501T100000")
    first = read(floating)
    assert [one.starts_at.hour for one in read(floating, known=digests(first), zone="Europe/Berlin").events] == [8]


def test_events_that_share_a_name_are_told_apart() -> None:
    found = read(event("a", "SUMMARY:x"), event("a", "SUMMARY:y", start="DTSTART:20260502T010000Z"))
    assert [(one.uid, one.made_uid) for one in found.events] == [("a", False), ("a#20260502T010000Z", True)]
    assert codes(found) == ["uid_repeated"]


@pytest.mark.parametrize(
    "other",
    [
        event("a", "SUMMARY:x", "SEQUENCE:1", start="DTSTART:20260502T010000Z"),
        event("a", "SUMMARY:x", "LAST-MODIFIED:20260101T000000Z", start="DTSTART:20260502T010000Z"),
        event("a", "SUMMARY:y"),
        event("a", "SUMMARY:x", "RECURRENCE-ID:20260501T010000Z", start="DTSTART:20260502T010000Z"),
    ],
)
def test_versions_and_instances_keep_their_name(other: str) -> None:
    assert {one.uid for one in read(event("a", "SUMMARY:x"), other).events} == {"a"}


def test_known_event_that_shares_its_name_is_parsed_with_the_other() -> None:
    first = read(event("a", "SUMMARY:x"))
    again = read(
        event("a", "SUMMARY:x"), event("a", "SUMMARY:y", start="DTSTART:20260502T010000Z"), known=digests(first)
    )
    assert [one.uid for one in again.events] == ["a", "a#20260502T010000Z"]


@pytest.mark.parametrize(
    ("start", "zone", "expected"),
    [
        ("DTSTART:20260501T010000Z", "Asia/Tokyo", []),
        ("DTSTART;TZID=America/New_York:20260501T100000", "America/New_York", []),
        ("DTSTART;TZID=Eastern Standard Time:20260501T100000", "America/New_York", []),
        ("DTSTART;TZID=GMT+0900:20260501T100000", "Asia/Tokyo", []),
        ("DTSTART;TZID=GMT-0500:20260501T100000", "Etc/GMT+5", []),
        ("DTSTART;TZID=Town:20260501T100000", "Etc/GMT-7", ["zone_replaced"]),
        ("DTSTART;TZID=Nowhere:20260501T100000", "Asia/Tokyo", ["zone_unknown"]),
        ("DTSTART;VALUE=DATE:20260501", "Asia/Tokyo", []),
    ],
)
def test_zone_is_one_of_the_world(start: str, zone: str, expected: list[str]) -> None:
    found = read(SHIFTED.format(7), event("a", start=start))
    assert (found.events[0].zone, codes(found)) == (zone, expected)


def test_calendar_says_its_name_zone_and_how_often_to_ask() -> None:
    head = "X-WR-CALNAME:福岡\nX-WR-TIMEZONE:Europe/Berlin\nX-PUBLISHED-TTL:PT30M\n"
    found = read(head, event("a", start="DTSTART:20260501T100000"))
    assert (found.name, found.refresh_seconds, found.events[0].starts_at.hour) == ("福岡", 1800, 8)
    assert read("REFRESH-INTERVAL;VALUE=DURATION:P1D\n", event("a")).refresh_seconds == 86_400
    assert read("REFRESH-INTERVAL:soon\n", event("a")).refresh_seconds is None


def test_fields_of_an_event() -> None:
    found = read(event(
        "a", "GEO:35.4;139.6", 'ORGANIZER;CN="横浜市":mailto:e@city.example', "CONTACT:係 045-671-2121 f@city.example",
        "X-MACHIGURUMI-ORIGIN:event-1@other.example", "X-TICKETS:free", "ATTENDEE;CN=Sato:mailto:sato@city.example",
    ))  # fmt: skip
    one = found.events[0]
    assert one.position is not None
    assert (one.position.latitude, one.position.longitude) == (35.4, 139.6)
    assert (one.organiser, one.contact, one.phone, one.email) == ("横浜市", "係", "045-671-2121", "e@city.example")
    assert (one.origin, one.others) == ("event-1@other.example", {"X-TICKETS": "free"})


@pytest.mark.parametrize(
    ("geo", "position", "expected"),
    [
        ("139.6;35.4", (35.4, 139.6), ["position_exchanged"]),
        ("35.4,139.6", (35.4, 139.6), []),
        ("0;0", None, ["position_elsewhere"]),
        ("north", None, ["position_unreadable"]),
        ("200;300", None, ["position_unreadable"]),
    ],
)
def test_position(geo: str, position: tuple[float, float] | None, expected: list[str]) -> None:
    found = read(event("a", f"GEO:{geo}"))
    at = found.events[0].position
    assert ((at.latitude, at.longitude) if at else None, codes(found)) == (position, expected)


@pytest.mark.parametrize(
    ("raw", "kind", "problem"),
    [
        (b"", "ics", "empty"),
        (b"\r\n", "ics", "empty"),
        (b"<!DOCTYPE html><html></html>", "ics", "html"),
        (b"Service Unavailable", "ics", "no_calendar"),
        (b"\x1f\x8b broken", "ics", "compressed"),
        (b"a" * 50_000_001, "ics", "too_large"),
        (b"<html></html>", "csv", "html"),
        (b"a,b\n1,2", "csv", "no_list"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_none_of_our_formats(raw: bytes, kind: Kind, problem: str) -> None:
    found = file(raw, kind)
    assert (found.problem, found.size, found.events) == (problem, len(raw), ())
    assert problem in PROBLEMS


def test_calendar_without_events_is_one_all_the_same() -> None:
    found = read()
    assert (found.problem, found.events, found.whole) == ("", (), True)


def same(one: Incoming, other: Incoming) -> bool:
    """Whether two readings of an event say the same, but for where it stands and the file around it."""
    return (one.starts_at, one.ends_at, one.title, one.place, one.status) == (
        other.starts_at, other.ends_at, other.title, other.place, other.status,
    )  # fmt: skip


def check(raw: bytes, kind: Kind = "ics") -> Reading:
    began = time.process_time()
    found = file(raw, kind)
    assert time.process_time() - began < 2
    assert {one.code for one in found.findings} <= FINDINGS - {"event_unreadable"}
    assert found.problem in PROBLEMS | {""}
    for one in found.events:
        assert one.ends_at >= one.starts_at
        assert not {"\ufffd", "\x00"} & {*one.title, *one.place, *one.description}
    return found


def mutated(raw: bytes, rng: random.Random, low: int = 0, high: int | None = None) -> bytes:
    """Change a few bytes between `low` and `high`, take some out, or put some in."""
    high = len(raw) if high is None else high
    at = rng.randrange(low, high)
    after = min(high, at + rng.choice([0, 1, 2, 5, 40]))
    junk = bytes(rng.randrange(256) for _ in range(rng.choice([1, 2, 5, 40])))
    return (
        raw[:at]
        + rng.choice([junk, b"", raw[at:after] * 2, b"\r\n", b"\r", b'"', b"\x00", b":", b"\xff"])
        + raw[after:]
    )


def fuzz(rounds: int) -> None:
    """What happens within the second event leaves the first and the third as they are."""
    for seed in range(rounds):
        rng = random.Random(seed)
        raw = FEEDS[seed % len(FEEDS)]
        begins = [found.end() for found in re.finditer(rb"BEGIN:VEVENT\r\n", raw)]
        ends = [found.start() for found in re.finditer(rb"\r\nEND:VEVENT", raw)]
        first, _second, third = calendar(raw).events
        found = check(mutated(raw, rng, begins[1], ends[1]))
        assert any(same(first, one) for one in found.events), seed
        assert any(same(third, one) for one in found.events), seed
        check(mutated(raw, rng))


def test_one_mutation_costs_no_more_than_what_it_touches() -> None:
    fuzz(300)


@pytest.mark.faults
def test_many_mutations_cost_no_more_than_what_they_touch() -> None:
    fuzz(20_000)


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["ics", "page", "csv", "push"])
def test_many_mutations_at_once_raise_nothing(kind: Kind) -> None:
    sources = [*FEEDS, *(path.read_bytes()[:4_000] for path in LISTS.glob("*.csv"))]
    for seed in range(5_000):
        rng = random.Random(seed)
        raw = sources[seed % len(sources)]
        for _ in range(rng.randrange(30)):
            raw = mutated(raw, rng) or b"\n"
        check(raw, kind)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["ics", "page", "csv", "push"]))
def test_any_bytes_are_a_reading(raw: bytes, kind: Kind) -> None:
    check(b"BEGIN:VEVENT\nUID:a\nDTSTART:20260501\n" + raw, kind)
    check(raw, kind)


def test_times_stay_within_what_a_database_can_hold() -> None:
    for start in ("DTSTART:10000101T000000Z", "DTSTART:90001231T235959Z", "DTSTART;VALUE=DATE:90001231"):
        [one] = read(event("a", "DURATION:P3000D", start=start)).events
        assert dt.datetime(900, 1, 1, tzinfo=dt.UTC) < one.starts_at <= one.ends_at


@pytest.mark.parametrize("end", ["DTEND;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260502", "DURATION:P1D", "COMMENT:x"])
def test_day_that_ends_with_itself_is_that_day(end: str) -> None:
    [one] = read(event("a", end, start="DTSTART;VALUE=DATE:20260501")).events
    assert (one.first_day, one.last_day) == (dt.date(2026, 5, 1), dt.date(2026, 5, 1))
    assert one.ends_at - one.starts_at == dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20260501T180000", "20260502T000000", ("2026-05-01T09:00", "2026-05-01T15:00")),
        ("20260501T000000", "20260501T030000", ("2026-04-30T15:00", "2026-04-30T18:00")),
        ("20260501T000000", "20260502T000000", ("2026-04-30T15:00", "2026-05-01T15:00")),
    ],
)
def test_midnight_is_a_time_where_the_other_end_is_one(start: str, end: str, expected: tuple[str, str]) -> None:
    """Programs write VALUE=DATE before times; both midnight, they are days."""
    [one] = read(event("a", f"DTEND;VALUE=DATE:{end}", start=f"DTSTART;VALUE=DATE:{start}")).events
    assert (f"{one.starts_at:%Y-%m-%dT%H:%M}", f"{one.ends_at:%Y-%m-%dT%H:%M}") == expected
    assert (one.first_day is not None) == (start[8:] == end[8:])


@pytest.mark.parametrize(
    ("span", "end"),
    [("P1D", "2026-03-29T08:00"), ("PT24H", "2026-03-29T09:00"), ("P1DT2H", "2026-03-29T10:00")],
)
def test_day_of_a_duration_is_one_of_the_calendar(span: str, end: str) -> None:
    """RFC 5545, 3.3.6: days as clocks show them, hours exactly; in Berlin this day has 23 hours."""
    [one] = read(event("a", f"DURATION:{span}", start="DTSTART;TZID=Europe/Berlin:20260328T100000")).events
    assert f"{one.ends_at:%Y-%m-%dT%H:%M}" == end


@pytest.mark.parametrize(("sequence", "expected"), [("7\x1f", 7), (" 7 ", 7), ("7.5", 0), ("seven", 0), ("-1", 0)])
def test_number_of_a_version_costs_no_event(sequence: str, expected: int) -> None:
    [one] = read(event("a", "SUMMARY:x", f"SEQUENCE:{sequence}")).events
    assert one.sequence == expected


def test_property_with_a_parameter_is_no_part_of_the_text_before_it() -> None:
    [one] = read(event("a", "SUMMARY:Walk", "NON-SMOKING;VALUE=BOOLEAN:TRUE")).events
    assert (one.title, one.others) == ("Walk", {"NON-SMOKING": "TRUE"})


def test_address_may_have_an_apostrophe() -> None:
    [one] = read(event("a", "URL:https://city.example/D'Alembert")).events
    assert one.url == "https://city.example/D'Alembert"


def test_series_goes_by_clocks_like_those_of_its_feed() -> None:
    """A name that nobody knows, defined by its feed with summer time: later instances must follow it."""
    change = "BEGIN:{}\nDTSTART:{}\nRRULE:FREQ=YEARLY;BYMONTH={};BYDAY=-1SU\nTZOFFSETFROM:{}\nTZOFFSETTO:{}\nEND:{}\n"
    summer = change.format("DAYLIGHT", "20000326T020000", 3, "+0100", "+0200", "DAYLIGHT")
    winter = change.format("STANDARD", "20001029T030000", 10, "+0200", "+0100", "STANDARD")
    town = f"BEGIN:VTIMEZONE\nTZID:Town\n{summer}{winter}END:VTIMEZONE\n"
    found = read(town, event("a", "RRULE:FREQ=WEEKLY", start="DTSTART;TZID=Town:20260703T100000"))
    assert (found.events[0].zone, codes(found)) == ("Europe/Berlin", ["zone_replaced"])


def test_definition_that_stops_leaves_the_rest_to_the_zone_of_that_name() -> None:
    """Programs write down the changes of the years that they think of."""
    change = "BEGIN:{}\nDTSTART:{}\nTZOFFSETFROM:{}\nTZOFFSETTO:{}\nEND:{}\n"
    parts = [
        change.format("DAYLIGHT", "20250330T020000", "+0100", "+0200", "DAYLIGHT"),
        change.format("STANDARD", "20251026T030000", "+0200", "+0100", "STANDARD"),
    ]
    berlin = f"BEGIN:VTIMEZONE\nTZID:Europe/Berlin\n{''.join(parts)}END:VTIMEZONE\n"
    found = read(berlin, event("a", start="DTSTART;TZID=Europe/Berlin:20260701T100000"))
    assert found.events[0].starts_at.hour == 8
