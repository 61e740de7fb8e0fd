"""Freezing a year, counting it again, restating it: through the office's pages and the public API."""

import hashlib
import re

import httpx
import msgspec
import pytest

from app.attendance import ledger
from app.core import audit, chain
from app.core.db import fetch, fetch_one
from app.kpi.errors import AlreadyFrozen, LedgerDiffers, TooEarly
from app.kpi.freezing import freeze
from app.kpi.freezing.frozen import frozen_row
from app.kpi.freezing.recount import counted_at, recount
from app.kpi.rules import KPI2_V1
from app.people import access, erasure
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for, value
from tests.kpi.freezing.years import OFFICE, desk, figure, small_year
from tests.kpi.ledgers import YEAR, correction, person, scan
from tests.kpi.rows import write
from tests.ticketing.wishes import member, register, wish

JUNE = NOW.replace(year=2027, month=6, day=29, hour=15)
"""00:00 on 30 June 2027 in Japan."""


@pytest.fixture
async def office(app, http, clock):
    async with desk(app) as found:
        yield found


async def freeze_now(office, reason: str = "the council meets early") -> httpx.Response:
    return await office.post(f"{OFFICE}/freeze", reason=reason)


async def digest_again(office) -> str:
    """Count again at the page and return the digest it names as the same."""
    text = (await office.post(f"{OFFICE}/recompute")).text
    assert "It is the same" in text, re.sub(r"\s+", " ", text)[:2000]
    found = re.search(r"the same digest, ([0-9a-f]{64})", text)
    assert found
    return found[1]


async def test_frozen_figure_stands_beside_the_live_one(office, http):
    positions = await small_year()
    assert (await figure(http))["frozen"] is None
    answer = await freeze_now(office)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{OFFICE}?done=frozen")
    await write([scan(0, 50), scan(0, 51)])
    found = await figure(http)
    frozen = found["frozen"]
    assert (found["people"], frozen["people"]) == (17, 15)
    assert (frozen["on_site"], frozen["online"], frozen["both"], frozen["unknown_residence"]) == (12, 3, 0, 1)
    assert frozen["position"] == positions[-1]
    head = await value("SELECT encode(digest, 'hex') FROM ledger_entry WHERE position = $1", positions[-1])
    assert frozen["ledger_head"] == head
    assert (frozen["rule"], frozen["restated"], frozen["audit"]) == ("kpi2-v1", None, None)


async def test_small_countries_are_folded_in_what_is_frozen_too(app, office, http):
    await small_year()
    await freeze_now(office)
    everybody = (await figure(http))["frozen"]["by_country"]
    assert [row["country"] for row in everybody if row["country"] == "KR" or row["people"] < 10] == []
    async with client(app, await token_for("officer")) as officer:
        rows = (await figure(officer))["frozen"]["by_country"]
    assert [(row["country"], row["people"]) for row in rows] == [("SG", 12), ("KR", 3)]


async def test_digest_is_that_of_the_body(office, http):
    await small_year()
    await freeze_now(office)
    answer = await office.get(f"{OFFICE}/body.json")
    assert answer.headers["content-type"] == "application/json"
    digest = hashlib.sha256(answer.content).hexdigest()
    assert digest == (await figure(http))["frozen"]["digest"] == await digest_again(office)
    assert "attachment" in answer.headers["content-disposition"]


async def test_digest_survives_corrections_and_late_evidence(office, http):
    positions = await small_year()
    await freeze_now(office)
    before = (await figure(http))["frozen"]
    late = [correction(0, "void", 1, subject=positions[0]), correction(0, "merge", 2, other=person(3))]
    await write([*late, correction(0, "residence", 4, residence="JP"), scan(0, 60), scan(0, 61, residence="TH")])
    assert (await figure(http))["people"] == 14
    assert await digest_again(office) == before["digest"]
    assert (await figure(http))["frozen"] == before


async def test_digest_survives_the_erasure_of_everybody(office, http, clock):
    """Real people of real registrations: their tickets, names and addresses go, the number stays."""
    for n in range(3):
        party = [member(residence="SG", name=f"Person {n}"), member(residence="KR", name=f"Guest {n}")]
        assert (await register(http, wish(*party, email=f"p{n}@example.org"))).status_code == 201
    people = [row["person"] for row in await fetch("SELECT person FROM ticket")]
    await write([msgspec.structs.replace(scan(0), person=one, residence="SG") for one in people])
    await freeze_now(office)
    before = (await figure(http))["frozen"]
    assert (before["people"], before["registrations"]) == (6, 6)
    await erasure.erase(persons=people, actor="test", now=NOW)
    assert await fetch("SELECT 1 FROM person WHERE erased_at IS NULL AND id = ANY($1::uuid[])", people) == []
    clock.forward(minutes=10)
    assert await digest_again(office) == before["digest"]
    assert (await figure(http))["frozen"] == before


async def test_year_is_frozen_once(office):
    await small_year()
    assert (await freeze_now(office)).status_code == 303
    assert (await freeze_now(office)).status_code == 409
    assert await value("SELECT count(*) FROM frozen_figure WHERE fiscal_year = $1", YEAR) == 1
    with pytest.raises(AlreadyFrozen):
        await freeze.freeze(fiscal_year=YEAR, operator="o", reason="again", now=NOW)


@pytest.mark.parametrize("statement", ["UPDATE frozen_figure SET reason = ''", "DELETE FROM frozen_figure"])
async def test_what_is_frozen_cannot_be_changed(office, statement):
    await small_year()
    await freeze_now(office)
    with pytest.raises(Exception, match="append"):
        await fetch(statement)


async def test_freezing_before_its_day_needs_a_reason(office):
    answer = await freeze_now(office, "")
    assert answer.status_code == 422
    assert "The fiscal year is not due to be frozen yet" in answer.text
    assert "Wednesday, June 30, 2027" in answer.text
    assert (await freeze_now(office, "the plan ends")).status_code == 303


async def test_year_is_due_on_30_june_in_japan(rollback):
    assert freeze.due(YEAR).isoformat() == "2027-06-30"
    with pytest.raises(TooEarly):
        await freeze.freeze(fiscal_year=YEAR, operator="o", reason="", now=JUNE.replace(day=29, hour=14, minute=59))
    assert (await freeze.freeze(fiscal_year=YEAR, operator="o", reason="", now=JUNE)).kind == "frozen"


async def test_freezing_wants_a_fresh_proof(app, office, clock):
    clock.forward(minutes=16)
    answer = await office.get(f"{OFFICE}/freeze")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/account/prove")
    account = await access.add_account(role="officer", label="Script", now=NOW)
    async with client(app, await access.issue_token(account=account, now=NOW, name="Script")) as program:
        assert (await program.post(f"{OFFICE}/freeze", data={"reason": "early"})).status_code == 403
    assert await fetch("SELECT 1 FROM frozen_figure") == []


async def test_restated_value_with_its_reasons(office, http):
    positions = await small_year()
    await freeze_now(office)
    assert (await office.post(f"{OFFICE}/restate", reason="found late")).status_code == 422
    await write([correction(0, "void", 1, subject=positions[0], reason="scanned twice"), scan(0, 70), scan(0, 71)])
    page = (await office.get(OFFICE)).text
    assert "scanned twice" in page
    assert re.search(r"<code>people</code>: <span class=\"number\">\+1</span>", page)
    assert (await office.post(f"{OFFICE}/restate", reason="")).status_code == 422
    assert (await office.post(f"{OFFICE}/restate", reason="a list came late")).status_code == 303
    found = (await figure(http))["frozen"]
    assert (found["people"], found["restated"]["people"]) == (15, 16)
    assert found["restated"]["entries"] == {"scan": 2, "void": 1}
    assert found["restated"]["reason"] == "a list came late"
    assert found["restated"]["position"] == positions[-1] + 3
    assert found["restated"]["digest"] != found["digest"] == await digest_again(office)
    assert (await office.post(f"{OFFICE}/restate", reason="again")).status_code == 422


async def test_later_restatement_stands_for_the_earlier(office, http):
    await small_year()
    await freeze_now(office)
    for who in (80, 81):
        await write([scan(0, who)])
        assert (await office.post(f"{OFFICE}/restate", reason=f"list {who}")).status_code == 303
    assert (await figure(http))["frozen"]["restated"]["people"] == 17
    assert await value("SELECT count(*) FROM frozen_figure WHERE kind = 'restated'") == 2


async def test_entries_of_other_years_explain_nothing(office):
    await small_year()
    await freeze_now(office)
    await write([scan(0, 90, scheduled_at=NOW.replace(year=2028))])
    page = (await office.get(OFFICE)).text
    assert "The ledger counts what was frozen." in page
    assert "Entries of the ledger since then" not in page


async def test_another_ledger_does_not_pass_for_the_frozen_one(office):
    positions = await small_year()
    await freeze_now(office)
    row = await frozen_row(YEAR)
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("UPDATE ledger_entry SET digest = sha256(digest) WHERE position = $1", positions[-1])
    with pytest.raises(LedgerDiffers):
        await freeze.recomputed(row)
    assert (await office.post(f"{OFFICE}/recompute")).status_code == 409


async def test_a_changed_row_below_the_head_is_told(office):
    positions = await small_year()
    await freeze_now(office)
    await fetch("SET LOCAL session_replication_role = replica")
    await fetch("UPDATE ledger_entry SET residence = 'JP' WHERE position = $1", positions[0])
    assert "It is not the same" in (await office.post(f"{OFFICE}/recompute")).text


async def test_recount_in_batches_is_the_whole_count(rollback, monkeypatch):
    await small_year()
    await write([correction(0, "merge", 2, other=person(14))])
    head = await chain.head(ledger.CHAIN)
    whole = await recount(fiscal_year=YEAR, rule=KPI2_V1.rule, head=head)
    monkeypatch.setattr("app.kpi.whole.BATCH", 1)
    assert await recount(fiscal_year=YEAR, rule=KPI2_V1.rule, head=head) == whole
    assert len(await counted_at(fiscal_year=YEAR, rule=KPI2_V1.rule, head=head)) == whole.people == 14


async def test_freezing_stands_in_the_audit_log(office):
    await small_year()
    await freeze_now(office)
    row = await fetch_one("SELECT action, subject, detail FROM audit_entry ORDER BY position DESC LIMIT 1")
    assert row is not None
    assert (row["action"], row["subject"]) == ("kpi.freeze", "kpi2:2026")
    assert '"people":15' in row["detail"]
    assert (await audit.verify()).broken == 0


async def test_empty_year_can_be_frozen(office, http):
    assert (await freeze_now(office)).status_code == 303
    frozen = (await figure(http))["frozen"]
    assert (frozen["people"], frozen["position"], frozen["ledger_head"]) == (0, 0, "00" * 32)
    assert await digest_again(office) == frozen["digest"]


@pytest.mark.parametrize("path", [OFFICE, f"{OFFICE}/body.json", "/office/kpi/plan", f"{OFFICE}/freeze"])
async def test_pages_are_for_officers(app, http, path):
    assert (await http.get(path)).status_code == 401
    async with client(app, await token_for("organiser")) as organiser:
        assert (await organiser.get(path)).status_code == 403


@pytest.mark.parametrize("year", ["1999", "2101", "99999999999999999999", "x"])
async def test_wrong_year(office, year):
    assert (await office.get(f"/office/kpi/years/{year}")).status_code in {404, 422}


async def test_body_of_an_open_year(office):
    assert (await office.get(f"{OFFICE}/body.json")).status_code == 409
