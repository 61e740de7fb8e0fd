"""Passing over what is known, in bytes: the same reading as the long way, whatever the file is."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from app.exchange.reading import passing
from app.exchange.reading.calendars import read_calendar, read_lines
from app.exchange.reading.digests import Digests
from app.exchange.reading.request import Request
from app.exchange.reading.zones import Zones
from app.exchange.schemas import Reading
from tests.exchange.reading.damages import DAMAGES, ENDS, STARTS, instead
from tests.exchange.reading.making import feed

CORPUS = Path(__file__).parent.parent / "corpus"
FEEDS = {path.stem: path.read_bytes() for path in sorted(CORPUS.glob("*.ics"))}
OTHERS = sorted(FEEDS.keys() - {"wordpress"})
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def request(body: bytes, known: frozenset[bytes] = frozenset()) -> Request:
    return Request(kind="ics", body=body, known=known, now=NOW)


def digests(body: bytes) -> frozenset[bytes]:
    return frozenset(one.digest for one in read_lines(request(body)).events)


def sorted_(found: Reading) -> Reading:
    return structs.replace(found, kept=tuple(sorted(found.kept)), findings=tuple(sorted(found.findings)))


def both(body: bytes, known: frozenset[bytes]) -> Reading:
    """Return a reading, and see that it is that of the long way."""
    asked = request(body, known)
    found = sorted_(read_calendar(asked))
    assert found == sorted_(read_lines(asked))
    return found


def passed(body: bytes, known: frozenset[bytes]) -> int:
    """Return how many events are passed over while they are bytes."""
    events = passing.events(body)
    left = passing.rest(events, known, Digests(Zones(()), "Asia/Tokyo")) if events else None
    return len(left.kept) if left else 0


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_what_is_known_is_not_taken_apart(newline: bytes) -> None:
    known = digests(feed(20))
    again = feed(20, stamp="20270101T000000Z", changed=frozenset({3, 9})).replace(b"\r\n", newline)
    assert passed(again, known) == 16  # all but two, the first and the last, which stand beside something else
    found = both(again, known)
    assert [one.uid for one in found.events] == ["event-3@city.example", "event-9@city.example"]
    assert [again.split(newline)[one.number - 1] for one in found.events] == [b"BEGIN:VEVENT"] * 2
    assert found.size == len(again)


@pytest.mark.parametrize("feed_of", ["wordpress", *(pytest.param(name, marks=pytest.mark.faults) for name in OTHERS)])
def test_damage_is_reported_as_on_the_long_way(feed_of: str) -> None:
    """What is known is the whole file, so that all but the damage may be passed over."""
    raw = FEEDS[feed_of]
    known = digests(raw)
    changes = [damage.make for damage in DAMAGES.values()]
    changes += [instead(b"DTSTART", line) for line, *_ in STARTS.values()]
    changes += [instead(b"DTEND", line) for line, *_ in ENDS.values()]
    for change in changes:
        both(change(raw), known)
        both(feed(3)[: -len(b"END:VCALENDAR\r\n")] + change(raw), known | digests(feed(3)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0, 1, 2, 3, 4, 5, 6]), max_size=9), st.sets(st.integers(0, 6)))
def test_any_order_of_events_is_read_as_on_the_long_way(order: list[int], held: set[int]) -> None:
    """Events that come again, share a name, belong to a series, have an alarm, no name, another zone, or no end."""
    head, *events = feed(3).replace(b"END:VCALENDAR\r\n", b"").split(b"BEGIN:VEVENT\r\n")
    odd = [
        events[0].replace(b"SUMMARY:", b"SUMMARY:x"),
        events[1].replace(b"SEQUENCE:1", b"RECURRENCE-ID:20260501T010000Z"),
        events[2].replace(b"STATUS", b"BEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nSTATUS").replace(b"event-2", b"e"),
        events[2].replace(b"END:VEVENT\r\n", b"").replace(b"event-2", b"f"),
    ]
    parts = [b"BEGIN:VEVENT\r\n" + one for one in (*events, *odd)]
    known = frozenset().union(*(digests(head + parts[n]) for n in held))
    both(head + b"".join(parts[n] for n in order) + b"END:VCALENDAR\r\n", known)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace("第1回".encode(), "第1回".encode("cp932")),
        lambda raw: raw.replace(b"STATUS:CONFIRMED", b"\x1b$BSTATUS:CONFIRMED", 1),
        lambda raw: raw.replace(b"BEGIN:VEVENT", b"begin:vevent", 2),
        lambda raw: raw.replace(b"\r\n", b"\n", 3),
        lambda raw: raw.replace(b"END:VEVENT\r\n", b"END:VEVENT\r\n\r\n", 2),
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\r\n ", b"").decode().encode("utf-16"),
        lambda raw: raw[:-300],
        lambda raw: raw.replace(b"Asia/Tokyo", b"Europe/Berlin"),
        lambda raw: raw.replace(b"X-WR-TIMEZONE:Asia/Tokyo", b"X-WR-TIMEZONE:Europe/Berlin"),
    ],
    ids=["charset", "escape", "small", "newlines", "blank", "mark", "utf-16", "cut", "zones", "zone"],
)
def test_file_that_is_not_plain_is_read_as_on_the_long_way(change: Callable[[bytes], bytes]) -> None:
    both(change(feed(12)), digests(feed(12)))


def test_zone_that_means_something_else_makes_its_events_new() -> None:
    """The definition may stand behind the events."""
    town = (
        b"BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0800\r\n"
        b"TZOFFSETTO:+0800\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"
    )
    found = both(feed(5).replace(b"END:VCALENDAR", town), digests(feed(5)))
    assert (len(found.events), found.kept) == (5, ())


def test_charset_is_that_of_the_whole_file() -> None:
    """What is left is one event in another charset: alone, it would pass for a sound file of that charset."""
    short = b"BEGIN:VEVENT\r\nUID:%b\r\nDTSTART:20261121T010000Z\r\nSUMMARY:%b\r\nEND:VEVENT\r\n"
    whole = feed(6).replace(b"BEGIN:VEVENT", short % (b"first", b"x") + b"BEGIN:VEVENT", 1)
    odd = short % (b"odd", "春の祭り".encode("cp932")) + short % (b"last", b"x") + b"END:VCALENDAR"
    found = both(whole.replace(b"END:VCALENDAR", odd), digests(whole))
    assert "charset" in {one.code for one in found.findings}
