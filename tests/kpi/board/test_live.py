"""The live board: a scan at a gate is on it with the next reading; what silences the evidence is on it too."""

import asyncio
import datetime as dt
import re
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.core import chain
from app.core.db import fetch
from app.core.web.frame import Frame
from app.kpi.board import kept
from app.kpi.board.live import LIVE
from tests.attendance.board.following import following
from tests.attendance.factories import gate, scan, ticket
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for
from tests.kpi.ledgers import YEAR
from tests.kpi.ledgers import scan as entry
from tests.kpi.rows import write


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", html)


async def shown(officer: httpx.AsyncClient, year: int = YEAR) -> str:
    answer = await officer.get("/office/kpi", params={"fiscal_year": year})
    assert answer.status_code == 200, answer.text
    return plain(answer.text)


def part(text: str, name: str) -> str:
    """Cut a live part out of the page."""
    return text.split(f'data-piece="{name}"')[1].split("</section>", maxsplit=1)[0]


async def admit(app: Frame, **person: object) -> tuple[UUID, UUID, UUID]:
    """Let a guest in at the first gate; return the event, the venue and the person."""
    place, held = await gate(), await ticket(**person)
    async with client(app, await token_for("staff")) as phone:
        answer = await phone.post("/api/v1/scans", json={"scans": [scan(int(uuid4()) >> 80, held.code, place.id)]})
    assert answer.json()["receipts"][0]["verdict"] == "admitted", answer.text
    return place.event, place.venue, held.person


async def test_scan_is_on_the_board_by_day_event_and_venue(app: Frame, officer: httpx.AsyncClient) -> None:
    event, venue, _ = await admit(app)
    text = await shown(officer)
    row = '</a></th><td class="number">1</td><td class="number">1</td><td class="number">0</td>'
    assert "Saturday, November 21, 2026" + row in part(text, "days")
    assert f"by=event&amp;of={event}" in part(text, "events")
    assert row in part(text, "events")
    assert f"by=venue&amp;of={venue}" in part(text, "venues")
    assert '</a></th><td class="number">1</td></tr>' in part(text, "venues")


async def test_scan_settled_where_no_gate_is_left_has_no_venue(app: Frame, officer: httpx.AsyncClient) -> None:
    await write([entry(0)])
    assert "No venue known</a>" in part(await shown(officer), "venues")


async def test_corrections_reach_the_tables(officer: httpx.AsyncClient, clock: Clock) -> None:
    [first, _] = await write([entry(0, 1), entry(0, 2)])
    assert '<td class="number">2</td>' in part(await shown(officer), "days")
    void = ledger.Entry(kind="void", evidence_class="B", person=UUID(int=1), role="", subject=first, operator="o-1")
    await ledger.append([void], now=NOW)
    clock.forward(seconds=1)
    text = part(await shown(officer), "days")
    assert '<td class="number">1</td>' in text
    assert '<td class="number">2</td>' not in text


async def test_reading_is_of_the_last_second(officer: httpx.AsyncClient, clock: Clock) -> None:
    await shown(officer)
    await write([entry(0)])
    clock.forward(milliseconds=999)
    assert "Nobody has been counted in this fiscal year" in await shown(officer)
    clock.forward(milliseconds=1)
    assert '<p class="kpi__number">1 <span' in await shown(officer)


@pytest.mark.committed
async def test_stream_tells_of_a_scan_with_the_next_reading(
    app: Frame, committed: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LIVE, "_start", lambda _clock: None)
    token = f"Bearer {await token_for('officer')}"
    async with following(app, "/office/kpi/stream", authorization=token) as reader:
        first = await reader.message()
        assert set(first["pieces"]) == {
            "alarms", "figures", "targets", "countries", "days", "events", "venues", "beside", "sensitivity", "others",
        }  # fmt: skip
        await admit(app)
        clock.forward(seconds=1)
        await LIVE.tick(clock())
        pieces = (await reader.message())["pieces"]
        assert {"figures", "countries", "days", "events", "venues"} <= set(pieces)
        assert '<p class="kpi__number">1 <span' in pieces["figures"]
        assert "others" not in pieces


async def test_stream_is_for_the_office(app: Frame, http: httpx.AsyncClient) -> None:
    assert (await http.get("/office/kpi/stream")).status_code == 401
    for role in ("organiser", "lead", "staff"):
        async with client(app, await token_for(role)) as other:
            assert (await other.get("/office/kpi/stream")).status_code == 403


async def test_long_ledger_is_counted_beside_and_the_page_says_so(
    officer: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = asyncio.Event()

    async def slowly(_year: kept.Year) -> None:
        await counted.wait()

    monkeypatch.setattr(kept, "AT_ONCE", 2)
    monkeypatch.setattr(kept.Year, "_advance", slowly)
    await write([entry(0, who) for who in (1, 2, 3)])
    text = await shown(officer)
    assert "Being counted for the first time since the start: 0 %." in part(text, "days")
    assert "The forecast follows when the people are counted." in part(text, "targets")
    assert '<p class="kpi__number">3 <span' in part(text, "figures")
    listed = await officer.get("/office/kpi/people", params={"fiscal_year": YEAR})
    assert "Being counted for the first time" in listed.text
    counted.set()
    await asyncio.sleep(0)


async def test_after_another_ledger_came_back_it_counts_anew(officer: httpx.AsyncClient, clock: Clock) -> None:
    await write([entry(0, who) for who in (1, 2, 3)])
    await shown(officer)
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("DELETE FROM ledger_entry")
    await fetch("DELETE FROM chain_head WHERE name = $1", ledger.CHAIN)
    await fetch("SET LOCAL session_replication_role = DEFAULT")
    await write([entry(0, who, residence="KR") for who in (4, 5, 6, 7)])
    clock.forward(seconds=1)
    assert '<td class="number">4</td>' in part(await shown(officer), "days")
    assert (await kept.year(YEAR)).head == await chain.head(ledger.CHAIN)


async def test_changed_entry_breaks_the_chain(officer: httpx.AsyncClient, clock: Clock) -> None:
    await write([entry(0, who) for who in (1, 2, 3)])
    assert "The ledger holds together: 3 entries, checked at 10:00." in part(await shown(officer), "alarms")
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch(
        "UPDATE ledger_entry SET residence = 'KR' WHERE position = (SELECT min(position) + 1 FROM ledger_entry)"
    )
    await fetch("SET LOCAL session_replication_role = DEFAULT")
    clock.forward(minutes=9)
    assert "does not hold together" not in part(await shown(officer), "alarms")
    clock.forward(minutes=1)
    text = part(await shown(officer), "alarms")
    assert "The ledger does not hold together from entry 2 on." in text
    assert "The ledger holds together" not in text


async def test_gates_without_a_scan_for_half_an_hour(app: Frame, officer: httpx.AsyncClient, clock: Clock) -> None:
    place = await gate()
    title = f"{await title_of(place.event)}: no scan for 30 minutes"
    await fetch("UPDATE gate SET opens_at = '10:00', closes_at = '18:00'")
    assert "no scan for" not in part(await shown(officer), "alarms")
    clock.forward(minutes=29)
    await admit(app)
    clock.forward(minutes=1)
    assert title in part(await shown(officer), "alarms")  # the phone's time of the scan is half an hour ago
    await admit_at(app, clock())
    clock.forward(seconds=1)
    assert title not in part(await shown(officer), "alarms")
    clock.moment = NOW.replace(hour=9)
    assert "no scan for" not in part(await shown(officer), "alarms")  # closed at 18:00 in Japan


async def admit_at(app: Frame, at: dt.datetime) -> None:
    place, held = await gate(), await ticket()
    async with client(app, await token_for("staff")) as phone:
        sent = scan(int(uuid4()) >> 80, held.code, place.id, at=at)
        answer = await phone.post("/api/v1/scans", json={"scans": [sent]})
    assert answer.json()["receipts"][0]["verdict"] == "admitted", answer.text


async def title_of(event: UUID) -> str:
    [row] = await fetch("SELECT title ->> 'en' AS title FROM event WHERE id = $1", event)
    return str(row["title"])


async def test_running_session_in_which_nobody_is_measured(officer: httpx.AsyncClient, clock: Clock) -> None:
    [session] = await fetch(
        "UPDATE session SET mode = 'online', starts_at = $1, ends_at = $2 WHERE id = (SELECT s.id FROM session s"
        " JOIN event e ON e.id = s.event WHERE e.kpi_scope = 'core' ORDER BY s.id LIMIT 1) RETURNING id, event",
        NOW,
        NOW + dt.timedelta(hours=1),
    )
    await fetch("UPDATE session SET canceled_at = $2 WHERE id <> $1", session["id"], NOW)
    words = f"{await title_of(session['event'])}: nobody has been measured online for 5 minutes"
    clock.forward(minutes=9)
    assert words not in part(await shown(officer), "alarms")
    clock.forward(minutes=1)
    assert words in part(await shown(officer), "alarms")
    held = await ticket()
    await fetch(
        "INSERT INTO presence_interval (id, ticket, session, visit, started_at, beat_at)"
        " VALUES (gen_random_uuid(), $1, $2, gen_random_uuid(), $3, $3)",
        held.id,
        session["id"],
        clock(),
    )
    clock.forward(minutes=4, seconds=59)
    assert words not in part(await shown(officer), "alarms")
    clock.forward(seconds=1)
    assert words in part(await shown(officer), "alarms")
    clock.forward(hours=1)
    assert words not in part(await shown(officer), "alarms")


async def test_doubles_that_nobody_has_decided(officer: httpx.AsyncClient, clock: Clock) -> None:
    one, two = sorted([(await ticket()).person, (await ticket()).person])
    await fetch(
        "INSERT INTO double (id, first, second, reasons, automatic, found_at, reason)"
        " VALUES (gen_random_uuid(), $1, $2, '[]', false, $3, '')",
        one,
        two,
        NOW,
    )
    clock.forward(days=7)
    assert "waits for review" not in part(await shown(officer), "alarms")
    clock.forward(seconds=1)
    assert "1 case waits for review, the oldest for 7 days." in part(await shown(officer), "alarms")
    await fetch("UPDATE person SET erased_at = $2 WHERE id = $1", one, NOW)
    clock.forward(seconds=1)
    assert "waits for review" not in part(await shown(officer), "alarms")


async def test_imports_of_an_event_close_after_thirty_days(officer: httpx.AsyncClient, clock: Clock) -> None:
    [event] = await fetch(
        "UPDATE event SET mode = 'hybrid', last_day = '2026-11-24' WHERE id ="
        " (SELECT id FROM event WHERE kpi_scope = 'core' LIMIT 1) RETURNING id"
    )
    words = f"Reports of platforms for {await title_of(event['id'])} are taken until Thursday, December 24, 2026."
    clock.forward(days=25)
    assert words not in part(await shown(officer), "alarms")
    clock.forward(days=1)
    assert words in part(await shown(officer), "alarms")


async def test_year_with_evidence_that_nobody_froze(officer: httpx.AsyncClient, clock: Clock) -> None:
    await write([entry(0)])
    clock.moment = dt.datetime(2027, 6, 30, 14, 59, tzinfo=dt.UTC)
    assert "Fiscal year 2026 is to be frozen on Wednesday, June 30, 2027." in part(await shown(officer), "alarms")
    clock.moment = dt.datetime(2027, 6, 30, 15, 0, tzinfo=dt.UTC)
    text = part(await shown(officer), "alarms")
    assert "Fiscal year 2026 should have been frozen on Wednesday, June 30, 2027." in text
    assert "Fiscal year 2025" not in text  # there is no evidence of it


async def test_forecast_is_a_range_with_its_assumption(app: Frame, officer: httpx.AsyncClient, clock: Clock) -> None:
    for _ in range(3):
        await ticket()
    await ticket(residence="JP")
    await ticket("yoxo-booth")
    await admit(app)
    text = part(await shown(officer), "targets")
    assert re.search(r"1 to 5 <span", text)
    assert "as already seen, to all." in text
    assert "at the high end 1 more person, as in the last four weeks." in text
    assert "Forecast: The whole range is below it." in text


async def test_forecast_ends_with_the_last_day(app: Frame, officer: httpx.AsyncClient, clock: Clock) -> None:
    await admit(app)
    await ticket()
    clock.forward(days=100)
    assert "No forecast: nobody more is registered for this year." in part(await shown(officer), "targets")


async def test_other_indicators_show_what_was_entered(officer: httpx.AsyncClient) -> None:
    text = part(await shown(officer), "others")
    assert text.count("No value entered for this fiscal year.") == 2
    await fetch(
        "INSERT INTO entered_value (id, kind, number, fiscal_year, value, evidence, operator, entered_at)"
        " VALUES (gen_random_uuid(), 'actual', 1, 2026, 12.5, 'Report of May, page 3', 'o-1', $1)",
        NOW,
    )
    LIVE.forget()
    text = part(await shown(officer), "others")
    assert '<p class="kpi__number">12.5 <span' in text
    assert "Evidence: Report of May, page 3" in text
    assert text.count("No value entered for this fiscal year.") == 1
