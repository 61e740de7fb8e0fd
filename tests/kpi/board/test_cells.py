"""Cells: what each holds is what the rule counts there, and its list of people is as long as its number."""

from collections.abc import Iterable
from random import Random
from uuid import UUID

import pytest

from app.attendance.ledger_entry import Evidence
from app.kpi.board.cells import EVERYBODY, NO_VENUE, WAYS, Cells, Row, share
from app.kpi.board.kept import shares
from app.kpi.counting import count, counted_people
from app.kpi.tally import Kin, groups, tie
from tests.kpi.ledgers import YEAR, correction, event, person, random_ledger, scan, stay
from tests.kpi.test_tally import ties

HALL, PIER = UUID(int=91), UUID(int=92)


def cells_of(ledger: list[Evidence], venues: dict[int, UUID] | None = None) -> Cells:
    found = Cells()
    found.replace((), shares(ledger, {e.person for e in ledger}, venues or {}, YEAR))
    return found


def everyone(ledger: Iterable[Evidence]) -> set[UUID]:
    return {one for e in ledger for one in (e.person, e.other) if one}


@pytest.mark.parametrize("seed", range(60))
def test_cells_are_what_the_rule_counts(seed):
    for number in range(5):
        ledger = random_ledger(Random(100 * seed + number), most=60)
        figure, found = count(ledger, fiscal_year=YEAR), Cells()
        found.replace((), shares(ledger, everyone(ledger), {}, YEAR))
        assert found.row(EVERYBODY) == Row("", figure.people, figure.on_site, figure.online, figure.both)
        assert {(r.key, r.people, r.on_site, r.online, r.both) for r in found.rows("country")} == {
            (r.country, r.people, r.on_site, r.online, r.both) for r in figure.by_country
        }
        people = counted_people(ledger, fiscal_year=YEAR)
        for by, of in (("day", lambda d: d[1].isoformat()), ("event", lambda d: str(d[0]))):
            for row in found.rows(by):
                on_site = {p.person for p in people if any(of(d) == row.key for d in p.on_site)}
                online = {p.person for p in people if any(of(d) == row.key for d in p.online)}
                brute = (len(on_site | online), len(on_site), len(online), len(on_site & online))
                assert (row.people, row.on_site, row.online, row.both) == brute
            assert {of(d) for p in people for d in p.event_days} == {row.key for row in found.rows(by)}


@pytest.mark.parametrize("seed", range(60))
def test_brought_up_to_date_entry_by_entry_they_are_those_counted_at_once(seed):
    ledger, kin, found = random_ledger(Random(seed), most=40), Kin(), Cells()
    for length in range(1, len(ledger) + 1):
        known = ledger[:length]
        tie(kin, ties(known))
        touched = [entry.person for entry in known[-1:]] + [one for pair in ties(known[-1:]) for one in pair]
        subject = known[-1].subject
        touched += [entry.person for entry in known if entry.position == subject]
        members = set().union(*groups(kin, touched))
        own = [entry for entry in known if entry.person in members]
        found.replace(members, shares(own, members, {}, YEAR))
        whole = Cells()
        whole.replace((), shares(known, everyone(known), {}, YEAR))
        assert found.people == whole.people
        assert +found.sums == +whole.sums


@pytest.mark.parametrize("seed", range(40))
def test_list_of_people_is_as_long_as_the_number(seed):
    found = cells_of(random_ledger(Random(seed), most=80, corrections=0))
    for by in ("all", "country", "day", "event", "venue"):
        for row in found.rows(by):
            for seen in WAYS:
                assert len(found.of((by, row.key), seen)) == getattr(row, seen)


def test_person_counts_once_at_each_venue():
    found = cells_of([scan(1), scan(2), scan(3), scan(4, 2)], {1: HALL, 2: HALL, 3: PIER, 4: PIER})
    assert found.rows("venue") == [Row(str(HALL), 1, 1, 0, 0), Row(str(PIER), 2, 2, 0, 0)]


def test_person_on_site_where_no_door_is_known_has_a_row_of_its_own():
    found = cells_of([scan(1), stay(2, 2)])
    assert found.rows("venue") == [Row("", 1, 1, 0, 0)]
    assert [one.person for one in found.of(NO_VENUE, "people")] == [person(1)]


def test_both_ways_on_two_days_is_both_in_the_event_and_on_neither_day():
    day = scan(1).scheduled_at
    later = day.replace(day=15)
    found = cells_of([scan(1), stay(2, scheduled_at=later)])
    assert found.rows("event") == [Row(str(event(1)), 1, 1, 1, 1)]
    assert found.rows("day") == [Row("2026-11-14", 1, 1, 0, 0), Row("2026-11-15", 1, 0, 1, 0)]


def test_person_taken_out_leaves_no_row():
    found = cells_of([scan(1), scan(2, 2)])
    found.replace({person(1)}, shares([scan(1), correction(3, "void", subject=1)], {person(1)}, {}, YEAR))
    assert found.row(EVERYBODY).people == 1
    found.replace({person(2)}, [])
    assert found.rows("day") == []


def test_merged_person_has_all_pseudonyms():
    ledger = [scan(1), scan(2, 2), correction(3, "merge", 1, other=person(2))]
    [one] = cells_of(ledger).people.values()
    assert (one.person, one.pseudonyms) == (person(1), (person(1), person(2)))
    [counted] = counted_people(ledger, fiscal_year=YEAR)
    assert share(counted, pseudonyms=one.pseudonyms, venues={}) == one
