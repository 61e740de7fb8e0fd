"""The public calendars, read back by a parser and asked for again."""

import datetime as dt
from email.utils import parsedate_to_datetime

import httpx
import pytest
from icalendar import Calendar

from app.core.db import fetch, fetch_one
from tests.clock import NOW, Clock
from tests.events.rows import add_session, event_id, statements

CONVENTION = "/calendars/yokohama-2026.ics"
FESTIVAL = "/calendars/yokohama-2026/yoxo-festival.ics"


async def entry(http: httpx.AsyncClient, uid: str, path: str = FESTIVAL) -> object:
    calendar = Calendar.from_ical((await http.get(path)).content)
    return next(event for event in calendar.events if str(event["uid"]) == uid)


async def test_calendar_of_an_event_reads_back(http: httpx.AsyncClient) -> None:
    key = await add_session(
        "walk", title={"ja": "林, と; 歩く", "en": "Walk"}, description={"ja": "一\n二"}, room={"ja": "大ホール"}
    )
    answer = await http.get(FESTIVAL, params={"lang": "ja"})
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-language"] == "ja"
    calendar = Calendar.from_ical(answer.content)
    assert str(calendar["url"]) == "http://test/calendars/yokohama-2026/yoxo-festival.ics?lang=ja"
    walk = next(event for event in calendar.events if str(event["uid"]) == f"session-{key}@test")
    assert (str(walk["summary"]), str(walk["description"]), str(walk["location"])) == (
        "林, と; 歩く",
        "一\n二",
        "大ホール",
    )
    assert (walk.start, walk.end) == (NOW + dt.timedelta(hours=2), NOW + dt.timedelta(hours=3))
    assert walk["dtstart"].params["TZID"] == "Asia/Tokyo"
    assert (walk["sequence"], walk.DTSTAMP, walk.LAST_MODIFIED) == (0, NOW, NOW)
    assert (str(walk["status"]), str(walk["transp"])) == ("CONFIRMED", "OPAQUE")
    assert str(walk["url"]) == "http://test/yokohama-2026/sessions/walk"
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Tokyo"]


async def test_event_is_a_span_of_days(http: httpx.AsyncClient) -> None:
    festival = await entry(http, f"event-{await event_id('yoxo-festival')}@test")
    row = await fetch_one("SELECT first_day, last_day FROM event WHERE slug = 'yoxo-festival'")
    assert row is not None
    assert (festival.start, festival.end) == (row["first_day"], row["last_day"] + dt.timedelta(days=1))  # type: ignore[attr-defined]
    assert str(festival["transp"]) == "TRANSPARENT"  # type: ignore[index]


async def test_calendar_of_a_convention_has_everything(http: httpx.AsyncClient) -> None:
    uids = {str(event["uid"]) for event in Calendar.from_ical((await http.get(CONVENTION)).content).events}
    events, sessions = await fetch("SELECT id FROM event"), await fetch("SELECT id FROM session")
    assert uids == {f"event-{row['id']}@test" for row in events} | {f"session-{row['id']}@test" for row in sessions}


@pytest.mark.parametrize("lang", ["ja", "en", "zh-Hans", "ko", "de", "th"])
async def test_lines_have_75_octets_and_end_with_crlf(http: httpx.AsyncClient, lang: str) -> None:
    raw = (await http.get(CONVENTION, params={"lang": lang})).content
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")


async def test_same_bytes_until_something_changes(http: httpx.AsyncClient, clock: Clock) -> None:
    first = await http.get(FESTIVAL)
    clock.forward(days=1)
    again = await http.get(FESTIVAL)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert not first.headers["etag"].startswith("W/")
    await fetch("UPDATE event SET revision = 7, changed_at = $1 WHERE slug = 'yoxo-festival'", NOW)
    assert (await http.get(FESTIVAL)).content == first.content
    changed = NOW + dt.timedelta(minutes=5)
    await fetch("UPDATE event SET title = '{\"en\": \"New\"}', changed_at = $1 WHERE slug = 'yoxo-festival'", changed)
    later = await http.get(FESTIVAL)
    assert later.headers["etag"] != first.headers["etag"]
    assert parsedate_to_datetime(later.headers["last-modified"]) >= changed
    festival = await entry(http, f"event-{await event_id('yoxo-festival')}@test")
    assert (festival["sequence"], festival.DTSTAMP, festival.LAST_MODIFIED) == (0, changed, changed)  # type: ignore[attr-defined,index]


async def test_change_of_one_event_leaves_the_others(http: httpx.AsyncClient) -> None:
    first = await http.get(FESTIVAL)
    await fetch("UPDATE event SET revision = 1, title = '{\"en\": \"New\"}' WHERE slug = 'oto-matsuri'")
    assert (await http.get(FESTIVAL)).content == first.content


async def test_not_modified_by_tag_and_by_time(http: httpx.AsyncClient) -> None:
    first = await http.get(FESTIVAL)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for known, status in (
        ({"if-none-match": etag}, 304),
        ({"if-none-match": f'"other", W/{etag}'}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-modified-since": modified}, 304),
        ({"if-modified-since": "Thu, 01 Jan 2026 00:00:00 GMT"}, 200),
        ({"if-modified-since": "yesterday"}, 200),
        ({"if-none-match": '"other"', "if-modified-since": modified}, 200),
    ):
        answer = await http.get(FESTIVAL, headers=known)
        assert answer.status_code == status, known
        assert answer.headers["etag"] == etag
        assert (answer.content == b"") == (status == 304)


async def test_each_language_has_its_own_tag(http: httpx.AsyncClient) -> None:
    languages = ("ja", "en", "zh-Hans", "ko", "de", "th")
    tags = {(await http.get(FESTIVAL, params={"lang": lang})).headers["etag"] for lang in languages}
    assert len(tags) == 6
    assert (await http.get(FESTIVAL)).headers["vary"] == "Accept-Language, Cookie"


async def test_unknown_calendar(http: httpx.AsyncClient) -> None:
    for path in (
        "/calendars/nowhere.ics",
        "/calendars/yokohama-2026.txt",
        "/calendars/yokohama-2026",
        "/calendars/yokohama-2026/nothing.ics",
        "/calendars/nowhere/yoxo-festival.ics",
        "/calendars/%00.ics",
        "/calendars/.ics",
    ):
        assert (await http.get(path)).status_code == 404, path


async def test_statements_of_an_unchanged_calendar(http: httpx.AsyncClient) -> None:
    await http.get(CONVENTION)
    async with statements() as seen:
        await http.get(CONVENTION)
    assert len(seen) == 1
