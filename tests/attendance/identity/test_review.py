"""The review of doubles: names are opened one pair at a time and written down; what is decided can be taken back."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.attendance import ledger
from app.core import audit
from app.core.db import fetch
from app.core.web.frame import Frame
from app.kpi import live
from app.people import erasure, own_data
from tests.attendance.identity.people import again, come, merges, pair, waiting, work
from tests.clock import NOW, Clock
from tests.conftest import client
from tests.doors import token_for, value
from tests.kpi.ledgers import YEAR, scan
from tests.kpi.rows import write

API = "/api/v1/attendance/doubles"
PAGE = "/office/doubles"
HTML = {"accept": "text/html"}
SAME = {"decision": "same", "reason": "one passport, two mail addresses"}
DIFFERENT = {"decision": "different", "reason": "two passports"}


@pytest.fixture
async def officer(app: Frame, http: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app, await token_for("officer")) as found:
        yield found


async def two(http: httpx.AsyncClient) -> tuple[UUID, UUID]:
    """Register two who resemble each other, admit both, and return them in the ledger's order."""
    one = await come(http, "li@example.org", "李娜", residence="SG", organisation="Green Bay")
    other = await come(http, "na@example.org", "李娜", residence="SG")
    await write([scan(0, person=one), scan(0, person=other)])
    await work()
    return pair(one, other)


async def the_double() -> UUID:
    return UUID(str(await value("SELECT id FROM double")))


async def count() -> int:
    figure, _head = await live.counted(YEAR)
    return figure.people


async def test_same_is_a_merge_and_undoing_it_a_split(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    first, second = await two(http)
    double = await the_double()
    assert await count() == 2

    answer = await officer.post(f"{API}/{double}/decision", json=SAME)
    assert (answer.status_code, answer.json()["decision"], answer.json()["position"]) == (200, "same", 3)
    assert await merges() == [(first, second, SAME["reason"])]
    assert await count() == 1

    answer = await officer.post(f"{API}/{double}/undo", json={"reason": "it was the sister"})
    assert (answer.status_code, answer.json()["decision"]) == (200, None)
    assert await count() == 2
    (split,) = await fetch("SELECT kind, subject, reason, operator FROM ledger_entry WHERE position = 4")
    assert tuple(split)[:3] == ("split", 3, "it was the sister")
    assert split["operator"].startswith("officer:")

    assert (await officer.post(f"{API}/{double}/decision", json=SAME)).status_code == 200
    assert await count() == 1
    assert (await ledger.verify()).broken == (await audit.verify()).broken == 0


async def test_decision_is_made_once(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    await two(http)
    double = await the_double()
    assert (await officer.post(f"{API}/{double}/undo", json={"reason": "x"})).json()["type"].endswith("/not-decided")
    assert (await officer.post(f"{API}/{double}/decision", json=DIFFERENT)).status_code == 200
    answer = await officer.post(f"{API}/{double}/decision", json=SAME)
    assert (answer.status_code, answer.json()["type"][-16:]) == (409, "/already-decided")
    assert (await merges(), await count()) == ([], 2)


async def test_a_decision_needs_a_reason(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    await two(http)
    for body in ({"decision": "same"}, {"decision": "same", "reason": "  "}, {"decision": "perhaps", "reason": "x"}):
        assert (await officer.post(f"{API}/{await the_double()}/decision", json=body)).status_code == 422
    assert await merges() == []


async def test_different_holds_when_the_rules_look_again(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    await two(http)
    await officer.post(f"{API}/{await the_double()}/decision", json=DIFFERENT)
    await fetch("UPDATE person_key SET key = key WHERE false")
    await again()
    assert (await merges(), await waiting()) == ([], [])


async def test_merge_of_a_rule_that_was_undone_is_not_made_again(
    http: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    one = await come(http, "t@example.org", "山田 太郎", reading="", residence="US")
    other = await come(http, "t@example.org", "山田太郎", reading="", residence="US")
    await work()
    (listed,) = (await officer.get(API, params={"shown": "automatic"})).json()["doubles"]
    assert (listed["automatic"], listed["decision"], listed["operator"]) == (True, "same", "rule:kpi2-v1")
    await officer.post(f"{API}/{listed['id']}/undo", json={"reason": "father and son"})
    await again()
    assert len(await merges()) == 1
    assert [found[:2] for found in await waiting()] == [pair(one, other)], "it waits for somebody to decide"


async def test_list_names_nobody_and_opening_is_written_down(
    http: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    first, second = await two(http)
    listed = await officer.get(API)
    assert "李娜" not in listed.text
    assert "example.org" not in listed.text
    assert await value("SELECT count(*) FROM audit_entry WHERE action = 'person.compare'") == 0

    opened = (await officer.get(f"{API}/{await the_double()}")).json()
    assert [side["name"] for side in opened["sides"]] == ["李娜", "李娜"]
    assert {side["email"] for side in opened["sides"]} == {"li@example.org", "na@example.org"}
    assert [[entry["kind"] for entry in side["evidence"]] for side in opened["sides"]] == [["scan"], ["scan"]]
    rows = await fetch("SELECT subject FROM audit_entry WHERE action = 'person.compare' ORDER BY position")
    assert [row["subject"] for row in rows] == [f"person:{first}", f"person:{second}"]


async def test_oldest_first_with_its_age_page_by_page(officer: httpx.AsyncClient, clock: Clock) -> None:
    rows = []
    for days in (1, 9, 4):
        ids = [uuid4(), *sorted((uuid4(), uuid4()))]
        for person in ids[1:]:
            await fetch("INSERT INTO person (id, created_at) VALUES ($1, $2)", person, NOW)
        sql = (
            "INSERT INTO double (id, first, second, reasons, automatic, found_at) VALUES ($1, $2, $3, '[]', false, $4)"
        )
        await fetch(sql, *ids, NOW - dt.timedelta(days=days))
        rows.append(str(ids[0]))
    page = await officer.get(API, params={"limit": 2})
    assert [(one["id"], one["days"]) for one in page.json()["doubles"]] == [(rows[1], 9), (rows[2], 4)]
    more = re.fullmatch(r'<(\S+)>; rel="next"', page.headers["link"])
    assert more is not None
    rest = await officer.get(more[1])
    assert [one["id"] for one in rest.json()["doubles"]] == [rows[0]]
    assert "link" not in rest.headers
    assert (await officer.get(API, params={"cursor": "nonsense"})).status_code == 200


async def test_erased_people_drop_out(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    first, _second = await two(http)
    double = await the_double()
    await erasure.erase(persons=[first], actor="test", now=NOW)
    assert (await officer.get(API)).json()["doubles"] == []
    assert (await officer.get(f"{API}/{double}")).status_code == 404


async def test_what_was_decided_of_the_erased_stays_and_is_not_decided_again(
    http: httpx.AsyncClient, officer: httpx.AsyncClient
) -> None:
    first, _second = await two(http)
    double = await the_double()
    await officer.post(f"{API}/{double}/decision", json=SAME)
    await erasure.erase(persons=[first], actor="test", now=NOW)
    assert await count() == 1, "the ledger keeps the merge"
    sides = (await officer.get(f"{API}/{double}")).json()["sides"]
    assert sorted((side["erased"], side["name"]) for side in sides) == [(False, "李娜"), (True, "")]
    await officer.post(f"{API}/{double}/undo", json={"reason": "a letter"})
    assert (await count(), await waiting()) == (2, [])
    assert await value("SELECT decision FROM double") == "different"


async def test_pages_lead_through_the_review(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    await two(http)
    double = await the_double()
    officer.headers["accept"] = "text/html"
    listed = await officer.get(PAGE)
    assert "One of them named no organisation" in listed.text
    assert "李娜" not in listed.text
    shown = await officer.get(f"{PAGE}/{double}")
    assert shown.text.count("李娜") >= 2
    assert "li@example.org" in shown.text
    assert "Read at a gate (A)" in shown.text
    wrong = await officer.post(f"{PAGE}/{double}", data={"decision": "same"})
    assert wrong.status_code == 422
    assert 'href="#reason"' in wrong.text
    done = await officer.post(f"{PAGE}/{double}", data=SAME)
    assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=decided")
    decided = await officer.get(f"{PAGE}/{double}")
    assert "Take back" in decided.text
    assert "one passport" in decided.text
    assert (await officer.post(f"{PAGE}/{double}/undo", data={})).status_code == 422
    undone = await officer.post(f"{PAGE}/{double}/undo", data={"reason": "the sister"})
    assert undone.headers["location"] == f"{PAGE}/{double}?done=undone"
    for shown_state in ("decided", "automatic"):
        assert "Nothing here" in (await officer.get(PAGE, params={"shown": shown_state})).text


async def test_office_is_told_what_waits(http: httpx.AsyncClient, officer: httpx.AsyncClient, clock: Clock) -> None:
    await two(http)
    officer.headers["accept"] = "text/html"
    assert "1 pair of people may be one person." in (await officer.get("/office")).text


@pytest.mark.parametrize("role", ["organiser", "lead", "partner", "attendee"])
async def test_only_officers_open_names(app: Frame, http: httpx.AsyncClient, role: Any) -> None:
    await two(http)
    async with client(app, await token_for(role)) as other:
        assert (await other.get(f"{API}/{await the_double()}")).status_code == 403
        assert (await other.post(f"{API}/{await the_double()}/decision", json=SAME)).status_code == 403


async def test_own_data_tell_that_somebody_was_compared(http: httpx.AsyncClient, officer: httpx.AsyncClient) -> None:
    first, _second = await two(http)
    await officer.post(f"{API}/{await the_double()}/decision", json=SAME)
    files = {file.name: file.content for file in await own_data.collect(persons=[first], actor="test", now=NOW)}
    (told,) = files["compared.json"]
    assert (told["decision"], told["reason"], told["automatic"]) == ("same", SAME["reason"], False)
