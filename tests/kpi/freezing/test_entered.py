"""What officers enter into the plan's table: with evidence, never changed, never in place of the plan or the count."""

import datetime as dt
import re
from decimal import Decimal

import pytest

from app.core.db import fetch
from app.kpi.freezing.entered import Entered, later_targets, rows
from app.kpi.plan import Targets, kpi_of, load_plan
from tests.clock import NOW
from tests.doors import value
from tests.kpi.freezing.years import Desk, desk, figure

PLAN = "/office/kpi/plan"
KPI2 = kpi_of(load_plan(), 2)


@pytest.fixture
async def office(app, http, clock):
    async with desk(app) as found:
        yield found


async def enter(office: Desk, **changes: object):
    form = {"kind": "actual", "number": 1, "fiscal_year": 2025, "value": "62.5", "evidence": "Report 12, page 3"}
    return await office.post(PLAN, **{**form, **changes})


async def words(office: Desk) -> str:
    return re.sub(r"\s+", " ", (await office.get(PLAN)).text)


async def test_actual_stands_in_the_table_with_its_evidence(office):
    assert (await enter(office)).status_code == 303
    text = await words(office)
    assert (
        '<th scope="row">Actual</th><td class="number">–</td><td class="number">–</td><td class="number">62.50' in text
    )
    assert "Report 12, page 3" in text
    assert await value("SELECT (kind, number, fiscal_year, value) FROM entered_value") == (
        "actual", 1, 2025, Decimal("62.50"),
    )  # fmt: skip


async def test_latest_value_holds_and_the_earlier_stays(office, clock):
    await enter(office)
    clock.forward(minutes=1)
    await enter(office, value="70", evidence="Corrected report")
    text = await words(office)
    assert '<td class="number">70.00</td>' in text
    assert '<td class="number">62.50</td>' not in text
    assert "Report 12, page 3" in text


async def test_nobody_enters_what_is_counted(office):
    answer = await enter(office, number=2, value="30000")
    assert answer.status_code == 422
    assert "KPI 2 is counted from the ledger" in answer.text
    assert await fetch("SELECT 1 FROM entered_value") == []


@pytest.mark.parametrize("kind", ["level", "increment"])
@pytest.mark.parametrize("year", [2023, 2025])
async def test_the_plans_own_targets_cannot_be_entered(office, kind, year):
    answer = await enter(office, kind=kind, number=2, fiscal_year=year, value="1")
    assert answer.status_code == 422
    assert "Targets up to fiscal year 2025 are the plan" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"evidence": ""},
        {"value": ""},
        {"value": "-1"},
        {"value": "1e3"},
        {"value": "1.234"},
        {"value": "1" * 12},
        {"kind": "guess"},
        {"number": 4},
        {"fiscal_year": 1999},
        {"kind": "level", "number": 2, "fiscal_year": 2026, "value": "10000.5"},
    ],
)
async def test_wrong_values_come_back(office, changes):
    answer = await enter(office, **changes)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert await fetch("SELECT 1 FROM entered_value") == []


@pytest.mark.parametrize("statement", ["UPDATE entered_value SET value = 1", "DELETE FROM entered_value"])
async def test_what_was_entered_cannot_be_changed(office, statement):
    await enter(office)
    with pytest.raises(Exception, match="append"):
        await fetch(statement)


async def test_later_target_is_published_with_both_readings(office, http):
    assert (await figure(http, 2026))["targets"] is None
    await enter(office, kind="increment", number=2, fiscal_year=2026, value="8000")
    assert (await figure(http, 2026))["targets"] == {"level": 38000, "increment": 8000}
    assert (await figure(http, 2025))["targets"] == {"level": 30000, "increment": 10000}
    assert (await figure(http, 2027))["targets"] is None
    assert (await figure(http, 2022))["targets"] is None


@pytest.mark.parametrize(
    ("entered", "year", "expected"),
    [
        ({}, 2026, None),
        ({(2026, "level"): 45000}, 2026, Targets(level=45000, increment=15000)),
        ({(2026, "level"): 45000, (2026, "increment"): 12000}, 2026, Targets(level=45000, increment=12000)),
        ({(2026, "increment"): 5000, (2027, "increment"): 6000}, 2027, Targets(level=41000, increment=6000)),
        ({(2026, "increment"): 5000, (2028, "level"): 50000}, 2028, Targets(level=50000, increment=15000)),
        ({(2026, "increment"): 5000}, 2027, None),
        ({(2027, "increment"): 5000}, 2026, None),
    ],
)
def test_the_other_reading_follows_from_what_was_entered(entered, year, expected):
    assert later_targets(KPI2, entered, fiscal_year=year) == expected


def test_the_plans_own_text_goes_before_what_was_entered():
    late = Entered("level", 2, 2025, Decimal(1), "x", "o", NOW)
    [_one, two, _three] = rows(load_plan(), [late])
    assert (two.cells[2025].level, two.cells[2025].is_plan) == (Decimal(30000), True)
    assert two.cells[2023].level == Decimal(10000)


def test_years_beyond_the_plan_get_a_column():
    late = Entered("actual", 3, 2027, Decimal("12.5"), "survey", "o", NOW - dt.timedelta(days=1))
    table = rows(load_plan(), [late])
    assert [list(row.cells) for row in table] == [[2023, 2024, 2025, 2027]] * 3
    assert table[2].cells[2027].actual == Decimal("12.5")
    assert table[2].cells[2027].level is None
