"""Events as feeds write them, and as they were meant."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.reading.charsets import read
from app.exchange.reading.components import split
from app.exchange.reading.events import Read, Refused, read_event
from app.exchange.reading.lines import take_apart
from app.exchange.reading.zones import Zones

UTC = dt.UTC


def one(*lines: str, bare: bool = False) -> tuple[Read | Refused, list[tuple[int, str, bool]]]:
    """Read an event with these lines, the first of which is line 4 of the file."""
    usual = [] if bare else ["DTSTART:20260501T010000Z"]
    text = "\n".join(["BEGIN:VEVENT", "UID:u", *(usual or ["DTSTAMP:20260101T000000Z"]), *lines, "END:VEVENT"])
    calendar = split(read(take_apart(text.encode())))
    found, notes = read_event(calendar.events[0], Zones(calendar.zones), usual="Asia/Tokyo")
    return found, [(note.number, note.code, note.lost) for note in notes if note.code != "title_missing"]


def event(*lines: str, bare: bool = False) -> Read:
    found, _notes = one(*lines, bare=bare)
    assert isinstance(found, Read)
    return found


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("line", "moment", "codes"),
    [
        ("DTSTART:20260501T010000Z", at(2026, 5, 1, 1), []),
        ("DTSTART;TZID=Asia/Tokyo:20260501T100000", at(2026, 5, 1, 1), []),
        ("DTSTART;TZID=JST:20260501T100000", at(2026, 5, 1, 1), []),
        ("DTSTART;TZID=(UTC+09:00) Osaka, Sapporo, Tokyo:20260501T100000", at(2026, 5, 1, 1), []),
        ("DTSTART:20260501T100000", at(2026, 5, 1, 1), ["floating"]),
        ("DTSTART;TZID=Nowhere:20260501T100000", at(2026, 5, 1, 1), ["zone_unknown"]),
        ("DTSTART;TZID=Asia/Tokyo:20260501T240000", at(2026, 5, 1, 15), ["hour_24"]),
        ("DTSTART;TZID=Asia/Tokyo:20260501T1000", at(2026, 5, 1, 1), ["time_odd"]),
        ("DTSTART:2026-05-01T10:00:00+09:00", at(2026, 5, 1, 1), ["time_odd"]),
        ("dtstart:20260501t010000z", at(2026, 5, 1, 1), []),
        ("DTSTART;TZID=Asia/Tokyo:20260501T010000Z", at(2026, 5, 1, 1), []),
    ],
)
def test_start_is_the_moment_that_was_meant(line: str, moment: dt.datetime, codes: list[str]) -> None:
    found, notes = one(line, bare=True)
    assert isinstance(found, Read)
    assert found.starts.at == moment
    assert [code for _number, code, _lost in notes] == codes


@pytest.mark.parametrize(
    "line",
    ["DTSTART:20260501", "DTSTART;VALUE=DATE:20260501", "DTSTART;TZID=Asia/Tokyo;VALUE=DATE:20260501",
     "DTSTART;VALUE=DATE:20260501T000000", "DTSTART:2026-05-01"],
)  # fmt: skip
def test_day_stays_a_day(line: str) -> None:
    found = event(line, bare=True)
    assert (found.starts.is_day, found.starts.local.date()) == (True, dt.date(2026, 5, 1))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("COMMENT:x", "start_missing"),
        ("DTSTART:tomorrow", "start_unreadable"),
        ("DTSTART:20260230", "start_unreadable"),
        ("DTSTART:20260501T250000", "start_unreadable"),
        ("DTSTART:20260501T240100", "start_unreadable"),
    ],
)
def test_event_without_a_start_is_refused_by_name(line: str, code: str) -> None:
    found, _notes = one(line, bare=True)
    assert (type(found), getattr(found, "code", ""), getattr(found, "uid", "")) == (Refused, code, "u")


@pytest.mark.parametrize(
    ("line", "ends", "notes"),
    [
        ("DTEND:20260501T030000Z", at(2026, 5, 1, 3), []),
        ("DURATION:PT90M", at(2026, 5, 1, 2, 30), []),
        ("DURATION:P1W", at(2026, 5, 8, 1), []),
        ("DTEND:20260501T010000Z", at(2026, 5, 1, 1), []),
        ("DTEND:20260430T010000Z", None, [(4, "end_before_start", True)]),
        ("DTEND;VALUE=DATE:20260502", None, [(4, "end_of_another_kind", True)]),
        ("DTEND:never", None, [(4, "time_unreadable", True)]),
        ("DURATION:long", None, [(4, "duration_unreadable", True)]),
        ("DURATION:-PT1H", None, [(4, "end_before_start", True)]),
        ("COMMENT:x", None, []),
    ],
)
def test_end_is_after_the_start_or_not_there(line: str, ends: dt.datetime | None, notes: list[Any]) -> None:
    found, said = one(line)
    assert isinstance(found, Read)
    assert (found.ends.at if found.ends else None, said) == (ends, notes)


def test_alarm_is_not_taken_for_the_event() -> None:
    found = event("SUMMARY:event", "BEGIN:VALARM", "SUMMARY:alarm", "DESCRIPTION:ring", "END:VALARM")
    assert (found.title, found.description) == ("event", "")


def test_missing_uid_is_made_and_stays_the_same() -> None:
    texts = ["BEGIN:VEVENT\nDTSTART:20260501\nSUMMARY:{}\nEND:VEVENT".format(name) for name in ("a", "a", "b")]  # noqa: UP032
    found = []
    for text in texts:
        calendar = split(read(take_apart(text.encode())))
        made, notes = read_event(calendar.events[0], Zones(()), usual="Asia/Tokyo")
        assert isinstance(made, Read)
        assert (made.made_uid, [note.code for note in notes]) == (True, ["uid_missing"])
        found.append(made.uid)
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("title", "called_off"),
    [("【中止】夏まつり", True), ("花火大会（延期）", True), ("CANCELLED: Parade", True), ("中央公園まつり", False)],
)
def test_words_in_a_title_propose_and_never_decide(title: str, called_off: bool) -> None:  # noqa: FBT001
    found = event(f"SUMMARY:{title}")
    assert (found.called_off, found.status) == (called_off, "confirmed")


def test_fields_are_read_by_their_meaning() -> None:
    found, notes = one(
        "SEQUENCE:3", "LAST-MODIFIED:20260102T030405Z", "SUMMARY;LANGUAGE=ja:春\\, 桜", "LOCATION:大さん橋",
        "URL:https://example.org/a", "STATUS:CANCELLED", "CLASS:X-SECRET", "CATEGORIES:music,夜, music",
        "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Asia/Tokyo:20260502T100000", "RECURRENCE-ID;TZID=JST:20260501T100000",
    )  # fmt: skip
    assert isinstance(found, Read)
    assert notes == []
    assert (found.sequence, found.last_modified) == (3, at(2026, 1, 2, 3, 4, 5))
    assert (found.title, found.title_language, found.place) == ("春, 桜", "ja", "大さん橋")
    assert (found.status, found.access, found.categories) == ("cancelled", "private", ("music", "夜"))
    assert found.recurrence == ("RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Asia/Tokyo:20260502T100000")
    assert found.recurrence_id == "2026-05-01T01:00:00+00:00"


@pytest.mark.parametrize(
    ("line", "code", "lost"),
    [
        ("URL:javascript:alert(1)", "url_refused", True),
        ("RRULE:FREQ=SECONDLY", "recurs_too_often", True),
        ("SEQUENCE:many", "sequence_unreadable", False),
        ("STATUS:MAYBE", "status_unknown", False),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(line: str, code: str, lost: bool) -> None:  # noqa: FBT001
    _found, notes = one(line)
    assert notes == [(4, code, lost)]


@given(st.lists(st.tuples(
    st.sampled_from(["DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "SEQUENCE", "URL", "SUMMARY", "RRULE", "CLASS"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=30),
), max_size=8))  # fmt: skip
def test_nothing_raises(lines: list[tuple[str, str]]) -> None:
    found, _notes = one(*(f"{name}:{value}" for name, value in lines), bare=True)
    assert isinstance(found, Read | Refused)
