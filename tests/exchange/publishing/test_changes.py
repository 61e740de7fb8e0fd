"""The change feed as JSON, the municipal list, and that all forms say the same."""

import csv
import io
import json
import re
from typing import Any

import httpx
import pytest

from app.core.db import fetch
from tests.clock import NOW, Clock
from tests.events.rows import add_session, event_id
from tests.exchange import planting
from tests.exchange.publishing.planted import CONVENTION, entries, reader

FEED = "/calendars/yokohama-2026.json"
HTML = {"accept": "text/html"}


async def read(http: httpx.AsyncClient, path: str = FEED, **params: Any) -> dict[str, Any]:
    answer = await http.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def since(http: httpx.AsyncClient, before: dict[str, Any], path: str = FEED) -> dict[str, Any]:
    return await read(http, path, since=before["change"], selection=before["selection"])


async def test_feed_begins_with_everything(http: httpx.AsyncClient) -> None:
    whole = await read(http)
    assert (whole["complete"], whole["next"]) == (True, None)
    assert {item["uid"] for item in whole["items"]} == set(await entries(http))
    assert (await since(http, whole))["items"] == []


async def test_feed_tells_what_changed_and_what_has_gone(http: httpx.AsyncClient, clock: Clock) -> None:
    off = await add_session("off", canceled_at=NOW)
    moved = await add_session("moved")
    before = await read(http)
    await fetch("UPDATE session SET starts_at = starts_at - interval '1 hour' WHERE id = $1", moved)
    clock.forward(days=31)
    after = await since(http, before)
    assert after["complete"] is False
    assert [(item["uid"], item.get("gone", False), item.get("sequence")) for item in after["items"]] == [
        (f"session-{moved}@test", False, 1),
        (f"session-{off}@test", True, None),
    ]
    assert (await since(http, after))["items"] == []


async def test_pages_lead_through_everything_once(http: httpx.AsyncClient) -> None:
    page = await read(http, limit=7)
    seen = [item["uid"] for item in page["items"]]
    while page["next"]:
        page = await read(http, page["next"].removeprefix("http://test"))
        seen += [item["uid"] for item in page["items"]]
        assert page["complete"] is True
    assert sorted(seen) == sorted(await entries(http))
    assert (await since(http, page))["items"] == []


async def test_header_leads_to_the_next_page_as_in_every_list(http: httpx.AsyncClient) -> None:
    answer = await http.get(FEED, params={"limit": 7})
    assert answer.headers["link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert "link" not in (await http.get(FEED)).headers


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x"])
async def test_nobody_gets_more_than_a_page(http: httpx.AsyncClient, limit: str) -> None:
    assert (await http.get(FEED, params={"limit": limit})).status_code == 422


async def test_who_cannot_be_told_what_has_gone_gets_everything(http: httpx.AsyncClient, clock: Clock) -> None:
    await add_session("off", canceled_at=NOW)
    before = await read(http)
    whole = len(before["items"]) - 1
    clock.forward(days=31)
    await read(http)
    clock.forward(days=400)
    assert (after := await since(http, before))["complete"] is True
    assert len(after["items"]) == whole
    assert (await read(http, since=before["change"], selection="other"))["complete"] is True
    assert (await read(http, since=10**9, selection=before["selection"]))["complete"] is True


async def test_another_agreement_is_another_selection(http: httpx.AsyncClient) -> None:
    partner, path = await reader("sapporo")
    before = await read(http, f"{path}.json")
    await fetch(
        'UPDATE agreement SET publishes = \'{"scopes": ["core"], "partners": true}\' WHERE partner = $1', partner
    )
    after = await since(http, before, f"{path}.json")
    assert after["complete"] is True
    assert 0 < len(after["items"]) < len(before["items"])


async def test_scope_that_changes_is_another_selection_for_partners_and_no_change_for_others(
    http: httpx.AsyncClient,
) -> None:
    _partner, path = await reader("sapporo")
    before, public = await read(http, f"{path}.json"), await http.get(CONVENTION)
    await fetch("UPDATE event SET kpi_scope = 'out' WHERE slug = 'yoxo-festival'")
    after = await since(http, before, f"{path}.json")
    assert after["complete"] is True
    assert f"event-{await event_id('yoxo-festival')}@test" not in {item["uid"] for item in after["items"]}
    assert (await http.get(CONVENTION)).headers["etag"] == public.headers["etag"]
    assert (await http.get(CONVENTION)).headers["last-modified"] == public.headers["last-modified"]


async def test_feed_speaks_the_language_that_was_asked_for(http: httpx.AsyncClient) -> None:
    key = await add_session("walk", title={"ja": "散歩", "en": "Walk"})
    for tag, title in (("ja", "散歩"), ("en", "Walk"), ("th", "Walk")):
        said = {item["uid"]: item["event"]["title"] for item in (await read(http, lang=tag))["items"]}
        assert said[f"session-{key}@test"] == title


async def test_feed_is_conditional(http: httpx.AsyncClient) -> None:
    first = await http.get(FEED)
    assert (await http.get(FEED, headers={"if-none-match": first.headers["etag"]})).status_code == 304


@pytest.mark.parametrize("query", ["since=-1", "since=x", "limit=0", "limit=1001", "since=99999999999999999999"])
async def test_wrong_question_is_refused(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.get(f"{FEED}?{query}")).status_code == 422


async def test_tokens_that_open_nothing(http: httpx.AsyncClient) -> None:
    partner, path = await reader("sapporo")
    assert (await http.get(f"{path}.ics")).status_code == 200
    assert (await http.get(f"{path}.txt")).status_code == 404
    assert (await http.get(f"{path}x.ics")).status_code == 404
    for kind in ("ics", "csv", "json"):
        assert (await http.get(f"{path}.{kind}")).headers["cache-control"] == "private, no-cache"
    await fetch("UPDATE agreement SET revoked_at = $2 WHERE partner = $1", partner, NOW)
    assert (await http.get(f"{path}.ics")).status_code == 404


async def test_list_has_every_event_under_a_name_that_stays(http: httpx.AsyncClient) -> None:
    await add_session("walk", title={"ja": "散歩", "en": "=Walk"}, room={"ja": "大ホール"}, capacity=30)
    answer = await http.get("/calendars/yokohama-2026.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = {row["NO"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    found = await entries(http, lang="ja")
    assert rows.keys() == found.keys()
    for uid, row in rows.items():
        assert row["イベント名"].lstrip("'") == str(found[uid]["summary"])
        start = found[uid].start
        assert row["開始日"] == f"{start:%Y-%m-%d}"
        assert row["開始時間"] == (f"{start:%H:%M}" if hasattr(start, "hour") else "")
        assert (row.get("状態") == "中止") is (str(found[uid]["status"]) == "CANCELLED")
        assert row["URL"] == str(found[uid]["url"])
    walk = next(row for row in rows.values() if row["イベント名"] == "散歩")
    assert (walk["イベント名_英語"], walk["方書"], walk["定員"]) == ("'=Walk", "大ホール", "30")


def data_in(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


async def test_page_and_calendar_and_feed_say_the_same(http: httpx.AsyncClient) -> None:
    hall = (await fetch("SELECT id FROM venue WHERE latitude IS NOT NULL ORDER BY slug"))[0]["id"]
    await add_session("walk", title={"en": "Walk & talk"}, venue=hall, mode="on_site", canceled_at=NOW)
    calendar = await entries(http)
    feed = {item["uid"]: item["event"] for item in (await read(http, lang="en"))["items"]}
    slugs = [row["slug"] for row in await fetch("SELECT slug FROM event")]
    for slug in slugs:
        page = (await http.get(f"/yokohama-2026/events/{slug}", params={"lang": "en"}, headers=HTML)).text
        event = data_in(page)
        for one in (event, *event["subEvent"]):
            entry, said = calendar[one["identifier"]], feed[one["identifier"]]
            assert one["name"] == str(entry["summary"]) == said["title"]
            assert one["url"] == str(entry["url"]) == said["url"]
            assert one["eventStatus"].endswith("Cancelled") is (str(entry["status"]) == "CANCELLED")
            assert one["startDate"] == entry.start.isoformat() == (said.get("starts_at") or said["first_day"])
            assert one["description"] == str(entry.get("description", "")) == said.get("description", "")
            places = [place for place in one["location"] if place["@type"] == "Place" and "address" in place]
            for place in places:
                assert f"{place['name']}, {place['address']}" in str(entry["location"])
            if places and "geo" in places[0]:
                assert entry["geo"].latitude == places[0]["geo"]["latitude"] == said["latitude"]


async def test_season_and_calendar_of_a_city_say_the_same(http: httpx.AsyncClient) -> None:
    source = await planting.source(await planting.agreement(await planting.partner("kobe")))
    await planting.event(source, "花火 & 灯り", place="港", url="https://kobe.example/1", body={"description": "光"})
    await planting.event(source, "展覧会", first_day=NOW.date(), last_day=NOW.date(), status="cancelled")
    calendar = await entries(http, "/calendars/yokohama-2026/partners/kobe.ics")
    page = (await http.get("/yokohama-2026/partners", headers=HTML, params={"lang": "en"})).text
    graph = data_in(page)["@graph"]
    assert {one["identifier"] for one in graph} == calendar.keys()
    for one in graph:
        entry = calendar[one["identifier"]]
        assert one["name"] == str(entry["summary"])
        assert one["startDate"] == entry.start.isoformat()
        assert one["eventStatus"].endswith("Cancelled") is (str(entry["status"]) == "CANCELLED")
        assert one.get("url", "") == str(entry.get("url", ""))
        assert one.get("location", {}).get("name", "") == str(entry.get("location", ""))
        assert f"{one['creditText']} ({one['usageInfo']})" == str(entry["description"]).splitlines()[-1]
        assert one["name"].replace("&", "&amp;") in page
