"""What the reports of each platform say, line by line."""

import contextlib
import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.online.reports.headings import lasting
from app.attendance.online.reports.reading import LARGEST, Platform, Told, read
from app.core.sheets import Unreadable
from tests.attendance.online.reports.files import report

TOKYO = ZoneInfo("Asia/Tokyo")
BEGUN = dt.datetime(2026, 11, 21, 10, tzinfo=TOKYO)


KEYS = st.sampled_from(["intIds", "sessions", "registeredOn", "leftOn", "extId", "name", "w"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inside: st.lists(inside) | st.dictionaries(KEYS, inside),
)


def clock(moment: dt.datetime | None) -> str:
    return moment.astimezone(TOKYO).strftime("%H:%M:%S") if moment else "-"


def told(data: bytes, platform: Platform | None = None) -> list[Told]:
    return read(data, platform=platform, about=BEGUN, zone=TOKYO).told


def lines(data: bytes) -> list[tuple[Any, ...]]:
    """Return line, address or id or else name, from when, until when, and what the platform says against it."""
    return [
        (t.line.number, t.line.email or t.line.id or t.line.name, clock(t.joined), clock(t.left), t.line.flaw)
        for t in told(data)
    ]


def platform(data: bytes) -> tuple[str, str, str]:
    found = read(data, platform=None, about=BEGUN, zone=TOKYO)
    return found.platform, found.encoding, found.clock.order


def test_zoom_with_a_summary() -> None:
    data = report("zoom.csv", A="a@x", B="b@x", C="c@x")
    assert platform(data) == ("zoom", "UTF-8", "mdy")
    assert lines(data)[:-1] == [
        (5, "host@example.jp", "09:50:12", "11:02:40", None),
        (6, "a@x", "09:58:30", "10:01:05", "waiting_room"),
        (7, "a@x", "10:01:05", "10:20:00", None),
        (8, "a@x", "10:01:05", "10:20:00", None),
        (9, "a@x", "10:30:00", "11:02:40", None),
        (10, "b@x", "10:05:00", "-", None),
        (11, "c@x", "10:40:00", "10:10:00", None),
    ]


def test_zoom_without_a_summary_and_with_days_first() -> None:
    data = report("zoom_bare.csv", "cp932", A="a@x", B="b@x")
    assert platform(data) == ("zoom", "UTF-8", "dmy")  # plain letters are the same in both
    assert lines(data) == [(2, "a@x", "10:00:00", "10:45:00", None), (3, "b@x", "10:10:00", "11:00:00", None)]


def test_zoom_webinar_tells_who_did_not_come() -> None:
    assert lines(report("zoom_webinar.csv", A="a@x", B="b@x")) == [
        (7, "a@x", "10:00:00", "10:30:00", None),
        (8, "b@x", "-", "-", "not_attended"),
    ]


def test_zoom_without_times_says_what_to_do() -> None:
    with pytest.raises(Unreadable, match="unique users"):
        told(report("zoom_unique.csv", A="a@x"))


def test_zoom_meeting_opened_again_has_two_tables() -> None:
    assert lines(report("zoom_reopened.csv", A="a@x", B="b@x")) == [
        (5, "a@x", "09:59:00", "10:20:00", None),
        (6, "b@x", "10:00:00", "10:20:00", None),
        (12, "a@x", "10:25:00", "11:00:00", None),
    ]


def test_teams_is_read_by_its_third_section_with_addresses_of_the_second() -> None:
    data = report("teams.tsv", "utf-16", A="a@x", B="b@x")
    assert platform(data) == ("teams", "UTF-16", "mdy")
    assert lines(data) == [
        (17, "hana@example.jp", "09:58:00", "11:01:00", None),
        (18, "a@x", "10:00:00", "10:10:00", None),
        (19, "a@x", "10:30:00", "10:50:00", None),
        (20, "b@x", "10:05:00", "10:45:30", None),
    ]


def test_teams_names_that_two_people_share_get_no_address() -> None:
    data = report("teams.tsv", A="a@x", B="b@x").replace(b"Guest two (Unverified)", b"Guest one")
    assert [line[1] for line in lines(data)] == ["hana@example.jp", "Guest one", "Guest one", "Guest one"]


def test_teams_in_japanese_with_two_sections_is_never_longer_than_said() -> None:
    data = report("teams_ja.tsv", "utf-16", A="a@x", B="b@x")
    assert platform(data)[0] == "teams"
    assert lines(data) == [(7, "a@x", "10:00:00", "10:30:05", None), (8, "b@x", "10:05:00", "10:45:30", None)]
    assert all(one.line.by_length for one in told(data))


def test_teams_of_early_years_pairs_coming_and_leaving() -> None:
    assert lines(report("teams_old.tsv", "utf-16")) == [
        (2, "Guest one", "10:00:00", "10:20:00", None),
        (3, "Guest two", "10:03:00", "-", None),
        (5, "Guest one", "10:30:00", "10:50:00", None),
    ]


def test_teams_times_in_utc_when_the_heading_says_so() -> None:
    heading = b"Full Name\tJoin Time (UTC)\tLeave Time (UTC)\tParticipant ID (UPN)\r\n"
    data = heading + b"A\t11/21/2026 01:00\t11/21/2026 02:00\tx"
    assert lines(data) == [(2, "x", "10:00:00", "11:00:00", None)]


def test_bigbluebutton_in_all_its_forms() -> None:
    found = told(report("bigbluebutton.json", A="a", B="b"))
    assert [(t.line.number, t.line.id, clock(t.joined), clock(t.left), t.line.by_meeting) for t in found] == [
        (1, "a", "10:00:00", "10:20:00", False),
        (2, "a", "10:30:00", "10:40:00", False),
        (3, "a", "10:50:00", "11:00:00", True),
        (4, "b", "10:00:00", "10:10:00", False),
        (5, "", "-", "11:00:00", True),
    ]
    assert found[2].joined and found[2].joined.microsecond == 250_000  # noqa: PT018


def test_bigbluebutton_that_still_runs_has_no_leaving() -> None:
    data = report("bigbluebutton.json", A="a", B="b").replace(b'"endedOn": 1795226400000', b'"endedOn": 0')
    assert [clock(t.left) for t in told(data)] == ["10:20:00", "10:40:00", "-", "10:10:00", "-"]


def test_bigbluebutton_table_has_names_alone() -> None:
    data = report("bigbluebutton.csv")
    assert platform(data)[0] == "bigbluebutton"
    assert lines(data) == [(2, "Guest one", "10:00:00", "10:30:00", None)]


def test_our_own_table() -> None:
    data = report("plain.csv", A="t-a", B="t-b")
    assert platform(data)[0] == "csv"
    assert lines(data) == [(2, "t-a", "10:00:00", "10:30:00", None), (3, "t-b", "10:00:00", "11:00:00", None)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"just words",
        b"a,b\n1,2\n",
        b"PK\x03\x04 a workbook",
        b'{"users": []}',
        b'{"users": {"a": 1}}',
        b"{" * 100_000,
        b'{"users": {"a": ' + b"[" * 50_000,
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x00",
        b"id,joined_at\n" * 3,
        b"x" * (LARGEST + 1),
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        told(data)


def test_report_of_more_stays_than_a_report_has_is_refused() -> None:
    stays = [{"registeredOn": n, "leftOn": n + 1} for n in range(1, 20_003)]
    with pytest.raises(Unreadable):
        told(json.dumps({"users": {"a": {"intIds": {"b": {"sessions": stays}}}}}).encode())


@given(JSON)
def test_no_json_breaks_the_reader(value: Any) -> None:
    with contextlib.suppress(Unreadable):
        told(json.dumps({"users": {"u": value, "v": {"intIds": value}}, "endedOn": value}).encode())


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("57", 3420),
        ("1:02:03", 3723),
        ("1h 2m 3s", 3723),
        ("40 分 30 秒", 2430),
        ("59m", 3540),
        ("", None),
        ("a", None),
    ],
)
def test_lengths(words: str, seconds: int | None) -> None:
    assert lasting(words) == seconds
