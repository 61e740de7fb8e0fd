"""The console's pages about platforms: look first, then take; decide whose a stay was, once, with a reason."""

import csv
import datetime as dt
import io
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from app.core.db import fetch, fetch_one
from app.core.web.frame import Frame
from app.ticketing.documents.papers import grouped
from tests.attendance.factories import Made, ticket
from tests.attendance.online.reports.files import report
from tests.attendance.online.reports.handing import Place, asker, hand_in, kept, measured, place
from tests.clock import NOW, Clock
from tests.doors import value

TIMES = "2026-11-21T10:00:00+09:00,2026-11-21T10:40:00+09:00"


@pytest.fixture
async def at(http: httpx.AsyncClient, clock: Clock) -> Place:
    clock.moment = NOW + dt.timedelta(hours=3)
    return await place()


@pytest.fixture
async def officer(app: Frame, at: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with await asker(app, accept="text/html") as found:
        yield found


@pytest.fixture
async def organiser(app: Frame, at: Place) -> AsyncIterator[httpx.AsyncClient]:
    async with await asker(app, "organiser", organiser=at.organiser, accept="text/html") as found:
        yield found


def home(at: Place) -> str:
    return f"/console/events/{at.event}/sessions/{at.session}/reports"


async def bring(desk: httpx.AsyncClient, at: Place, data: bytes, **form: str) -> str:
    """Bring a report and return the address of what is in it."""
    answer = await desk.post(home(at), files={"file": ("report.csv", data)}, data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def waiting(desk: httpx.AsyncClient, at: Place, *lines: str) -> list[UUID]:
    """Hand in people without an id of ours; return their stays."""
    await hand_in(
        desk, at, ("name,email,joined_at,left_at\n" + "\n".join(f"{line},{TIMES}" for line in lines)).encode()
    )
    return [row["id"] for row in await fetch("SELECT id FROM reported_stay ORDER BY line")]


def number(made: Made) -> str:
    return grouped(f"{made.serial:016x}")


async def test_report_is_looked_at_then_taken(organiser: httpx.AsyncClient, at: Place) -> None:
    a, b, c = await ticket(), await ticket(), await ticket()
    data = report("zoom.csv", "utf-16", A=at.id_of(a), B=at.id_of(b), C=at.id_of(c))
    address = await bring(organiser, at, data, platform="zoom", zone="Asia/Tokyo")
    shown = await organiser.get(address)
    assert shown.status_code == 200
    assert "In the waiting room only" in shown.text
    assert re.findall(r"<dt>Count at once</dt><dd>(\d+)</dd>", shown.text) == ["2"]
    assert (await measured(), await kept()) == ([], 0)
    sealed = await value("SELECT sealed FROM report_draft")
    assert isinstance(sealed, bytes)
    assert at.id_of(a).encode() not in sealed
    taken = await organiser.post(f"{address}/take", data={})
    assert (taken.status_code, taken.headers["location"]) == (303, f"{home(at)}?done=taken")
    assert len(await measured()) == 2
    assert (await organiser.get(address)).status_code == 404
    assert (await organiser.post(f"{address}/take", data={})).status_code == 404
    again = await bring(organiser, at, data, platform="zoom")
    assert (await organiser.post(f"{again}/take", data={})).headers["location"].endswith("?done=already")
    assert len(await measured()) == 2
    listing = (await organiser.get(home(at))).text
    assert "Left before coming" in listing
    assert (await organiser.get(f"/console/events/{at.event}/reports")).text.count("2 stays wait") == 1


async def test_draft_may_be_thrown_away(organiser: httpx.AsyncClient, at: Place) -> None:
    a = await ticket()
    address = await bring(organiser, at, f"id,joined_at,left_at\n{at.id_of(a)},{TIMES}".encode())
    assert (await organiser.post(f"{address}/discard", data={})).status_code == 303
    assert await value("SELECT count(*) FROM report_draft") == 0


async def test_file_that_is_no_report_comes_back_with_words(organiser: httpx.AsyncClient, at: Place) -> None:
    for data, words in ((b"", "choose a file"), (b"PK\x03\x04", "Excel file"), (b"a,b\n1,2", "who came when")):
        answer = await organiser.post(home(at), files={"file": ("x.csv", data)})
        assert answer.status_code == 422
        assert words in answer.text
    assert await value("SELECT count(*) FROM report_draft") == 0


async def test_hostile_words_are_shown_as_words(officer: httpx.AsyncClient, at: Place) -> None:
    await waiting(officer, at, "<script>alert(1)</script>,")
    shown = (await officer.get(f"/console/events/{at.event}/reported")).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


async def test_officer_says_whose_stay_it_was(officer: httpx.AsyncClient, at: Place) -> None:
    a = await ticket(name="Ana López", residence="ES")
    [stay] = await waiting(officer, at, "Ana López,")
    address = f"/console/events/{at.event}/reported/{stay}"
    assert number(a) in (await officer.get(address)).text
    form = {"decision": "counted", "ticket": number(a).lower().replace("-", " "), "reason": "spoke in the session"}
    assert (await officer.post(address, data=form)).status_code == 303
    assert [one[:2] for one in await measured()] == [("E", a.person)]
    row = await fetch_one("SELECT operator, reason, residence, kind FROM ledger_entry")
    assert row is not None
    assert (row["operator"][:8], row["reason"], row["residence"], row["kind"]) == (
        "account:",
        "spoke in the session",
        "ES",
        "import",
    )
    for again in (form, {"decision": "dismissed", "reason": "no"}):
        assert (await officer.post(address, data=again)).status_code == 404
    assert len(await measured()) == 1


async def test_decision_needs_a_reason_and_a_ticket_of_the_event(officer: httpx.AsyncClient, at: Place) -> None:
    a = await ticket()
    [stay] = await waiting(officer, at, "Somebody,")
    address = f"/console/events/{at.event}/reported/{stay}"
    await fetch("DELETE FROM coverage WHERE event <> $1", at.event)
    for form in (
        {"decision": "counted", "ticket": number(a)},
        {"decision": "counted", "reason": "sure"},
        {"decision": "counted", "reason": "sure", "ticket": "0000-0000-0000-0000"},
        {"decision": "maybe", "reason": "sure", "ticket": number(a)},
        {"reason": "sure", "ticket": number(a)},
    ):
        assert (await officer.post(address, data=form)).status_code == 422, form
    await fetch("DELETE FROM coverage WHERE event = $1", at.event)
    form = {"decision": "counted", "reason": "sure", "ticket": number(a)}
    assert (await officer.post(address, data=form)).status_code == 422
    assert await measured() == []


async def test_dismissed_stay_counts_nothing_and_is_kept(officer: httpx.AsyncClient, at: Place) -> None:
    [stay] = await waiting(officer, at, "Somebody,")
    form = {"decision": "dismissed", "reason": "a bot of the platform"}
    assert (await officer.post(f"/console/events/{at.event}/reported/{stay}", data=form)).status_code == 303
    row = await fetch_one("SELECT state, reason, ticket FROM reported_stay")
    assert row is not None
    assert tuple(row) == ("dismissed", "a bot of the platform", None)
    assert await measured() == []


async def test_organiser_is_not_told_who_has_a_ticket_of_the_citys(organiser: httpx.AsyncClient, at: Place) -> None:
    citys, own = await ticket(name="Ana López"), await ticket("yoxo-booth", name="林")
    await fetch("UPDATE ticket_type SET organiser = $1, mode = 'hybrid' WHERE slug = 'yoxo-booth'", at.organiser)
    await fetch(
        "INSERT INTO coverage (id, ticket_type, event) SELECT gen_random_uuid(), y.id, $1 FROM ticket_type y"
        " WHERE y.slug = 'yoxo-booth' AND NOT EXISTS (SELECT FROM coverage WHERE ticket_type = y.id AND event = $1)",
        at.event,
    )
    first, second = await waiting(organiser, at, "Ana López,", "林,")
    shown = (await organiser.get(f"/console/events/{at.event}/reported")).text
    assert number(own) in shown
    assert number(citys) not in shown
    form = {"decision": "counted", "reason": "sure", "ticket": number(citys)}
    assert (await organiser.post(f"/console/events/{at.event}/reported/{first}", data=form)).status_code == 422
    form = {"decision": "counted", "reason": "sure", "ticket": number(own)}
    assert (await organiser.post(f"/console/events/{at.event}/reported/{second}", data=form)).status_code == 303
    assert [one[:2] for one in await measured()] == [("E", own.person)]


async def test_list_for_the_platform_is_harmless_and_names_nobody(organiser: httpx.AsyncClient, at: Place) -> None:
    a = await ticket(name="=cmd|x")
    answer = await organiser.post(f"{home(at)}/registrants", data={})
    assert answer.headers["content-disposition"] == 'attachment; filename="registrants.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        ["Email", "First Name", "Last Name", "ID"],
        [at.id_of(a), "Guest", at.id_of(a)[2:10], at.id_of(a).partition("@")[0]],
    ]


async def test_late_report_needs_an_officer_and_a_reason(
    officer: httpx.AsyncClient, organiser: httpx.AsyncClient, at: Place, clock: Clock
) -> None:
    a = await ticket()
    clock.forward(days=40)
    address = await bring(officer, at, f"id,joined_at,left_at\n{at.id_of(a)},{TIMES}".encode())
    assert "Take the report" not in (await organiser.get(address)).text
    assert (await organiser.post(f"{address}/take", data={"reason": "late"})).status_code == 409
    assert (await officer.post(f"{address}/take", data={})).status_code == 422
    assert await measured() == []
    assert (await officer.post(f"{address}/take", data={"reason": "outage"})).status_code == 303
    assert len(await measured()) == 1


async def test_somebody_elses_reports_are_not_found(app: Frame, officer: httpx.AsyncClient, at: Place) -> None:
    [stay] = await waiting(officer, at, "Somebody,")
    address = await bring(officer, at, f"name,joined_at,left_at\nA,{TIMES}".encode())
    other = await value("SELECT id FROM organiser WHERE id <> $1 LIMIT 1", at.organiser)
    foreign = await value("SELECT id FROM event WHERE id <> $1 LIMIT 1", at.event)
    async with await asker(app, "organiser", organiser=other, accept="text/html") as organiser:  # type: ignore[arg-type]
        for path in (home(at), address, f"/console/events/{at.event}/reported/{stay}"):
            assert (await organiser.get(path)).status_code == 404, path
        for path in (home(at), f"{home(at)}/registrants", f"{address}/take", f"{address}/discard"):
            assert (await organiser.post(path, data={})).status_code == 404, path
    for path in (home(at), address, f"/console/events/{at.event}/reported/{stay}"):
        assert (await officer.get(path.replace(str(at.event), str(foreign)))).status_code == 404, path


async def test_start_page_says_what_waits(officer: httpx.AsyncClient, organiser: httpx.AsyncClient, at: Place) -> None:
    await waiting(officer, at, "Somebody,", "Somebody else,")
    for desk in (officer, organiser):
        assert f'href="/console/events/{at.event}/reported"' in (await desk.get("/start")).text
