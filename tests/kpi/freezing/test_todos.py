"""What the office is reminded of: the freeze by its day, and open records of an audit."""

import datetime as dt

import pytest

from app.kpi.freezing import audits, freeze
from app.kpi.todos import records_to_audit, years_to_freeze
from app.people.roles import Principal
from tests.clock import NOW
from tests.kpi.freezing.years import small_year
from tests.kpi.ledgers import YEAR

OFFICER = Principal("officer")


@pytest.mark.parametrize(
    ("day", "amount", "kind"),
    [
        ("2027-05-31", 1, "warning"),
        ("2027-06-29", 1, "warning"),
        ("2027-06-30", 1, "error"),
        ("2028-03-31", 1, "error"),
    ],
)
async def test_office_is_reminded_of_the_freeze(rollback, day, amount, kind):
    await small_year()
    noon = dt.datetime.fromisoformat(f"{day}T12:00:00+09:00")
    [todo] = await years_to_freeze(OFFICER, noon)
    assert (todo.amount, todo.kind, todo.address) == (amount, kind, f"/office/kpi/years/{YEAR}")
    assert await years_to_freeze(Principal("organiser"), noon) == []
    await freeze.freeze(fiscal_year=YEAR, operator="o", reason="", now=NOW.replace(year=2027, month=7))
    assert [todo.amount for todo in await years_to_freeze(OFFICER, noon)] == [0]


async def test_nobody_is_reminded_too_early_or_of_an_empty_year(rollback):
    assert await years_to_freeze(OFFICER, dt.datetime.fromisoformat("2027-05-30T12:00:00+09:00")) == []
    assert [t.amount for t in await years_to_freeze(OFFICER, NOW.replace(year=2027, month=7))] == [0]


async def test_open_records_wait(rollback):
    await small_year()
    await freeze.freeze(fiscal_year=YEAR, operator="o", reason="early", now=NOW)
    audit = await audits.begin(fiscal_year=YEAR, operator="o", now=NOW)
    await audits.look(audit=audit, position=1, found=audits.Look("right"), operator="o", now=NOW)
    [todo] = await records_to_audit(OFFICER, NOW)
    assert (todo.amount, todo.address) == (14, f"/office/kpi/audits/{audit}")
