"""The officers' board: who may see it, what it says of a year, what it draws."""

import re

import httpx
import pytest

from app.kpi.board.view import MOST_BARS, Bar, bars, share, years
from app.kpi.publishing.folding import PublicRow
from tests.clock import NOW
from tests.conftest import client
from tests.doors import token_for
from tests.kpi.ledgers import OPENING, YEAR, scan, stay
from tests.kpi.rows import write


async def board(officer: httpx.AsyncClient, year: int = YEAR) -> str:
    answer = await officer.get("/office/kpi", params={"fiscal_year": year})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return re.sub(r"\s+", " ", answer.text)


def people(code: str, number: int) -> PublicRow:
    return PublicRow(country=code, region="142", people=number, on_site=number, online=0, both=0)


async def test_board_is_for_officers(app, http):
    assert (await http.get("/office/kpi")).status_code == 401
    async with client(app, await token_for("organiser")) as organiser:
        assert (await organiser.get("/office/kpi")).status_code == 403
    async with client(app, await token_for("admin")) as admin:
        assert (await admin.get("/office/kpi")).status_code == 200


async def test_empty_year_says_what_to_do_next(officer):
    text = await board(officer)
    assert "Nobody has been counted in this fiscal year" in text
    assert '<table class="bars">' not in text
    assert 'href="#definition"' in text


async def test_figure_with_every_country(officer):
    await write([scan(0, who) for who in range(1, 1202)])
    await write([stay(0, 1), scan(0, 2000, residence="DE"), scan(0, 2001, residence=None)])
    text = await board(officer)
    assert '<p class="kpi__number">1,202 <span class="kpi__unit">people</span></p>' in text
    assert (
        '<th scope="row"><a href="/office/kpi/people?fiscal_year=2026&amp;by=country&amp;of=SG">Singapore</a></th>'
        '<td class="number">1,201</td><td class="number">1,201</td>'
        '<td class="number">1</td><td class="number">1</td>'
    ) in text
    assert 'of=DE">Germany</a></th><td class="number">1</td>' in text
    assert '<rect class="meter-bar__fill" width="100.0" height="10"/></svg></td><td>1,201</td>' in text


async def test_one_person_is_a_person(officer):
    await write([scan(0, 1)])
    text = await board(officer)
    assert '1 <span class="kpi__unit">person</span>' in text
    assert '1 <span class="kpi__unit">visit</span>' in text


async def test_board_in_japanese(officer):
    await write([scan(0, 1)])
    answer = await officer.get("/office/kpi", params={"fiscal_year": YEAR, "lang": "ja"})
    assert '<html lang="ja">' in answer.text
    assert "シンガポール" in answer.text


async def test_year_of_the_plan_stands_against_both_readings(officer):
    at = OPENING.replace(year=2024)
    await write([scan(0, who, scheduled_at=at, starts_at=at, ends_at=at) for who in range(1, 51)])
    text = await board(officer, 2024)
    assert "Read as a level" in text
    assert "50 of 20,000 people." in text
    assert "Read as each year&#39;s number" in text
    assert "50 of 10,000 people." in text
    assert "0.5%" in text
    assert "Not a target." not in text


async def test_later_year_has_a_reference_and_no_target(officer):
    text = await board(officer)
    assert "The plan names no target for fiscal year 2026." in text
    assert "it is a reference, not a target." in text
    assert "0 of 30,000 people." in text
    assert "Read as a level" not in text


async def test_earlier_year_has_neither(officer):
    text = await board(officer, 2022)
    assert "The plan begins later" in text
    assert "30,000 people" not in text


async def test_other_indicators_stand_beside_and_the_table_is_a_link_away(officer):
    text = await board(officer, 2025)
    others = text.split('data-piece="others"')[1].split("</section>")[0]
    assert [f"KPI {n}: <span" in others for n in (1, 2, 3, 4)] == [True, False, True, False]
    assert "Target: 100 read as a level, 95 read as the year&#39;s own." in text
    assert 'href="/office/kpi/plan"' in text


@pytest.mark.parametrize("year", ["1999", "next"])
async def test_wrong_year(officer, year):
    answer = await officer.get("/office/kpi", params={"fiscal_year": year})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")


async def test_present_year_without_a_wish(officer):
    answer = await officer.get("/office/kpi")
    assert '<a href="/office/kpi?fiscal_year=2026" aria-current="page">' in answer.text


def test_switch_runs_from_the_plan_to_the_present_year():
    assert years(now=NOW, shown=2026) == [2023, 2024, 2025, 2026]
    assert years(now=NOW, shown=2030) == [2023, 2024, 2025, 2026, 2030]


def test_chart_is_as_wide_as_its_largest():
    assert bars([people("SG", 8), people("KR", 2)]) == [Bar("Singapore", 8, 100.0), Bar("South Korea", 2, 25.0)]
    assert bars([]) == []


def test_chart_gathers_what_does_not_fit():
    codes = ["SG", "KR", "TH", "VN", "CN", "TW", "HK", "MY", "ID", "PH", "IN", "LA", "KH"]
    rows = [people(code, 13 - n) for n, code in enumerate(codes)]
    assert len(bars(rows[:MOST_BARS])) == MOST_BARS
    assert bars(rows[:MOST_BARS])[-1].countries == 0
    drawn = bars(rows)
    assert len(drawn) == MOST_BARS
    assert drawn[-1] == Bar("", 3, 23.1, 2)
    assert sum(bar.people for bar in drawn) == sum(row.people for row in rows)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (29_999, 30_000, "99.9%"),
        (30_000, 30_000, "100.0%"),
        (1, 30_000, "0.0%"),
        (45_000, 30_000, "150.0%"),
        (1, 0, "0.0%"),
    ],
)
def test_share_is_cut_so_that_no_target_looks_reached(part, whole, words):
    assert share(part, whole) == words
