"""Calendar files as a pure matter: the same bytes, no foreign lines, one zone."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.events.ical import Entry, calendar_file, web_address, zone_block

START = dt.datetime(2026, 11, 21, 1, tzinfo=dt.UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


def entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "uid": "a@test",
        "sequence": 2,
        "changed_at": START,
        "title": "Opening",
        "starts": START,
        "ends": START + dt.timedelta(hours=1),
    }
    return Entry(**{**values, **changes})


def written(*entries: Entry, name: str = "Programme") -> bytes:
    return calendar_file(list(entries), name=name, language="en", zone="Asia/Tokyo", url="http://test/a.ics")


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_any_words_stay_in_their_line(title: str, location: str, description: str) -> None:
    words = {"title": title, "location": location, "description": description, "categories": (title,)}
    raw = written(entry(**words), name=title)
    assert raw == written(entry(**words), name=title)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    events = Calendar.from_ical(raw).events
    assert [str(event["uid"]) for event in events] == ["a@test"]
    assert events[0].start == START


@pytest.mark.parametrize("break_", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\0"])
def test_a_line_break_in_words_starts_no_line(break_: str) -> None:
    evil = f"Talk{break_}END:VEVENT{break_}BEGIN:VEVENT{break_}ATTENDEE:mailto:a@b.jp"
    raw = written(entry(title=evil, location=evil, description=evil, uid=evil, categories=(evil,)), name=evil)
    assert len(Calendar.from_ical(raw).events) == 1
    assert not [line for line in raw.decode().splitlines() if line.startswith(("ATTENDEE", "END:VEVENT\x0b"))]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("a;b,c", b"a\\;b\\,c"),
        ("C:\\new;", b"C:\\\\new\\;"),
        ("one\ntwo", b"one\\ntwo"),
        ("one\r\ntwo", b"one\\ntwo"),
        ("\\N", "＼N".encode()),
        ("夜；市、\t雨\u2028天", "夜；市、 雨 天".encode()),
    ],
)
def test_signs_with_a_meaning_are_escaped(words: str, line: bytes) -> None:
    """RFC 5545, 3.3.11; a wide sign has none."""
    assert b"\r\nDESCRIPTION:" + line + b"\r\n" in written(entry(description=words))


def test_whole_days_end_on_the_day_after() -> None:
    raw = written(entry(starts=dt.date(2026, 11, 21), ends=dt.date(2026, 11, 24))).decode()
    assert "DTSTART;VALUE=DATE:20261121\r\nDTEND;VALUE=DATE:20261125\r\n" in raw
    assert "VTIMEZONE" not in raw


def test_moments_are_local_times_with_their_zone() -> None:
    raw = written(entry()).decode()
    assert "DTSTART;TZID=Asia/Tokyo:20261121T100000\r\nDTEND;TZID=Asia/Tokyo:20261121T110000\r\n" in raw
    assert "DTSTAMP:20261121T010000Z\r\n" in raw
    assert "TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\n" in raw


def test_zone_with_summer_time_is_refused() -> None:
    with pytest.raises(ValueError, match="changes its clocks"):
        zone_block("Europe/Berlin", START)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.jp/\r\nX:y", "https://a.jp/ b", "https://横浜.jp"])
def test_what_is_no_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        web_address(url)


def test_calendar_without_entries() -> None:
    assert Calendar.from_ical(written()).events == []
