"""Nothing comes back: the attack gets no hidden cell out of the tables of a year, and does where a rule is left out."""

from collections import defaultdict
from random import Random

import pytest

from app.kpi.counting import CountryRow, Figure
from app.kpi.publishing import folding
from app.kpi.publishing.disclosure import COLUMNS, disclosed, hidden, shown
from app.kpi.publishing.folding import WORLD, Fold, PublicRow, fold, regions
from app.kpi.publishing.releasing import next_table
from tests.kpi.publishing.attack import Cell, Public, recovered
from tests.kpi.publishing.years import days, figure, published, release


def year_of(seed: int) -> list[Public]:
    """Release what may be released of a random year; the last year of many has ten tables and more."""
    before, tables = [], []
    for found in days(Random(seed)):
        table = next_table(found, before=before)
        if table is not None:
            before.append(release(found, table))
            tables.append(published(found, table))
    return tables


def daring_year(seed: int) -> list[Public]:
    """The same, folded well each day and held against no other."""
    return [published(found, fold(found.by_country)) for found in days(Random(seed)) if found.people]


def primary_only(found: Figure) -> Fold:
    """Fold small countries into their region and leave it at that: no secondary suppression."""
    blocks: dict[str, list[CountryRow]] = defaultdict(list)
    for row in found.by_country:
        blocks[row.country if row.people >= folding.MINIMUM else regions()[row.country]].append(row)
    return folding._folded({name: tuple(block) for name, block in blocks.items()})


def table(**people: int) -> Figure:
    return figure({name: (n, 0, 0) for name, n in people.items()})


@pytest.mark.parametrize("seed", range(12))
def test_no_hidden_cell_follows_from_the_tables_of_a_year(seed):
    assert recovered(year_of(seed)) == set()


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_no_hidden_cell_follows_from_the_tables_of_many_years(seed):
    assert recovered(year_of(seed)) == set()


def test_years_are_released_nevertheless():
    """Of 178 days of small conventions most have a table, with a country or two by name."""
    tables = [table for seed in range(40) for table in year_of(seed)]
    assert (len(tables), sum(len(t.truth) - len(t.secret) for t in tables)) == (142, 242)


def test_the_attack_recovers_cells_without_secondary_suppression():
    found: set[Cell] = set()
    for seed in range(6):
        found |= recovered([published(one, primary_only(one)) for one in days(Random(seed))])
    assert len(found) > 20


def test_the_attack_recovers_cells_from_days_held_against_no_other():
    assert any(recovered(daring_year(seed)) for seed in range(30))


NINE = table(SG=40, TH=9, VN=7, MY=6)
"""Thailand stands with two others in the row of its region."""


def test_a_country_that_steps_out_of_its_row_gives_itself_away():
    """Ten today, nine or fewer yesterday, and its neighbours have not lost anybody: so it was nine."""
    tables = [(one, fold(one.by_country)) for one in (NINE, table(SG=50, TH=10, VN=7, MY=6))]
    assert [t.folded for _, t in tables] == [dict.fromkeys(("MY", "TH", "VN"), "142"), {"MY": "142", "VN": "142"}]
    assert (0, "TH", "people") in recovered([published(*one) for one in tables])
    assert ("TH", "people") in disclosed([shown(one.by_country, t) for one, t in tables], 0)


@pytest.mark.parametrize(("people", "staying"), [(10, None), (11, {"TH", "VN", "MY"})])
def test_such_a_country_stays_in_its_row(people, staying):
    """Even there a reader who knows that it is large by now would see the step from nine to ten; not that to 11."""
    before = [release(NINE, fold(NINE.by_country))]
    second = table(SG=50, TH=people, VN=7, MY=6)
    following = next_table(second, before=before)
    assert (following and {*following.folded}) == staying
    if following:
        assert recovered([published(NINE, fold(NINE.by_country)), published(second, following)]) == set()


def test_a_newcomer_alone_in_a_row_is_waited_for():
    """All that a row has grown by is the one person from a country that was not there before."""
    first, second = table(SG=40, TH=6, VN=7), table(SG=60, TH=6, VN=7, MY=1)
    opening = next_table(first, before=[])
    assert opening is not None
    assert next_table(second, before=[release(first, opening)]) is None
    assert next_table(table(SG=60, TH=7, VN=7, MY=1), before=[release(first, opening)]) is not None


@pytest.mark.parametrize(("people", "is_released"), [(9, False), (10, True)])
def test_first_table_shows_ten_people_at_least(people, is_released):
    assert (next_table(table(SG=people), before=[]) is not None) == is_released


@pytest.mark.parametrize("change", [-10, -9, 0, 9, 10])
def test_a_table_differs_from_the_last_by_ten_people_at_least(change):
    first = table(SG=40, KR=50)
    before = [release(first, fold(first.by_country))]
    assert (next_table(table(SG=40 + change, KR=50), before=before) is not None) == (abs(change) == 10)


def test_one_person_of_one_country_is_never_a_table_of_its_own():
    one = figure(dict.fromkeys(("SG", "KR", "TH", "VN", "MY", "NZ", "AU", "US", "CA", "BR"), (1, 0, 0)))
    rows = (PublicRow(country=None, region=WORLD, people=10, on_site=10, online=0, both=0),)
    assert fold(one.by_country).rows == rows
    assert not hidden([shown(one.by_country, fold(one.by_country))])
    assert next_table(one, before=[]) is None


@pytest.mark.parametrize("seed", range(30))
def test_what_the_attack_recovers_nothing_proves_to_be_in_doubt(seed):
    """Both ways of looking agree where it matters: a recovered cell has no other world."""
    found = list(days(Random(seed), most=3))
    history = [shown(one.by_country, fold(one.by_country)) for one in found]
    certain = {(at, *cell) for at in range(len(history)) for cell in disclosed(history, at)}
    assert recovered([published(one, fold(one.by_country)) for one in found]) <= certain
    assert {column for _, _, column in certain} <= set(COLUMNS)
