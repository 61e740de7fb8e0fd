"""Corrections: each one more entry with operator, reason and evidence; the figure follows, nothing is deleted."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.core.db import fetch
from app.core.web.frame import Frame
from app.kpi import live
from tests.attendance.factories import ticket
from tests.clock import Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import write

API = "/api/v1/attendance/corrections"
PAGE = "/office/corrections"
WHY = {"reason": "the badge was borrowed", "evidence": "letter 17"}


@pytest.fixture
async def officer(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await token_for("officer")) as found:
        yield found


async def people() -> int:
    figure, _head = await live.counted(YEAR)
    return figure.people


async def by_country() -> dict[str, int]:
    figure, _head = await live.counted(YEAR)
    return {row.country: row.people for row in figure.by_country}


async def admitted(residence: str = "SG") -> tuple[UUID, UUID]:
    """Admit somebody once, and return person and ticket."""
    made = await ticket(residence=residence)
    await write([scan(0, person=made.person, ticket=made.id, residence=residence)])
    return made.person, made.id


async def send(officer: httpx.AsyncClient, kind: str, person: UUID, **more: Any) -> httpx.Response:
    return await officer.post(API, json={"kind": kind, "person": str(person), **WHY, **more})


async def test_void_takes_an_entry_back_and_a_void_of_it_brings_it_again(officer: httpx.AsyncClient) -> None:
    person, _ticket = await admitted()
    assert await people() == 1
    answer = await send(officer, "void", person, position=1)
    assert (answer.status_code, answer.json()) == (201, {"position": 2})
    assert await people() == 0
    (row,) = await fetch("SELECT kind, subject, operator, reason FROM ledger_entry WHERE position = 2")
    assert (row["kind"], row["subject"], row["reason"]) == ("void", 1, "the badge was borrowed | letter 17")
    assert row["operator"].startswith("officer:")
    assert (await send(officer, "void", person, position=1)).json()["type"].endswith("/entry-gone")
    assert (await send(officer, "void", person, position=2)).json() == {"position": 3}
    assert await people() == 1
    assert (await send(officer, "void", person, position=1)).json() == {"position": 4}, "it stands again"
    assert await people() == 0
    assert (await ledger.verify()).broken == 0


async def test_merge_and_split(officer: httpx.AsyncClient) -> None:
    (one, _), (other, _) = await admitted(), await admitted()
    assert (await send(officer, "merge", one, other=str(other))).json() == {"position": 3}
    assert await people() == 1
    again = await send(officer, "merge", other, other=str(one))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "same")
    wrong = await send(officer, "void", one, position=3)
    assert wrong.json()["errors"][0]["code"] == "merge"
    assert (await send(officer, "split", other, position=3)).json() == {"position": 4}
    assert await people() == 2
    assert (await send(officer, "split", other, position=3)).status_code == 409
    assert (await send(officer, "split", one, position=1)).json()["errors"][0]["code"] == "no_merge"


async def test_residence_of_all_years_or_of_one(officer: httpx.AsyncClient) -> None:
    person, _ticket = await admitted("SG")
    assert (await send(officer, "residence", person, residence="KR")).status_code == 201
    assert await by_country() == {"KR": 1}
    await send(officer, "residence", person, residence="JP", fiscal_year=YEAR - 1)
    assert await by_country() == {"KR": 1}, "another year's"
    await send(officer, "residence", person, residence="JP", fiscal_year=YEAR)
    assert await people() == 0
    await send(officer, "residence", person, residence=None)
    figure, _head = await live.counted(YEAR)
    assert (figure.people, figure.unknown_residence) == (0, 1)
    assert (await send(officer, "residence", person, residence="XX")).json()["errors"][0]["code"] == "choice"


async def test_role_of_a_person_or_of_a_ticket(officer: httpx.AsyncClient) -> None:
    person, own = await admitted()
    assert (await send(officer, "role", person, role="staff", ticket=str(own))).status_code == 201
    assert await people() == 0
    await send(officer, "role", person, role="visitor")
    assert await people() == 1
    assert (await send(officer, "role", person, role="king")).json()["errors"][0]["field"] == "role"
    wrong = await send(officer, "role", person, role="staff", ticket=str(uuid4()))
    assert wrong.json()["errors"][0]["field"] == "ticket"


@pytest.mark.parametrize("missing", ["reason", "evidence"])
@pytest.mark.parametrize("words", [None, "", "   ", "two\nlines"])
async def test_no_correction_without_reason_and_evidence(
    officer: httpx.AsyncClient, missing: str, words: str | None
) -> None:
    person, _ticket = await admitted()
    body = {"kind": "void", "person": str(person), "position": 1, **WHY, missing: words}
    answer = await officer.post(API, json={key: said for key, said in body.items() if said is not None})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [missing])
    assert await value("SELECT count(*) FROM ledger_entry") == 1


async def test_entry_of_somebody_else_is_not_taken_back(officer: httpx.AsyncClient) -> None:
    await admitted()
    person, _ticket = await admitted()
    for position in (1, 99):
        answer = await send(officer, "void", person, position=position)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "position")
    assert (await send(officer, "void", uuid4(), position=1)).status_code == 404


async def test_form_sent_twice_makes_one_entry(app: Frame, committed: None, clock: Clock) -> None:
    person, _ticket = await admitted()
    body = {"kind": "void", "person": str(person), "position": 1, "form": str(uuid4()), **WHY}
    async with client(app, await token_for("officer")) as officer:
        answers = await asyncio.gather(*(officer.post(API, json=body) for _ in range(3)))
        assert {(answer.status_code, answer.json()["position"]) for answer in answers} == {(201, 2)}
        assert (await officer.post(API, json=body)).json() == {"position": 2}
    assert await value("SELECT count(*) FROM ledger_entry") == 2


async def test_page_explains_the_ledger_and_corrects_it(officer: httpx.AsyncClient) -> None:
    person, _ticket = await admitted()
    officer.headers["accept"] = "text/html"
    assert (await officer.get(PAGE)).status_code == 200
    for about in (str(person), "1"):
        shown = await officer.get(PAGE, params={"about": about})
        assert "Read at a gate (A)" in shown.text
        assert "Lives in: Singapore" in shown.text
    for about in ("99", "nobody", str(uuid4()), "9" * 30):
        assert (await officer.get(PAGE, params={"about": about})).status_code == 422
    typed = {"person": str(person), "form": str(uuid4()), "kind": "void", "position": "1", "residence": "", **WHY}
    wrong = await officer.post(PAGE, data={**typed, "evidence": ""})
    assert wrong.status_code == 422
    assert 'href="#evidence"' in wrong.text
    done = await officer.post(PAGE, data=typed)
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?about={person}&done=corrected")
    shown = await officer.get(done.headers["location"])
    assert "the badge was borrowed | letter 17" in shown.text
    assert "Taken back" in shown.text
    assert await people() == 0


async def test_unknown_residence_is_said_and_not_left_out(officer: httpx.AsyncClient) -> None:
    person, _ticket = await admitted()
    officer.headers["accept"] = "text/html"
    typed = {"person": str(person), "kind": "residence", **WHY}
    assert (await officer.post(PAGE, data=typed)).status_code == 422
    assert (await officer.post(PAGE, data={**typed, "residence": "unknown"})).status_code == 303
    assert await value("SELECT residence FROM ledger_entry WHERE kind = 'residence'") is None
    assert await people() == 0


async def test_looking_at_somebody_is_written_down(officer: httpx.AsyncClient) -> None:
    person, _ticket = await admitted()
    await officer.get(PAGE, params={"about": str(person)}, headers={"accept": "text/html"})
    assert await value("SELECT subject FROM audit_entry WHERE action = 'person.evidence'") == f"person:{person}"


async def test_split_of_a_reviewed_merge_opens_the_pair_again(officer: httpx.AsyncClient) -> None:
    (one, _), (other, _) = await admitted(), await admitted()
    first, second = sorted((one, other))
    double = uuid4()
    sql = "INSERT INTO double (id, first, second, reasons, automatic, found_at) VALUES ($1, $2, $3, '[]', false, now())"
    await fetch(sql, double, first, second)
    await officer.post(f"/api/v1/attendance/doubles/{double}/decision", json={"decision": "same", "reason": "passport"})
    assert await people() == 1
    await send(officer, "split", one, position=3)
    assert await people() == 2
    (row,) = await fetch("SELECT decision, position FROM double")
    assert tuple(row) == (None, None)
