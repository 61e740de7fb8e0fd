"""Corrections are entries too: void, merge, split, residence, role."""

from datetime import timedelta
from random import Random

import pytest

from app.kpi.corrections import same_person, standing
from app.kpi.counting import count

from .ledgers import RECORDED, YEAR, correction, event, manual, person, scan, stay, ticket

LATER = RECORDED + timedelta(hours=1)


def people(*entries) -> int:
    return count(entries, fiscal_year=YEAR).people


def test_void_takes_an_entry_out():
    assert people(scan(1), correction(2, "void", subject=1)) == 0
    assert people(scan(1), scan(2), correction(3, "void", subject=1)) == 1


def test_void_of_a_void_brings_it_back():
    undone = [scan(1), correction(2, "void", subject=1), correction(3, "void", subject=2)]
    assert people(*undone) == 1
    assert people(*undone, correction(4, "void", subject=3)) == 0


def test_a_correction_cannot_speak_of_what_comes_later():
    assert people(correction(1, "void", subject=2), scan(2)) == 1
    assert people(correction(1, "void", subject=1), scan(2)) == 1
    assert (
        people(scan(1), scan(2, who=2), correction(3, "split", subject=4), correction(4, "merge", other=person(2))) == 1
    )


def test_merge_is_transitive():
    chain = [correction(10, "merge", 1, other=person(2)), correction(11, "merge", 3, other=person(2))]
    assert people(scan(1), scan(2, who=2), scan(3, who=3)) == 3
    assert people(scan(1), scan(2, who=2), scan(3, who=3), *chain) == 1


def test_merge_joins_minutes_and_modes():
    found = count(
        [stay(1, minutes=6), stay(2, who=2, begin=6, minutes=6), correction(3, "merge", other=person(2))],
        fiscal_year=YEAR,
    )
    assert (found.people, found.online) == (1, 1)


def test_split_undoes_one_merge():
    entries = [scan(1), scan(2, who=2), correction(3, "merge", other=person(2))]
    assert people(*entries, correction(4, "split", subject=3)) == 2
    assert people(*entries, correction(4, "split", subject=3), correction(5, "void", subject=4)) == 1
    assert people(*entries, correction(4, "merge", 2, other=person(1)), correction(5, "split", subject=3)) == 1
    assert people(*entries, correction(4, "split", subject=2)) == 1


def test_void_of_a_merge_is_a_split():
    assert (
        people(scan(1), scan(2, who=2), correction(3, "merge", other=person(2)), correction(4, "void", subject=3)) == 2
    )


def test_residence_entry_overrides_every_snapshot():
    late = scan(1, residence="JP", recorded_at=LATER)
    found = count([late, correction(2, "residence", residence="SG")], fiscal_year=YEAR)
    assert (found.people, found.conflicts) == (1, 1)


def test_latest_residence_entry_wins_across_a_merge():
    entries = [
        scan(1),
        correction(2, "residence", 1, residence="JP"),
        correction(3, "residence", 2, residence="KR", recorded_at=LATER),
    ]
    assert people(*entries) == 0
    merged = count([*entries, correction(4, "merge", 2, other=person(1))], fiscal_year=YEAR)
    assert [(row.country, row.people) for row in merged.by_country] == [("KR", 1)]


def test_residence_can_be_withdrawn():
    found = count([scan(1), correction(2, "residence", residence=None)], fiscal_year=YEAR)
    assert (found.people, found.unknown_residence, found.conflicts) == (0, 1, 0)


def test_unreviewed_evidence_declares_nothing():
    doubtful = scan(2, kind="import", evidence_class="E", mode="online", residence="JP", recorded_at=LATER)
    assert people(scan(1), doubtful) == 1
    unsigned = manual(2, operator=None, residence="JP", recorded_at=LATER)
    assert people(scan(1), unsigned) == 1


def test_role_entry_for_the_person_and_for_one_ticket():
    staff = scan(1, role="staff")
    assert people(staff, correction(2, "role", role="visitor")) == 1
    assert people(staff, correction(2, "role", role="visitor", ticket=ticket(1))) == 1
    assert people(staff, correction(2, "role", role="visitor", ticket=ticket(9))) == 0
    assert (
        people(scan(1), correction(2, "role", role="press", recorded_at=LATER), correction(3, "role", role="visitor"))
        == 0
    )


def test_redelivery_is_harmless_and_contradiction_is_refused():
    assert people(scan(1), scan(1), scan(1)) == 1
    with pytest.raises(ValueError, match="position 1 "):
        standing([scan(1), scan(1, event=event(2))])


def test_same_person_is_the_smallest_pseudonym_whatever_the_order():
    rng = Random(7)
    merges = [correction(n, "merge", n, other=person(n + 1)) for n in range(1, 40)]
    for _ in range(20):
        rng.shuffle(merges)
        root = same_person(merges)
        assert {root(person(n)) for n in range(1, 41)} == {person(1)}
    assert root(person(99)) == person(99)
