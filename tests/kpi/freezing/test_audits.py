"""The sampling audit: drawn from the frozen head, looked at record by record, published when it is closed."""

import re

import httpx
import msgspec
import pytest

from app.core.db import fetch
from app.kpi.freezing import audits
from app.kpi.freezing.frozen import frozen_row
from app.kpi.freezing.recount import counted_at
from app.kpi.freezing.sampling import draw, estimate, seed_of
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value
from tests.kpi.freezing.years import OFFICE, Desk, desk, figure, small_year
from tests.kpi.ledgers import YEAR, correction, person, scan
from tests.kpi.rows import write
from tests.ticketing.wishes import member, register, wish


@pytest.fixture
async def office(app, http, clock):
    async with desk(app) as found:
        yield found


async def drawn(office: Desk) -> str:
    """Freeze the year, draw its sample and return the worksheet's address."""
    await office.post(f"{OFFICE}/freeze", reason="early")
    answer = await office.post(f"{OFFICE}/audit")
    assert answer.status_code == 303
    return str(answer.headers["location"]).partition("?")[0]


async def look(office: Desk, sheet: str, number: int, finding: str, note: str = "") -> httpx.Response:
    return await office.post(f"{sheet}/records/{number}", finding=finding, note=note)


async def look_at_all(office: Desk, sheet: str, findings: list[str]) -> None:
    for number, finding in enumerate(findings, start=1):
        assert (await look(office, sheet, number, finding)).status_code == 303


async def test_sample_is_drawn_from_the_frozen_head(office):
    await small_year()
    await drawn(office)
    row = await frozen_row(YEAR)
    await write([scan(0, 90), correction(0, "merge", 1, other=person(2))])
    people = await counted_at(fiscal_year=YEAR, rule=row.rule, head=row.at)
    again = draw(people, seed=seed_of(row.head))
    assert len(again) == 15
    assert [r["person"] for r in await fetch("SELECT person FROM audit_item ORDER BY position")] == again
    assert await value("SELECT (seed, size, counted) FROM sampling_audit") == (seed_of(row.head), 15, 15)


async def test_four_hundred_of_many_are_drawn(office):
    await write([scan(0, who) for who in range(1, 451)])
    await drawn(office)
    assert await value("SELECT count(DISTINCT person) FROM audit_item") == 400
    assert await value("SELECT counted FROM sampling_audit") == 450


async def test_a_sample_is_drawn_once_and_only_of_a_frozen_year(office):
    await small_year()
    assert (await office.post(f"{OFFICE}/audit")).status_code == 409
    await drawn(office)
    assert (await office.post(f"{OFFICE}/audit")).status_code == 409
    assert await value("SELECT count(*) FROM sampling_audit") == 1


async def test_result_is_published_when_every_record_was_looked_at(office, http):
    await small_year()
    sheet = await drawn(office)
    findings = ["right"] * 12 + ["double", "not_there", "unclear"]
    await look_at_all(office, sheet, findings[:-1])
    assert (await office.post(f"{sheet}/close")).status_code == 409
    assert (await figure(http))["frozen"]["audit"] is None
    await look_at_all(office, sheet, findings)
    assert (await figure(http))["frozen"]["audit"] is None
    answer = await office.post(f"{sheet}/close")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OFFICE}?done=closed")
    expected = estimate({"right": 12, "double": 1, "not_there": 1, "unclear": 1}, counted=15)
    assert (await figure(http))["frozen"]["audit"] == {
        "looked": 15,
        "wrong": 2,
        "unclear": 1,
        "share": round(2 / 14, 4),
        "low": round(expected.low, 4),
        "high": round(expected.high, 4),
        "audited_at": "2026-11-21T01:00:00Z",
    }
    assert "14.29 % of the counted records are wrong" in (await office.get(OFFICE)).text


async def test_findings_of_a_closed_audit_stand(office):
    await small_year()
    sheet = await drawn(office)
    await look_at_all(office, sheet, ["right"] * 15)
    assert (await office.post(f"{sheet}/close")).status_code == 303
    assert (await look(office, sheet, 1, "double")).status_code == 409
    assert (await office.post(f"{sheet}/close")).status_code == 409
    assert await value("SELECT count(*) FROM audit_item WHERE finding = 'right'") == 15


async def test_each_record_leads_to_the_next_open_one(office):
    await small_year()
    sheet = await drawn(office)
    assert (await look(office, sheet, 2, "right")).headers["location"] == f"{sheet}/records/1?done=saved"
    assert (await look(office, sheet, 1, "right")).headers["location"] == f"{sheet}/records/3?done=saved"
    await look_at_all(office, sheet, ["right"] * 14)
    assert (await look(office, sheet, 15, "right")).headers["location"] == f"{sheet}?done=saved"


async def test_record_shows_the_evidence_that_was_frozen(office):
    [first, second, _mine] = await write([scan(0, 1), scan(0, 2, role="student"), scan(0, 9, residence="JP")])
    [merge] = await write([correction(0, "merge", 1, other=person(2), reason="same passport name")])
    sheet = await drawn(office)
    [late] = await write([correction(0, "void", 1, subject=first, reason="too late to matter")])
    text = re.sub(r"\s+", " ", (await office.get(f"{sheet}/records/1")).text)
    for position in (first, second, merge):
        assert f'<th scope="row">{position}' in text
    assert f'<th scope="row">{late}' not in text
    assert "same passport name" in text
    assert "too late to matter" not in text
    assert f'<th scope="row">{first} <span class="tag tag--success">counts</span>' in text
    assert f'<th scope="row">{merge} <span' not in text
    assert "Nothing personal is held about this person any more" in text


async def test_opening_a_record_names_the_person_and_is_written_down(app, office, http):
    party = member(residence="SG", name="Tan Wei Ling")
    assert (await register(http, wish(party, email="tan@example.org"))).status_code == 201
    who = await value("SELECT person FROM ticket")
    await write([msgspec.structs.replace(scan(0), person=who)])
    sheet = await drawn(office)
    text = (await office.get(f"{sheet}/records/1")).text
    assert "Tan Wei Ling" in text
    assert "tan@example.org" in text
    assert "Tan Wei Ling" not in (await office.get(sheet)).text
    assert await value("SELECT action FROM audit_entry ORDER BY position DESC LIMIT 1") == "kpi.look"


@pytest.mark.parametrize("finding", ["", "wrong", "right,double"])
async def test_a_finding_is_one_of_five(office, finding):
    await small_year()
    sheet = await drawn(office)
    answer = await look(office, sheet, 1, finding, "what I saw")
    assert answer.status_code == 422
    assert "what I saw" in answer.text
    assert await value("SELECT count(*) FROM audit_item WHERE finding IS NOT NULL") == 0


@pytest.mark.parametrize("number", ["0", "16", "401", "99999999999999999999", "-1", "x"])
async def test_no_such_record(office, number):
    await small_year()
    sheet = await drawn(office)
    assert (await office.get(f"{sheet}/records/{number}")).status_code in {400, 404, 422}


async def test_worksheets_are_for_officers(app, office):
    await small_year()
    sheet = await drawn(office)
    async with client(app, await token_for("organiser")) as organiser:
        assert (await organiser.get(sheet)).status_code == 403
        assert (await organiser.get(f"{sheet}/records/1")).status_code == 403


async def test_nobody_counted_is_an_empty_sample(office, http):
    sheet = await drawn(office)
    assert (await office.get(sheet)).status_code == 200
    assert (await office.post(f"{sheet}/close")).status_code == 303
    assert (await figure(http))["frozen"]["audit"] is None
    assert (await audits.of_year(YEAR)).closed_at == NOW
