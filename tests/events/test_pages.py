"""The programme for people: without scripts, in every language, and never with somebody else's markup."""

import datetime as dt
import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx
import msgspec
import pytest
from icalendar import Calendar

from app.core.db import fetch
from tests.clock import NOW, Clock
from tests.events.rows import add_session, empty, event_id, no_sessions, statements

PROGRAMME = "/yokohama-2026"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028"
EVIL_TEXT = {"en": EVIL, "ja": EVIL}


@pytest.fixture
def page(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.headers["accept"] = "text/html"
    return http


class Reader(HTMLParser):
    """What a browser would find: elements with their attributes, words without markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def links(self, **wanted: str) -> list[str | None]:
        return [a.get("href") for t, a in self.elements if t == "link" and wanted.items() <= a.items()]


async def read(page: httpx.AsyncClient, path: str, **query: str) -> Reader:
    answer = await page.get(path, params=query or None)
    assert answer.status_code == 200, answer.text
    return Reader(answer.text)


async def titles(page: httpx.AsyncClient, **query: str) -> list[str]:
    """Return the addresses of the sessions that the programme page shows."""
    elements = (await read(page, PROGRAMME, **query)).elements
    return [str(a["href"]).rpartition("/")[2] for t, a in elements if t == "a" and "/sessions/" in str(a.get("href"))]


def data_block(html: str) -> Any:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert found
    return msgspec.json.decode(found[1])


async def test_home_shows_the_convention_with_its_events(page: httpx.AsyncClient) -> None:
    html = (await page.get("/", headers={"accept-language": "ja"})).text
    assert "横浜国際コンベンション" in html
    assert 'href="/yokohama-2026/events/yoxo-festival"' in html
    assert 'href="/yokohama-2026/register"' in html


async def test_home_between_two_conventions_shows_the_next(page: httpx.AsyncClient, clock: Clock) -> None:
    for slug, number, year in (("yokohama-2025", 8, 2025), ("yokohama-2027", 9, 2027)):
        await fetch(
            "INSERT INTO convention (id, slug, number, title, description, zone, first_day, last_day, published_at) "
            "SELECT gen_random_uuid(), $1, $2, title, description, zone, $3, $3, published_at FROM convention c "
            "WHERE c.slug = 'yokohama-2026'",
            slug,
            number,
            dt.date(year, 11, 21),
        )
    for days, shown in ((-500, "2025"), (-200, "2026"), (3, "2026"), (4, "2027"), (900, "2027")):
        clock.moment = NOW + dt.timedelta(days=days)
        assert f'href="/yokohama-{shown}/register"' in (await page.get("/")).text, days


async def test_home_before_the_first_convention(page: httpx.AsyncClient) -> None:
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("DELETE FROM convention")
    html = (await page.get("/")).text
    assert "No convention yet" in html
    assert 'href="/sign-in"' in html


async def test_programme_opens_on_today(page: httpx.AsyncClient, clock: Clock) -> None:
    for day, shown in ((-30, "2026-11-21"), (0, "2026-11-21"), (1, "2026-11-22"), (30, "2026-11-21")):
        clock.moment = NOW + dt.timedelta(days=day)
        elements = (await read(page, PROGRAMME)).elements
        current = [a["href"] for t, a in elements if t == "a" and a.get("aria-current") == "date"]
        assert current == [f"/yokohama-2026?day={shown}"]


async def test_programme_by_day_and_all_days(page: httpx.AsyncClient) -> None:
    await add_session("first")
    await add_session("second", starts_at=NOW + dt.timedelta(days=1), ends_at=NOW + dt.timedelta(days=1, hours=1))
    both = {"first", "second"}
    assert both & set(await titles(page)) == {"first"}
    assert both & set(await titles(page, day="2026-11-22")) == {"second"}
    assert both & set(await titles(page, day="all")) == both


async def test_filters_of_the_page(page: httpx.AsyncClient) -> None:
    await add_session("wood", mode="hybrid", languages=["ko"], title={"ja": "林の夜", "en": "Night of the wood"})
    for query in (
        {"q": "林"},
        {"q": "ＷＯＯＤ", "day": "all"},
        {"language": "ko"},
        {"mode": "hybrid", "event": "yoxo-festival", "language": "ko", "q": "night", "day": "2026-11-21"},
    ):
        assert "wood" in await titles(page, **query), query
    for query in ({"q": "林", "mode": "on_site"}, {"q": "林", "day": "2026-11-22"}, {"q": "林", "language": "en"}):
        assert "wood" not in await titles(page, **query), query


async def test_language_of_the_page_does_not_narrow(page: httpx.AsyncClient) -> None:
    await add_session("only-japanese", languages=["ja"])
    assert "only-japanese" in await titles(page, lang="ko")


async def test_filters_stay_in_the_form_and_in_the_days(page: httpx.AsyncClient) -> None:
    query = {"q": "a&b", "mode": "online", "venue": "pacifico-yokohama", "day": "2026-11-22", "language": "en"}
    elements = (await read(page, PROGRAMME, **query)).elements
    assert ("option", {"value": "online", "selected": None}) in elements
    assert [a["value"] for t, a in elements if t == "input" and (a.get("id") == "q" or a.get("name") == "day")] == [
        "2026-11-22",
        "a&b",
    ]
    days = [a["href"] for t, a in elements if t == "a" and "day=2026-11-23" in str(a.get("href"))]
    assert days == [f"/yokohama-2026?{httpx.QueryParams({**_without_day(query), 'day': '2026-11-23'})}"]


def _without_day(query: dict[str, str]) -> dict[str, str]:
    return {name: query[name] for name in ("q", "venue", "mode", "language")}


async def test_empty_results_offer_a_way_on(page: httpx.AsyncClient) -> None:
    await add_session("alone", title={"en": "zebra"})
    other_day = (await page.get(PROGRAMME, params={"q": "zebra", "day": "2026-11-23"})).text
    assert "There is 1 session on another day." in other_day
    assert 'href="/yokohama-2026?q=zebra&amp;day=all"' in other_day
    await add_session(
        "beside", title={"en": "zebra"}, starts_at=NOW + dt.timedelta(days=2), ends_at=NOW + dt.timedelta(days=3)
    )
    assert "1 more on another day" in (await page.get(PROGRAMME, params={"q": "zebra", "day": "2026-11-21"})).text
    nothing = (await page.get(PROGRAMME, params={"q": "no such words"})).text
    assert 'href="/yokohama-2026?day=all"' in nothing


async def test_times_are_shown_in_the_zone_of_the_place(page: httpx.AsyncClient) -> None:
    await add_session("noon")
    html = (await page.get(PROGRAMME)).text
    assert '<time datetime="2026-11-21T12:00:00+09:00" data-local>12:00–13:00</time>' in html
    assert "Japan Standard Time" in html


async def test_session_going_on_is_marked(page: httpx.AsyncClient, clock: Clock) -> None:
    await add_session("noon")
    marked = 'timeline__item--now">\n    <p class="timeline__time"><time datetime="2026-11-21T12:00:00+09:00"'
    for hours, now in ((1.99, False), (2, True), (2.99, True), (3, False)):
        clock.moment = NOW + dt.timedelta(hours=hours)
        assert (marked in (await page.get(PROGRAMME, params={"q": "noon"})).text) == now


async def test_event_page(page: httpx.AsyncClient) -> None:
    html = (await page.get(f"{PROGRAMME}/events/asia-smart-city-conference", headers={"accept-language": "ja"})).text
    for words in (
        "アジア・スマートシティ会議",
        'href="/yokohama-2026/sessions/plenary"',
        'href="/yokohama-2026/register?event=asia-smart-city-conference"',
        'href="/calendars/yokohama-2026/asia-smart-city-conference.ics?lang=ja"',
        'href="webcal://test/calendars/yokohama-2026/asia-smart-city-conference.ics?lang=ja"',
    ):
        assert words in html
    assert "みなとみらい" in html


async def test_session_by_slug_and_by_id(page: httpx.AsyncClient) -> None:
    key = await add_session("walk", title={"en": "A walk"}, speakers=[{"name": {"en": "Lin"}, "organisation": {}}])
    by_slug, by_id = await page.get(f"{PROGRAMME}/sessions/walk"), await page.get(f"{PROGRAMME}/sessions/{key}")
    for answer in (by_slug, by_id):
        assert "<h1>A walk</h1>" in answer.text
        assert "<li>Lin</li>" in answer.text
        assert 'rel="canonical" href="http://test/yokohama-2026/sessions/walk"' in answer.text


async def test_slug_of_two_sessions_names_that_of_the_first_event(page: httpx.AsyncClient) -> None:
    order = [row["slug"] for row in await fetch("SELECT slug FROM event ORDER BY position, slug")]
    later = await add_session("twice", event=order[-1], title={"en": "Later"}, starts_at=NOW)
    await add_session("twice", event=order[0], title={"en": "Earlier"})
    assert "<h1>Earlier</h1>" in (await page.get(f"{PROGRAMME}/sessions/twice")).text
    assert "<h1>Later</h1>" in (await page.get(f"{PROGRAMME}/sessions/{later}")).text
    assert {"twice", str(later)} <= set(await titles(page))


async def test_event_without_sessions(page: httpx.AsyncClient) -> None:
    await empty("oto-matsuri")
    assert "The sessions will be announced here." in (await page.get(f"{PROGRAMME}/events/oto-matsuri")).text
    assert "Details to be announced" in (await page.get(PROGRAMME, params={"event": "oto-matsuri"})).text


async def test_unknown_pages_have_a_way_on(page: httpx.AsyncClient) -> None:
    for path in ("/nowhere", f"{PROGRAMME}/events/nothing", f"{PROGRAMME}/sessions/nothing", "/%00", "/favicon.ico"):
        answer = await page.get(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert 'href="/"' in answer.text


async def test_filter_that_cannot_be_read(page: httpx.AsyncClient) -> None:
    answer = await page.get(PROGRAMME, params={"day": "tomorrow", "mode": "by boat"})
    assert answer.status_code == 422
    assert "<b>day</b>" in answer.text
    assert "<b>mode</b>" in answer.text


@pytest.mark.parametrize("path", [PROGRAMME, f"{PROGRAMME}/events/yoxo-festival", f"{PROGRAMME}/sessions/walk", "/"])
async def test_words_of_organisers_never_become_markup(page: httpx.AsyncClient, path: str) -> None:
    who = [{"name": EVIL_TEXT, "organisation": EVIL_TEXT}]
    await add_session("walk", title=EVIL_TEXT, description=EVIL_TEXT, room=EVIL_TEXT, speakers=who)
    raw = msgspec.json.encode(EVIL_TEXT).decode()
    await fetch("UPDATE event SET title = $1, summary = $1, description = $1", raw)
    await fetch("UPDATE venue SET name = $1, address = $1", raw)
    await fetch("UPDATE organiser SET name = $1, url = 'javascript:alert(3)'", raw)
    await fetch("UPDATE convention SET title = $1, description = $1", raw)
    answer = await page.get(path)
    assert answer.status_code == 200
    elements = Reader(answer.text).elements
    assert [tag for tag, _attributes in elements if tag == "img"] == []
    assert not [name for _tag, attributes in elements for name in attributes if name.startswith("on")]
    kinds = [attributes.get("type") for tag, attributes in elements if tag == "script"]
    assert kinds in (["module"], ["module", "application/ld+json"])
    assert "javascript:alert(3)" not in unescape(re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL))
    if len(kinds) > 1:
        assert data_block(answer.text)["name"] == EVIL


async def test_search_words_never_become_markup(page: httpx.AsyncClient) -> None:
    elements = (await read(page, PROGRAMME, q=EVIL)).elements
    assert [a["value"] for t, a in elements if t == "input" and a.get("id") == "q"] == [EVIL.strip()]
    assert [tag for tag, _attributes in elements if tag == "img"] == []


@pytest.mark.parametrize("lang", ["ja", "en", "ko"])
async def test_data_block_says_what_the_calendar_says(page: httpx.AsyncClient, lang: str) -> None:
    answer = await page.get(f"{PROGRAMME}/events/asia-smart-city-conference", params={"lang": lang})
    data = data_block(answer.text)
    file = await page.get("/calendars/yokohama-2026/asia-smart-city-conference.ics", params={"lang": lang})
    event, *sessions = Calendar.from_ical(file.content).events
    assert (data["identifier"], data["name"], data["url"]) == tuple(
        str(event[key]) for key in ("uid", "summary", "url")
    )
    assert data["startDate"] == event.start.isoformat()
    assert data["endDate"] == (event.end - dt.timedelta(days=1)).isoformat()
    parts = [(p["identifier"], p["name"], p["url"], p["startDate"], p["endDate"]) for p in data["subEvent"]]
    assert parts == [
        (str(s["uid"]), str(s["summary"]), str(s["url"]), s.start.isoformat(), s.end.isoformat()) for s in sessions
    ]
    assert len(parts) > 1
    assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"


@pytest.mark.parametrize("path", ["/", PROGRAMME, f"{PROGRAMME}/events/yoxo-festival", "/accessibility"])
async def test_address_without_a_language_is_its_own(page: httpx.AsyncClient, path: str) -> None:
    """It is the `x-default` of the page: what search engines show to readers of no language of ours."""
    found = await read(page, path)
    assert found.links(rel="canonical") == found.links(hreflang="x-default") == [f"http://test{path}"]
    assert (await read(page, path, lang="nonsense")).links(rel="canonical") == [f"http://test{path}"]
    assert (await read(page, path, lang="ja")).links(rel="canonical") == [f"http://test{path}?lang=ja"]


async def test_head_names_languages_address_and_calendar(page: httpx.AsyncClient) -> None:
    for path, calendar in (
        ("/", "yokohama-2026"),
        (PROGRAMME, "yokohama-2026"),
        (f"{PROGRAMME}/events/yoxo-festival", "yokohama-2026/yoxo-festival"),
    ):
        found = await read(page, path, lang="ko")
        assert found.links(rel="canonical") == [f"http://test{path}?lang=ko"]
        assert found.links(rel="alternate", type="text/calendar") == [f"http://test/calendars/{calendar}.ics?lang=ko"]
        assert [found.links(hreflang=tag) for tag in ("ja", "en", "zh-Hans", "ko", "de", "th")] == [
            [f"http://test{path}?lang={tag}"] for tag in ("ja", "en", "zh-Hans", "ko", "de", "th")
        ]
        assert found.links(hreflang="x-default") == [f"http://test{path}"]


async def test_words_of_another_language_are_marked(page: httpx.AsyncClient) -> None:
    await add_session("walk", title={"ja": "散歩"})
    assert '<h1><span lang="ja">散歩</span></h1>' in (await page.get(f"{PROGRAMME}/sessions/walk")).text
    assert "<h1>散歩</h1>" in (await page.get(f"{PROGRAMME}/sessions/walk", params={"lang": "ja"})).text


async def test_statements_of_the_programme_page(page: httpx.AsyncClient) -> None:
    await fetch("UPDATE event SET revision = revision + 1 WHERE id = $1", await event_id("yoxo-festival"))
    async with statements() as seen:
        await page.get(f"{PROGRAMME}/events/yoxo-festival")
    assert len(seen) == 2
    await page.get(PROGRAMME)
    for path, count in ((PROGRAMME, 2), (f"{PROGRAMME}/events/yoxo-festival", 1), (f"{PROGRAMME}?q=a", 1)):
        async with statements() as seen:
            await page.get(path)
        assert len(seen) == count, path  # the programme; what stands beside it
    async with statements() as seen:
        await page.get("/")
    assert len(seen) == 2


async def test_timetable_puts_sessions_under_their_places(page: httpx.AsyncClient) -> None:
    await no_sessions()
    await add_session("early", starts_at=NOW, ends_at=NOW + dt.timedelta(hours=1), title={"en": "Early"})
    await add_session("late", starts_at=NOW + dt.timedelta(minutes=30), ends_at=NOW + dt.timedelta(hours=2))
    found = await read(page, PROGRAMME, view="timetable")
    heads = [a for t, a in found.elements if t == "th"]
    assert [a.get("scope") for a in heads] == ["col", "col", "row", "row", "row"]
    assert [a.get("rowspan") for t, a in found.elements if t == "td" and a.get("rowspan")] == ["2", "2"]
    assert [words for words in found.words if re.fullmatch(r"\d\d:\d\d", words)] == ["10:00", "10:30", "11:00"]
    links = [
        str(a["href"]).rpartition("/")[2] for t, a in found.elements if t == "a" and "/sessions/" in str(a.get("href"))
    ]
    assert links == ["early", "late"]


async def test_view_is_kept_by_days_form_and_switch(page: httpx.AsyncClient) -> None:
    elements = (await read(page, PROGRAMME, view="timetable", mode="hybrid", day="2026-11-22")).elements
    hidden = {a["name"]: a["value"] for t, a in elements if t == "input" and a.get("type") == "hidden" and "value" in a}
    assert hidden.items() >= {"day": "2026-11-22", "view": "timetable"}.items()
    addresses = [str(a.get("href")) for t, a in elements if t == "a"]
    assert "/yokohama-2026?mode=hybrid&view=timetable&day=2026-11-23" in addresses
    assert "/yokohama-2026?mode=hybrid&day=2026-11-22" in addresses
    assert (
        "a",
        {"href": "/yokohama-2026?mode=hybrid&view=timetable&day=2026-11-22", "aria-current": "true"},
    ) in elements


async def test_view_nobody_knows_is_the_list(page: httpx.AsyncClient) -> None:
    assert "<table" not in (await page.get(PROGRAMME, params={"view": "by boat"})).text


async def test_session_of_several_days_stands_below_the_timetable(page: httpx.AsyncClient) -> None:
    await no_sessions()
    await add_session("always", starts_at=NOW, ends_at=NOW + dt.timedelta(days=2), title={"en": "Always open"})
    html = (await page.get(PROGRAMME, params={"view": "timetable", "day": "2026-11-22"})).text
    assert "<table" not in html
    assert "All day" in html
    assert "Always open" in html


async def test_canceled_session_says_so_in_list_and_timetable(page: httpx.AsyncClient) -> None:
    await no_sessions()
    key = await add_session("off")
    for query in ({}, {"view": "timetable"}):
        assert "Canceled" not in (await page.get(PROGRAMME, params=query)).text
    await fetch("UPDATE session SET canceled_at = $2, revision = revision + 1 WHERE id = $1", key, NOW)
    for query in ({}, {"view": "timetable"}):
        assert '<span class="tag tag--error">Canceled</span>' in (await page.get(PROGRAMME, params=query)).text


async def test_home_says_what_runs_and_what_comes_next(page: httpx.AsyncClient, clock: Clock) -> None:
    await no_sessions()
    await add_session("noon", title={"en": "Soup"})  # 12:00 to 13:00
    await add_session("lounge", starts_at=NOW + dt.timedelta(hours=2), ends_at=NOW + dt.timedelta(hours=12))
    for hours, heading in ((0, "Next"), (2, "Happening now"), (-48, "2 days to go"), (24 * 5, "It is over.")):
        clock.moment = NOW + dt.timedelta(hours=hours)
        assert f'<h2 id="now">{heading}' in (await page.get("/")).text, hours
    clock.moment = NOW
    before = (await page.get("/")).text.partition('id="days"')[0]
    assert "Soup" in before
    assert "/sessions/lounge" not in before, "open all day: no news"


async def test_home_lists_each_day_with_its_events_and_hours(page: httpx.AsyncClient) -> None:
    await no_sessions()
    await add_session("one", event="yoxo-festival", starts_at=NOW, ends_at=NOW + dt.timedelta(hours=1))
    await add_session(
        "two", event="yoxo-festival", starts_at=NOW + dt.timedelta(hours=3), ends_at=NOW + dt.timedelta(hours=4)
    )
    html = (await page.get("/")).text
    first_day = html.partition('href="/yokohama-2026?day=2026-11-21"')[2].partition(
        'href="/yokohama-2026?day=2026-11-22"'
    )[0]
    assert (
        '<a href="/yokohama-2026/events/yoxo-festival">YOXO FESTIVAL</a><small><span class="number">10:00–14:00'
        in first_day
    )


async def test_home_between_languages_is_not_mixed_up(page: httpx.AsyncClient) -> None:
    english, japanese = (await page.get("/")).text, (await page.get("/", params={"lang": "ja"})).text
    assert "Yokohama Red Brick Warehouse" in english
    assert "横浜赤レンガ倉庫" in japanese
    assert "横浜赤レンガ倉庫" not in english


async def test_canceled_event_and_session_say_so_and_offer_no_registration(page: httpx.AsyncClient) -> None:
    key = await add_session("off")
    session, event = f"{PROGRAMME}/sessions/off", f"{PROGRAMME}/events/yoxo-festival"
    button = '<a class="button button--large" href="/yokohama-2026/register?event=yoxo-festival">'
    for path in (session, event):
        shown = (await page.get(path)).text
        assert button in shown
        assert shown.index(button) < shown.index('class="sidebar"')  # on a phone, before the whole programme
    await fetch("UPDATE session SET canceled_at = $2 WHERE id = $1", key, NOW)
    assert "This session is canceled" in (await page.get(session)).text
    assert button not in (await page.get(session)).text
    assert "This event is canceled" not in (await page.get(event)).text
    await fetch("UPDATE event SET canceled_at = $1 WHERE slug = 'yoxo-festival'", NOW)
    assert "This event is canceled" in (await page.get(event)).text
    assert button not in (await page.get(event)).text
