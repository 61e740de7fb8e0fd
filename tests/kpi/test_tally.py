"""Counting group by group gives what counting all at once gives."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest

from app.attendance.ledger_entry import Evidence
from app.kpi.counting import count
from app.kpi.tally import Kin, figure_of, group, groups, lines, tie
from tests.kpi.ledgers import YEAR, correction, person, random_ledger, scan, stay


def ties(ledger: list[Evidence]) -> list[tuple[UUID, UUID]]:
    by_position = {entry.position: entry.person for entry in ledger}
    spoken_of = [(e.person, by_position.get(e.subject, e.person)) for e in ledger]
    return spoken_of + [(e.person, e.other) for e in ledger if e.other]


@pytest.mark.parametrize("seed", range(300))
def test_groups_add_up_to_the_whole(seed):
    ledger = random_ledger(Random(seed), most=60)
    kin: Kin = {}
    tie(kin, ties(ledger))
    tally = Counter()
    for members in groups(kin, [entry.person for entry in ledger]):
        tally.update(lines(count([e for e in ledger if e.person in members], fiscal_year=YEAR)))
    assert figure_of(tally, fiscal_year=YEAR) == count(ledger, fiscal_year=YEAR)


def test_lines_and_back():
    ledger = [scan(1), stay(2), scan(3, 2, residence="KR"), scan(4, 3, residence=None)]
    figure = count(ledger, fiscal_year=YEAR)
    assert figure_of(lines(figure), fiscal_year=YEAR) == figure


def test_country_that_nobody_is_left_of_has_no_row():
    before, after = scan(1), correction(2, "void", subject=1)
    tally = lines(count([before], fiscal_year=YEAR))
    tally.update(lines(count([before, after], fiscal_year=YEAR)))
    tally.subtract(lines(count([before], fiscal_year=YEAR)))
    assert figure_of(tally, fiscal_year=YEAR) == count([before, after], fiscal_year=YEAR)
    assert figure_of(tally, fiscal_year=YEAR).by_country == ()


def test_ties_are_transitive():
    kin: Kin = {}
    tie(kin, [(person(1), person(2)), (person(4), person(3)), (person(5), person(5)), (person(2), person(3))])
    assert group(kin, person(4)) == {person(1), person(2), person(3), person(4)}
    assert group(kin, person(5)) == {person(5)}
    assert group(kin, person(6)) == {person(6)}
    assert groups(kin, [person(1), person(4), person(6), person(1)]) == [group(kin, person(1)), {person(6)}]
