"""Releases through the real ledger: one table a day, none around one scan, the frozen one last."""

import datetime as dt

import pytest

from app.core.db import fetch
from app.kpi.publishing.releasing import last, release, release_due
from tests.clock import NOW
from tests.kpi.ledgers import YEAR, correction, scan
from tests.kpi.rows import write
from tests.kpi.test_figures import figure

RESIDENTS = {"SG": 40, "KR": 6, "TH": 7, "VN": 2, "DE": 8, "FR": 4}
TOMORROW = NOW + dt.timedelta(days=1)


async def arrive(first: int, **residents: int) -> None:
    """Let people come, numbered from `first`."""
    people = [country for country, n in residents.items() for _ in range(n)]
    await write([scan(0, who, residence=country) for who, country in enumerate(people, first)])


def table(answer: dict) -> dict[str, int]:
    return {row["country"] or row["region"]: row["people"] for row in answer["by_country"]}


@pytest.fixture
async def opened(http):
    await arrive(1, **RESIDENTS)
    assert await release(fiscal_year=YEAR, now=NOW)
    return http


async def test_a_scan_changes_the_number_and_not_the_table(opened):
    before = await figure(opened)
    await arrive(500, SG=1)
    after = await figure(opened)
    assert (before["people"], after["people"]) == (67, 68)
    assert table(before) == table(after) == {"SG": 40, "142": 15, "150": 12}
    assert after["by_country_of"] == before["by_country_of"]


async def test_a_day_has_one_table(opened):
    await arrive(500, SG=30)
    end_of_day = dt.datetime(2026, 11, 21, 14, 59, 59, tzinfo=dt.UTC)
    assert not await release(fiscal_year=YEAR, now=end_of_day)
    assert await release(fiscal_year=YEAR, now=end_of_day + dt.timedelta(seconds=1))
    assert table(await figure(opened)) == {"SG": 70, "142": 15, "150": 12}


@pytest.mark.parametrize(("newcomers", "shown"), [(9, 40), (10, 50)])
async def test_a_table_waits_for_ten_people_more(opened, newcomers, shown):
    await arrive(500, SG=newcomers)
    await release_due(now=TOMORROW)
    assert table(await figure(opened))["SG"] == shown


async def test_tables_of_other_years_are_not_touched(opened):
    assert (await figure(opened, YEAR - 1))["by_country"] == []
    assert await last(YEAR + 1) is None


async def test_a_released_table_is_never_changed(opened):
    with pytest.raises(Exception, match="public_release is append-only"):
        await fetch("UPDATE public_release SET people = 1")


async def test_of_two_workers_one_releases(opened):
    """The second finds the day taken, whatever it has read before."""
    columns = "id, fiscal_year, day, position, head, people, body, released_at"
    copied = "SELECT gen_random_uuid(), fiscal_year, day, position, head, people, body, released_at FROM public_release"
    added = await fetch(
        f"INSERT INTO public_release ({columns}) {copied} ON CONFLICT (fiscal_year, day) DO NOTHING RETURNING id"
    )
    assert added == []


async def test_people_taken_out_again_are_no_riddle(opened):
    """Ten corrections are as many as ten newcomers."""
    await write([correction(0, "residence", who, residence="JP") for who in range(1, 11)])
    await release_due(now=TOMORROW)
    found = await figure(opened)
    assert (found["people"], table(found)) == (57, {"SG": 30, "142": 15, "150": 12})
