"""The certificate of attendance: only what was measured, of events that are over, checked against the ledger."""

import datetime as dt
import io
import re
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
import pytest

from app.attendance import ledger
from app.attendance.online.certificate import voided
from app.core.db import fetch, fetch_one
from app.core.signing import capability
from app.ticketing.tickets import join_token, page_token
from tests.attendance.factories import Made, ticket
from tests.attendance.online.test_presence import Viewer, session
from tests.clock import NOW, Clock

HTML = {"accept": "text/html"}
WORDS = "Certificate of attendance"


async def followed(http: httpx.AsyncClient, clock: Clock, made: Made, *, beats: int = 24) -> UUID:
    """Follow a session on line for half as many minutes as beats, and go."""
    at = await session()
    page = Viewer(http, join_token(ticket=made.id, session=at))
    await page.watch(clock, beats=beats)
    await page.leave()
    return at


async def on_site(made: Made, at: UUID, *, day: dt.datetime = NOW, **more: Any) -> int:
    """Write that a gate of the session's event admitted somebody; return the entry's position."""
    row = await fetch_one("SELECT event FROM session WHERE id = $1", at)
    assert row is not None
    fields: dict[str, Any] = {"kind": "scan", "evidence_class": "A", "role": "delegate", "person": made.person} | more
    entry = ledger.Entry(
        ticket=made.id, event=row["event"], scope="core", mode="on_site", scheduled_at=day, starts_at=day, ends_at=day,
        **fields,
    )  # fmt: skip
    [position] = await ledger.append([entry], now=day)
    return position


async def void(position: int, person: UUID) -> int:
    entry = ledger.Entry(
        kind="void", evidence_class="B", person=person, role="", subject=position, operator="officer", reason="wrong"
    )
    [made] = await ledger.append([entry], now=NOW)
    return made


def over(clock: Clock) -> None:
    """Let all events be over."""
    clock.moment = NOW + dt.timedelta(days=30)


async def shown(http: httpx.AsyncClient, made: Made) -> str:
    answer = await http.get(f"/tickets/{page_token(made.id)}/attendance", headers=HTML)
    assert answer.status_code == 200
    return answer.text


async def paper(http: httpx.AsyncClient, made: Made, query: str = "") -> str:
    """Return the words of the certificate."""
    answer = await http.get(f"/tickets/{page_token(made.id)}/attendance.pdf{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(io.BytesIO(answer.content)))


async def test_minutes_of_sessions_and_days_at_gates(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket(name="李娜")
    at = await followed(http, clock, made)
    await on_site(made, at)
    await on_site(made, at, day=NOW + dt.timedelta(hours=3))
    await on_site(made, at, day=NOW + dt.timedelta(days=1))
    over(clock)
    words = await paper(http, made)
    for piece in (WORDS, "李娜", "Saturday, November 21, 2026", "Sunday, November 22, 2026", "12 minutes in all"):
        assert piece in words
    assert words.count("Saturday, November 21, 2026") == 1
    page = await shown(http, made)
    assert "12 minutes in all" in page
    assert page.count("Saturday, November 21, 2026") == 1


async def test_two_tabs_are_certified_once(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    at = await session()
    tabs = [Viewer(http, join_token(ticket=made.id, session=at)) for _ in range(2)]
    for _ in range(20):
        for tab in tabs:
            await tab.beat()
        clock.forward(seconds=30)
    for tab in tabs:
        await tab.leave()
    over(clock)
    assert "10 minutes in all" in await paper(http, made)


async def test_sessions_side_by_side_are_no_longer_than_they_were(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    at = await followed(http, clock, made)
    row = await fetch_one("SELECT * FROM ledger_entry WHERE session = $1", at)
    assert row is not None
    other = {name: row[name] for name in ("person", "role", "ticket", "event", "scope", "mode", "scheduled_at")}
    half = row["starts_at"] + dt.timedelta(minutes=6)
    entry = ledger.Entry(
        kind="presence", evidence_class="C", session=uuid4(), starts_at=half, ends_at=row["ends_at"], **other
    )
    await ledger.append([entry], now=clock())
    over(clock)
    page = await shown(http, made)
    assert 'class="number">12<' in page
    assert 'class="number">6<' in page
    assert "12 minutes in all" in page


async def test_nothing_before_the_event_is_over(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    at = await followed(http, clock, made)
    row = await fetch_one("SELECT e.id, e.last_day FROM event e JOIN session s ON s.event = e.id WHERE s.id = $1", at)
    assert row is not None
    assert "nothing to certify yet" in await shown(http, made)
    assert (await http.get(f"/tickets/{page_token(made.id)}/attendance.pdf")).status_code == 409
    midnight = dt.datetime.combine(row["last_day"] + dt.timedelta(days=1), dt.time(), ZoneInfo("Asia/Tokyo"))
    clock.moment = midnight - dt.timedelta(seconds=1)
    assert "nothing to certify yet" in await shown(http, made)
    clock.moment = midnight
    assert "12 minutes in all" in await shown(http, made)


async def test_ticket_leads_to_it_after_the_event(http: httpx.AsyncClient, clock: Clock) -> None:
    made, other = await ticket(), await ticket()
    await followed(http, clock, made)
    link = f"/tickets/{page_token(made.id)}/attendance"
    assert link not in (await http.get(f"/tickets/{page_token(made.id)}", headers=HTML)).text
    over(clock)
    assert link in (await http.get(f"/tickets/{page_token(made.id)}", headers=HTML)).text
    unused = f"/tickets/{page_token(other.id)}"
    assert f"{unused}/attendance" not in (await http.get(unused, headers=HTML)).text


async def test_certificate_of_nobody_who_was_there(http: httpx.AsyncClient, clock: Clock) -> None:
    made, there = await ticket(), await ticket()
    await followed(http, clock, there)
    over(clock)
    assert "nothing to certify yet" in await shown(http, made)


async def test_void_takes_out_and_voided_void_brings_back(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    at = await followed(http, clock, made, beats=2)
    position = await on_site(made, at)
    over(clock)
    assert "November 21, 2026</th>" in await shown(http, made)
    first = await void(position, made.person)
    assert "November 21, 2026</th>" not in await shown(http, made)
    await void(first, made.person)
    assert "November 21, 2026</th>" in await shown(http, made)


@pytest.mark.parametrize(
    ("more", "certified"),
    [
        ({"evidence_class": "B", "kind": "manual", "operator": "Sato", "reason": "phone broken"}, True),
        ({"evidence_class": "B", "kind": "manual"}, False),
        ({"evidence_class": "F"}, False),
        ({"person": uuid4()}, False),
    ],
)
async def test_only_evidence_of_this_person_that_counts(
    http: httpx.AsyncClient, clock: Clock, *, more: dict[str, Any], certified: bool
) -> None:
    made = await ticket()
    at = await followed(http, clock, made, beats=2)
    await on_site(made, at, **more)
    over(clock)
    assert ("November 21, 2026</th>" in await shown(http, made)) == certified


async def test_checked_by_its_address_alone(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket(name="Li Na")
    await followed(http, clock, made)
    over(clock)
    code = capability("certificate", made.id, made.person)
    assert f"http://test/certificates/{code}" in await shown(http, made)
    assert f"/certificates/{code}" in re.sub(r"[\s\u200b]", "", await paper(http, made))
    checked = await http.get(f"/certificates/{code}", headers=HTML)
    assert checked.status_code == 200
    for piece in ("This certificate is genuine", "Li Na", "12 minutes in all"):
        assert piece in checked.text
    assert f"/tickets/{page_token(made.id)}" not in checked.text


async def test_code_of_our_own_making_only(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    good = capability("certificate", made.id, made.person)
    swapped = "A" if good[0] != "A" else "B"
    for code in (f"{swapped}{good[1:]}", capability("join", made.id, made.person), "x", page_token(made.id)):
        assert (await http.get(f"/certificates/{code}", headers=HTML)).status_code == 404


async def test_checked_certificate_of_which_nothing_stands(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket()
    await followed(http, clock, made)
    over(clock)
    await void(1, made.person)
    checked = await http.get(f"/certificates/{capability('certificate', made.id, made.person)}", headers=HTML)
    assert "nothing of it stands in our records" in checked.text


async def test_erased_name_is_checked_without_it(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await ticket(name="Li Na")
    await followed(http, clock, made)
    over(clock)
    await fetch("UPDATE person SET key = NULL, erased_at = $2 WHERE id = $1", made.person, NOW)
    checked = (await http.get(f"/certificates/{capability('certificate', made.id, made.person)}", headers=HTML)).text
    assert "Li Na" not in checked
    assert "erased at the person" in checked
    assert "12 minutes in all" in checked


@pytest.mark.parametrize(("language", "words"), [("en", WORDS), ("de", None)])
async def test_language_of_the_registration(
    http: httpx.AsyncClient, clock: Clock, language: str, words: str | None
) -> None:
    made = await ticket()
    await followed(http, clock, made)
    await fetch("UPDATE registration SET language = $1 WHERE id = $2", language, made.registration)
    over(clock)
    said = await paper(http, made)
    assert ("Saturday, November 21, 2026" in said, "Sa., 21. Nov" in said) == (False, language == "de")
    assert WORDS in await paper(http, made, "?lang=en")
    if words:
        assert words in said


@pytest.mark.parametrize(
    ("voids", "gone"),
    [
        ([], []),
        ([(5, 1)], [1]),
        ([(6, 5), (5, 1)], [5]),
        ([(7, 6), (6, 5), (5, 1)], [1, 6]),
        ([(6, 1), (5, 1)], [1]),
    ],
)
def test_voids_are_settled_from_the_youngest(voids: list[tuple[int, int]], gone: list[int]) -> None:
    assert voided(voids) == gone
