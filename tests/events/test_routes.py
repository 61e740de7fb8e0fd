"""The programme for programs."""

import datetime as dt
import re
from typing import Any

import httpx
import pytest

from app.core.db import fetch
from tests.events.rows import add_session, empty, event_id, statements

CONVENTION = "/api/v1/conventions/yokohama-2026"
EVENTS = f"{CONVENTION}/events"


async def listed(http: httpx.AsyncClient, **query: Any) -> list[Any]:
    answer = await http.get(EVENTS, params=query)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()
    return found


def sessions(events: list[Any]) -> list[str]:
    return [session["slug"] for event in events for session in event["sessions"]]


async def test_convention(http: httpx.AsyncClient) -> None:
    found = (await http.get(CONVENTION, headers={"accept-language": "ja"})).json()
    assert (found["slug"], found["zone"]) == ("yokohama-2026", "Asia/Tokyo")
    assert found["title"] == found["texts"]["title"]["ja"] == "横浜国際コンベンション"
    assert found["days"] == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    assert found["calendar_url"] == "http://test/calendars/yokohama-2026.ics"
    assert "yoxo-festival" in [event["slug"] for event in found["events"]]


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("ko-KR,ko;q=0.9", "요코하마 국제 컨벤션"),
        ("zh-CN", "横滨国际会展"),
        ("fr", "Yokohama International Convention"),
    ],
)
async def test_words_in_the_language_of_the_reader(http: httpx.AsyncClient, header: str, title: str) -> None:
    answer = await http.get(CONVENTION, headers={"accept-language": header})
    assert answer.json()["title"] == title
    assert "Accept-Language" in answer.headers["vary"]


async def test_unknown_convention_is_a_problem(http: httpx.AsyncClient) -> None:
    for path in ("/api/v1/conventions/nowhere", "/api/v1/conventions/nowhere/events", "/api/v1/conventions/%00"):
        answer = await http.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/not-found"


async def test_event_by_id_and_by_slug(http: httpx.AsyncClient) -> None:
    by_slug = await http.get("/api/v1/events/yoxo-festival")
    by_id = await http.get(f"/api/v1/events/{await event_id('yoxo-festival')}")
    assert by_slug.content == by_id.content
    assert by_slug.json()["organiser"]["slug"] == "yokohama-mirai-kiko"
    assert by_slug.json()["register_url"].endswith("/yokohama-2026/register?event=yoxo-festival")
    for unknown in ("nothing", "%00", "00000000-0000-0000-0000-000000000000"):
        assert (await http.get(f"/api/v1/events/{unknown}")).status_code == 404


async def test_slug_of_two_years_means_the_one_not_over(http: httpx.AsyncClient) -> None:
    before = (await http.get("/api/v1/events/yoxo-festival")).json()
    await _copy_to_2025()
    assert (await http.get("/api/v1/events/yoxo-festival")).json() == before


async def _copy_to_2025() -> None:
    await fetch(
        "INSERT INTO convention SELECT (jsonb_populate_record(c, jsonb_build_object("
        "'id', gen_random_uuid(), 'slug', 'yokohama-2025', 'number', 9, 'first_day', '2025-11-21',"
        "'last_day', '2025-11-24'))).* FROM convention c"
    )
    await fetch(
        "INSERT INTO event SELECT (jsonb_populate_record(e, jsonb_build_object("
        "'id', gen_random_uuid(), 'venue', NULL, 'convention', c.id, 'title', '{\"en\": \"last year\"}'::jsonb))).*"
        " FROM event e, convention c WHERE c.slug = 'yokohama-2025'"
    )


async def test_times_carry_the_offset_of_the_place(http: httpx.AsyncClient) -> None:
    await add_session("noon")
    found = next(s for e in await listed(http, q="noon") for s in e["sessions"])
    assert (found["starts_at"], found["ends_at"]) == ("2026-11-21T12:00:00+09:00", "2026-11-21T13:00:00+09:00")


async def test_stream_addresses_are_not_public(http: httpx.AsyncClient) -> None:
    await add_session("secret", stream_url="https://stream.example.org/secret-stream")
    for path in (EVENTS, "/api/v1/events/yoxo-festival", "/yokohama-2026/sessions/secret", "/yokohama-2026?day=all"):
        assert "secret-stream" not in (await http.get(path, headers={"accept": "text/html"})).text


async def test_filter_by_day(http: httpx.AsyncClient) -> None:
    late = dt.datetime(2026, 11, 22, 14, 30, tzinfo=dt.UTC)
    await add_session("late", starts_at=late, ends_at=late + dt.timedelta(hours=1))
    assert "late" in sessions(await listed(http, day="2026-11-22"))
    assert "late" in sessions(await listed(http, day="2026-11-23"))
    assert "late" not in sessions(await listed(http, day="2026-11-21"))
    assert "late" not in sessions(await listed(http, day="2026-11-24"))
    assert await listed(http, day="2027-01-01") == []


async def test_filter_by_venue_mode_language_event(http: httpx.AsyncClient) -> None:
    everything = await listed(http)
    whole = [session for event in everything for session in event["sessions"]]
    wishes = (
        ("venue", "pacifico-yokohama", lambda s: s["venue"] == "pacifico-yokohama"),
        ("mode", "online", lambda s: s["mode"] == "online"),
        ("mode", "hybrid", lambda s: s["mode"] == "hybrid"),
        ("lang", "en", lambda s: "en" in s["languages"]),
        ("lang", "ja-JP", lambda s: "ja" in s["languages"]),
        ("event", "oto-matsuri", lambda s: s["event"] == "oto-matsuri"),
    )
    for name, value, meets in wishes:
        expected = sorted(s["id"] for s in whole if meets(s))
        found = await listed(http, **{name: value})
        assert sorted(s["id"] for event in found for s in event["sessions"]) == expected
        assert 0 < len(expected) < len(whole), name
        assert all(event["sessions"] for event in found)


async def test_filters_narrow_together(http: httpx.AsyncClient) -> None:
    await add_session("both", mode="hybrid", languages=["ko"])
    assert sessions(await listed(http, day="2026-11-21", mode="hybrid", lang="ko", q="both")) == ["both"]
    assert sessions(await listed(http, day="2026-11-21", mode="online", lang="ko", q="both")) == []


@pytest.mark.parametrize("typed", ["林", "ハヤシ", "ﾊﾔｼ", "ＨＡＹＡＳＨＩ", "hayashi", "숲", "林 hayashi"])
async def test_search_in_any_script(http: httpx.AsyncClient, typed: str) -> None:
    await add_session(
        "forest", title={"ja": "林さんと歩く", "en": "A walk with Hayashi", "ko": "숲길"}, room={"ja": "ハヤシ"}
    )
    assert "forest" in sessions(await listed(http, q=typed))


async def test_search_asks_for_every_word(http: httpx.AsyncClient) -> None:
    await add_session("forest", title={"ja": "林さんと歩く"})
    assert "forest" not in sessions(await listed(http, q="林 クジラ"))
    assert await listed(http, q="%") == []


async def test_search_finds_speakers_venues_and_organisers(http: httpx.AsyncClient) -> None:
    who = {"name": {"ja": "林 李娜"}, "organisation": {"en": "Green Bay"}}
    await add_session("talk", speakers=[who])
    for typed in ("李娜", "green bay", "YOXO"):
        assert "talk" in sessions(await listed(http, q=typed))


async def test_event_without_sessions_is_found_by_itself(http: httpx.AsyncClient) -> None:
    await empty("oto-matsuri")
    found = await listed(http, event="oto-matsuri")
    assert [(event["slug"], event["sessions"]) for event in found] == [("oto-matsuri", [])]
    assert await listed(http, event="oto-matsuri", lang="ja") == []


async def test_every_wrong_filter_is_named(http: httpx.AsyncClient) -> None:
    answer = await http.get(EVENTS, params={"day": "tomorrow", "mode": "by boat", "q": "x" * 201})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["day", "mode", "q"]
    for wrong in ({"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"cursor": "unknown"}):
        answer = await http.get(EVENTS, params=wrong)
        assert [error["field"] for error in answer.json()["errors"]] == list(wrong)


async def test_pages_of_the_list_follow_each_other(http: httpx.AsyncClient) -> None:
    whole, seen, address = await listed(http), [], f"{EVENTS}?limit=3&day="
    while address:
        answer = await http.get(address)
        part = answer.json()
        assert 1 <= len(part) <= 3
        seen += part
        link = re.fullmatch(r'<(http://test/\S+)>; rel="next"', answer.headers.get("link", ""))
        address = link[1] if link else ""
    assert seen == whole
    assert len(whole) > 3


async def test_not_modified_until_something_changes(http: httpx.AsyncClient) -> None:
    for path in (CONVENTION, EVENTS, "/api/v1/events/yoxo-festival"):
        first = await http.get(path)
        known = {"if-none-match": first.headers["etag"]}
        again = await http.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        assert (await http.get(path, headers={**known, "accept-language": "ja"})).status_code == 200
        await fetch("UPDATE event SET title = title || $1 WHERE slug = 'yoxo-festival'", f'{{"en": "New {path}"}}')
        assert (await http.get(path, headers=known)).status_code == 200


@pytest.mark.parametrize("table", ["convention", "organiser", "venue", "event", "session"])
async def test_change_of_any_row_is_seen_at_once(http: httpx.AsyncClient, table: str) -> None:
    column = "title" if table in {"convention", "event", "session"} else "name"
    path = CONVENTION if table in {"convention", "venue"} else EVENTS
    await http.get(path)
    await fetch(f'UPDATE {table} SET {column} = \'{{"en": "Changed words"}}\'')
    assert "Changed words" in (await http.get(path)).text


async def test_statements_of_a_request(http: httpx.AsyncClient) -> None:
    await add_session("fresh")
    async with statements() as seen:
        await http.get(EVENTS)
    assert len(seen) == 2
    async with statements() as seen:
        await http.get(EVENTS)
    assert len(seen) == 1
