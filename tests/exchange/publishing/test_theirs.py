"""Events of partner cities in our calendars: to whom, how much of them, and when no more."""

import datetime as dt
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch
from app.exchange.schemas import Publishes
from tests.clock import NOW, Clock
from tests.exchange import planting
from tests.exchange.publishing.planted import entries, feed, log, reader

SEASON = "/yokohama-2026/partners"
HOUR = dt.timedelta(hours=1)


def public(slug: str) -> str:
    return f"/calendars/yokohama-2026/partners/{slug}.ics"


async def told(slug: str = "fukuoka", *, onward: bool = True, **columns: Any) -> tuple[UUID, UUID, UUID]:
    """Add a partner that tells of one event; return its agreement, its source and the card."""
    made = await planting.partner(slug)
    agreed = await planting.agreement(made, onward=onward)
    source = await planting.source(agreed)
    card = await planting.card()
    await planting.event(source, on=card, **{"uid": "hanabi@fukuoka.example", **columns})
    return agreed, source, card


async def test_event_of_a_partner_keeps_its_origin_and_names_its_source(http: httpx.AsyncClient) -> None:
    _agreed, _source, card = await told(
        place="大濠公園", url="https://fukuoka.example/花火", body={"description": "打上げ 19:30"}
    )
    found = (await entries(http, public("fukuoka"), "ja"))[f"card-{card}@test"]
    assert (str(found["summary"]), str(found["location"]), str(found["status"])) == (
        "花火大会",
        "大濠公園",
        "CONFIRMED",
    )
    assert str(found["description"]) == "打上げ 19:30\n提供：相手都市 (CC BY 4.0)"
    assert str(found["x-machigurumi-origin"]) == "hanabi@fukuoka.example"
    assert str(found["url"]) == "https://fukuoka.example/%E8%8A%B1%E7%81%AB"
    assert (found.start, found.end) == (NOW + 33 * HOUR, NOW + 35 * HOUR)
    assert found["sequence"] == 0


async def test_our_own_calendar_has_nothing_of_partners(http: httpx.AsyncClient) -> None:
    _agreed, _source, card = await told()
    assert f"card-{card}@test" not in await entries(http)


async def test_partner_reads_others_who_allow_it_and_never_itself(http: httpx.AsyncClient) -> None:
    agreed, _source, card = await told()
    _silent, _s, kept = await told("kobe", onward=False, uid="luminarie@kobe.example")
    _other, path = await reader("sapporo")
    found = await entries(http, f"{path}.ics")
    assert f"card-{card}@test" in found
    assert f"card-{kept}@test" not in found
    own = await entries(http, f"{await feed(agreed)}.ics")
    assert f"card-{card}@test" not in own
    assert any(uid.startswith("event-") for uid in own)


async def test_who_told_of_it_too_does_not_get_it_back(http: httpx.AsyncClient) -> None:
    agreed, _source, card = await told()
    other = await planting.partner("kobe")
    others = await planting.agreement(other, onward=True)
    path = await feed(others)
    assert f"card-{card}@test" in await entries(http, f"{path}.ics")
    await planting.event(await planting.source(others), on=card, uid="same@kobe.example")
    assert f"card-{card}@test" not in await entries(http, f"{path}.ics")
    assert agreed


async def test_who_only_hands_on_what_it_heard_goes_on_hearing_of_it(http: httpx.AsyncClient) -> None:
    _agreed, _source, card = await told()
    others = await planting.agreement(await planting.partner("kobe"), onward=True)
    path = await feed(others)
    await planting.event(
        await planting.source(others), on=card, uid="copy@kobe.example", origin="hanabi@fukuoka.example"
    )
    assert f"card-{card}@test" in await entries(http, f"{path}.ics")


@pytest.mark.parametrize(
    "publishes",
    [
        Publishes(),
        Publishes(scopes=("out",)),
        Publishes(scopes=("core",), partners=False),
        Publishes(scopes=(), partners=False),
    ],
)
async def test_agreement_says_what_a_partner_gets(http: httpx.AsyncClient, publishes: Publishes) -> None:
    await told()
    _partner, path = await reader("sapporo", publishes=publishes)
    found = await entries(http, f"{path}.ics")
    rows = await fetch("SELECT id FROM event WHERE kpi_scope = ANY($1)", list(publishes.scopes))
    assert {uid for uid in found if uid.startswith("event-")} == {f"event-{row['id']}@test" for row in rows}
    assert any(uid.startswith("card-") for uid in found) is publishes.partners


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE agreement SET revoked_at = $1",
        "UPDATE agreement SET renews = false, valid_until = $1::timestamptz::date - 1",
        """UPDATE agreement SET fields = fields || '{"time": "confidential"}' WHERE $1::timestamptz IS NOT NULL""",
        "UPDATE source SET live_at = NULL WHERE $1::timestamptz IS NOT NULL",
    ],
)
async def test_what_is_not_allowed_any_more_is_gone_from_everywhere(http: httpx.AsyncClient, end: str) -> None:
    agreed, _source, card = await told()
    _partner, path = await reader("sapporo")
    uid = f"card-{card}@test"
    assert uid in await entries(http, public("fukuoka"))
    assert "花火大会" in (await http.get(SEASON)).text
    rows = await fetch("SELECT id FROM partner WHERE slug = 'fukuoka'")
    assert rows
    assert agreed
    only = end if "source" in end else f"{end}{' AND' if 'WHERE' in end else ' WHERE'} partner = '{rows[0]['id']}'"
    await fetch(only, NOW)
    assert (await http.get(public("fukuoka"))).status_code == 404
    for address in (SEASON, f"{path}.ics", f"{path}.csv", "/yokohama-2026"):
        text = (await http.get(address)).text
        assert ("花火大会" in text, uid in text) == (False, False), address
    assert "花火大会" not in (await http.get(f"{path}.json")).text
    assert (await log(uid))["gone_at"] == NOW
    assert (
        await fetch("SELECT FROM published_text t JOIN publication p ON p.id = t.publication WHERE p.uid = $1", uid)
        == []
    )


async def test_term_that_runs_out_takes_its_events_along_by_itself(http: httpx.AsyncClient, clock: Clock) -> None:
    agreed, _source, card = await told()
    await fetch("UPDATE agreement SET renews = false, valid_until = '2026-11-22' WHERE id = $1", agreed)
    clock.moment = dt.datetime(2026, 11, 22, 14, 59, 59, tzinfo=dt.UTC)  # a second before midnight in Tokyo
    assert f"card-{card}@test" in await entries(http, public("fukuoka"))
    clock.forward(seconds=1)
    assert (await http.get(public("fukuoka"))).status_code == 404


async def test_withdrawn_by_its_city_it_is_canceled_and_says_no_more(http: httpx.AsyncClient) -> None:
    _agreed, source, card = await told(place="大濠公園")
    uid = f"card-{card}@test"
    await entries(http, public("fukuoka"))
    await fetch("UPDATE exchanged_event SET state = 'withdrawn', state_at = $2 WHERE source = $1", source, NOW)
    found = (await entries(http, public("fukuoka")))[uid]
    assert (str(found["status"]), found["sequence"], "location" in found) == ("CANCELLED", 1, False)


async def test_withdrawn_before_anybody_read_it_is_never_mentioned(http: httpx.AsyncClient) -> None:
    _agreed, _source, _card = await told(state="withdrawn")
    assert (await http.get(public("fukuoka"))).status_code == 404


async def test_what_was_linked_to_an_event_of_ours_is_ours_alone(http: httpx.AsyncClient) -> None:
    _agreed, _source, card = await told()
    await entries(http, public("fukuoka"))
    await fetch("UPDATE card SET event = (SELECT id FROM event LIMIT 1) WHERE id = $1", card)
    assert (await http.get(public("fukuoka"))).status_code == 404


async def test_hidden_change_changes_no_byte_and_no_tag_for_the_public(http: httpx.AsyncClient) -> None:
    agreed, source, card = await told(body={"contact": "観光課"})
    await fetch('UPDATE agreement SET fields = fields || \'{"contact": "partner"}\' WHERE id = $1', agreed)
    _partner, path = await reader("sapporo")
    first = await http.get(public("fukuoka"))
    json = await http.get(f"{path}.json")
    assert "観光課" in json.text
    await fetch(
        'UPDATE exchanged_event SET body = \'{"contact": "港湾課"}\', changed_at = $2 WHERE source = $1',
        source,
        NOW + HOUR,
    )
    again = await http.get(public("fukuoka"))
    assert (again.content, again.headers["etag"], again.headers["last-modified"]) == (
        first.content,
        first.headers["etag"],
        first.headers["last-modified"],
    )
    assert "港湾課" in (await http.get(f"{path}.json")).text
    rows = {
        row["audience"]: row["change"]
        for row in await fetch("SELECT audience, change FROM publication WHERE subject = $1", card)
    }
    assert rows["partner"] > rows["public"]


async def test_series_keeps_its_rule_and_its_single_dates(http: httpx.AsyncClient) -> None:
    starts = NOW + 24 * HOUR
    _agreed, source, card = await told(
        starts_at=starts,
        body={"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Asia/Tokyo:20261206T100000", "X-EVIL:1"]},
    )
    await planting.event(
        source,
        "花火大会（雨天順延）",
        uid="hanabi@fukuoka.example",
        recurrence_id=(starts + 7 * 24 * HOUR).isoformat(),
        starts_at=starts + 8 * 24 * HOUR,
    )
    raw = (await http.get(public("fukuoka"))).text
    assert raw.count("BEGIN:VEVENT") == 2
    assert raw.count(f"UID:card-{card}@test") == 2
    assert "RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Asia/Tokyo:20261206T100000\r\n" in raw
    assert "RECURRENCE-ID;TZID=Asia/Tokyo:20261129T100000\r\n" in raw
    assert "EVIL" not in raw


async def test_private_event_is_nowhere(http: httpx.AsyncClient) -> None:
    await told(access="private")
    _partner, path = await reader("sapporo")
    assert (await http.get(public("fukuoka"))).status_code == 404
    assert "花火大会" not in (await http.get(f"{path}.json")).text


async def test_page_of_the_season(http: httpx.AsyncClient) -> None:
    await told(place="大濠公園", url="https://fukuoka.example/hanabi")
    page = (await http.get(SEASON, headers={"accept": "text/html"})).text
    assert '<h2 id="fukuoka">Fukuoka</h2>' in page
    assert (
        '<a href="https://fukuoka.example/hanabi" rel="external noopener"><span lang="ja">花火大会</span></a>' in page
    )
    assert "Source: the partner city (CC BY 4.0)" in page
    assert "/calendars/yokohama-2026/partners/fukuoka.ics?lang=en" in page
    programme = (await http.get("/yokohama-2026", headers={"accept": "text/html"})).text
    assert '<a class="button button--secondary" href="/yokohama-2026/partners">' in programme


async def test_programme_says_nothing_of_partners_when_there_is_nothing(http: httpx.AsyncClient) -> None:
    assert "/yokohama-2026/partners" not in (await http.get("/yokohama-2026", headers={"accept": "text/html"})).text
    assert "Nothing from partner cities yet" in (await http.get(SEASON, headers={"accept": "text/html"})).text


@pytest.mark.parametrize(("days", "there"), [(-61, False), (-59, False), (1, True), (62, True), (65, False)])
async def test_season_is_sixty_days_around_and_shows_what_is_to_come(
    http: httpx.AsyncClient, days: int, *, there: bool
) -> None:
    await told(starts_at=NOW + dt.timedelta(days=days))
    assert ("花火大会" in (await http.get(SEASON)).text) is there


async def test_season_shows_the_next_date_of_a_series(http: httpx.AsyncClient, clock: Clock) -> None:
    starts = NOW - dt.timedelta(days=364)
    await told(starts_at=starts, body={"recurrence": ["RRULE:FREQ=DAILY;INTERVAL=7"]})
    page = (await http.get(SEASON, headers={"accept": "text/html"})).text
    assert '<time datetime="2026-11-21T10:00:00+09:00">' in page
    assert "Several dates" in page
    clock.forward(days=1)
    page = (await http.get(SEASON, headers={"accept": "text/html"})).text
    assert '<time datetime="2026-11-28T10:00:00+09:00">' in page


@pytest.mark.parametrize(
    "columns",
    [
        {"starts_at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)},
        {"starts_at": dt.datetime(9999, 12, 31, tzinfo=dt.UTC)},
        {"zone": "Nowhere/Land"},
        {"zone": "../../etc/passwd"},
        {"url": "https://[::1"},
        {"url": "javascript:alert(1)"},
        {"url": "https://user:secret@kobe.example/"},
        {"title": "a\r\nEND:VEVENT\r\nX:1"},
        {"latitude": float("nan"), "longitude": 1.0},
        {"recurrence_id": "yesterday"},
        {"body": {"recurrence": ["RRULE:FREQ=DAILY\r\nX:1", "EXDATE;TZID=../x:20261122T100000", "RDATE:99999999"]}},
        {"body": {"recurrence": ["RRULE:FREQ=YEARLY;UNTIL=99991231"]}},
    ],
)
async def test_odd_event_costs_no_other(http: httpx.AsyncClient, columns: dict[str, Any]) -> None:
    _agreed, source, _card = await told(**columns)
    good = await planting.card()
    await planting.event(source, "朝市", on=good)
    answer = await http.get(public("fukuoka"))
    assert f"UID:card-{good}@test" in answer.text
    assert not [line for line in answer.text.splitlines() if line.startswith("X:")]
    assert "secret@" not in answer.text
    assert "nan" not in answer.text
    assert (await http.get(SEASON, headers={"accept": "text/html"})).status_code == 200
