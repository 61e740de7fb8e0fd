"""Thousands of small ledgers counted twice: by the product and by brute force written apart. Difference: none."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kpi.counting import Figure, count, counted_people

from . import oracle
from .ledgers import YEAR, correction, person, random_ledger, scan, stay


def plain(figure: Figure) -> dict:
    fields = msgspec.structs.asdict(figure)
    del fields["rule"], fields["fiscal_year"]
    fields["by_country"] = {row.country: (row.people, row.on_site, row.online, row.both) for row in figure.by_country}
    return fields


@pytest.mark.parametrize("seed", range(8))
def test_every_figure_equals_brute_force(seed):
    for number in range(400):
        ledger = random_ledger(Random(1000 * seed + number))
        for year in (YEAR - 1, YEAR, YEAR + 1) if number % 10 == 0 else (YEAR,):
            assert plain(count(ledger, fiscal_year=year)) == oracle.count(ledger, year), (seed, number, year)


def test_the_random_ledgers_reach_every_line():
    """A comparison proves nothing about figures that never differ from one another."""
    figures = [count(random_ledger(Random(n)), fiscal_year=YEAR) for n in range(600)]
    lines = [
        (f.people, f.visits, f.participations, f.core_only, f.with_exhibitors, *f.sensitivity.values()) for f in figures
    ]
    for column in (1, 2, 3, 4, 5, 6, 8):
        assert any(line[0] != line[column] for line in lines)
    assert any(f.both for f in figures)
    assert any(f.conflicts for f in figures)
    assert any(f.unknown_residence for f in figures)


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_order_and_repetition_never_matter(rng):
    ledger = random_ledger(rng)
    expected = count(ledger, fiscal_year=YEAR)
    shuffled = [*ledger, *rng.sample(ledger, rng.randint(0, len(ledger)))]
    rng.shuffle(shuffled)
    assert count(iter(shuffled), fiscal_year=YEAR) == expected


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_figures_agree_with_one_another(rng):
    ledger = random_ledger(rng)
    f = count(ledger, fiscal_year=YEAR)
    listed = counted_people(ledger, fiscal_year=YEAR)
    on_site, online = ({p.person for p in listed if getattr(p, mode)} for mode in ("on_site", "online"))
    assert (f.people, f.on_site, f.online, f.both) == (
        len(on_site | online),
        len(on_site),
        len(online),
        len(on_site & online),
    )
    for column in ("people", "on_site", "online", "both"):
        assert sum(getattr(row, column) for row in f.by_country) == getattr(f, column)
    assert f.core_only <= f.people <= f.participations <= f.visits
    assert f.people <= f.with_exhibitors
    values = list(f.sensitivity.values())
    assert values == sorted(values, reverse=True)
    assert f.sensitivity["10"] == f.people


@given(st.randoms(use_true_random=False), st.integers(1, 5), st.booleans())
@settings(max_examples=200, deadline=None)
def test_adding_evidence_never_lowers_people(rng, who, gate):
    """Evidence that declares no new residence: a declaration may well lower the number."""
    ledger = random_ledger(rng)
    before = count(ledger, fiscal_year=YEAR)
    more = (scan if gate else stay)(1000, who, residence=None)
    after = count([*ledger, more], fiscal_year=YEAR)
    assert after.people >= before.people
    assert after.visits >= before.visits
    assert after.with_exhibitors >= before.with_exhibitors


@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_merging_never_raises_people_unless_two_halves_make_a_presence(rng, one, two):
    """On site evidence needs no adding up, and with one residence for all a merge can only join what was counted."""
    ledger = [e for e in random_ledger(rng, corrections=0) if e.mode == "on_site"]
    ledger = [msgspec.structs.replace(e, residence="SG") for e in ledger]
    before = count(ledger, fiscal_year=YEAR).people
    after = count([*ledger, correction(1000, "merge", one, other=person(two))], fiscal_year=YEAR).people
    assert before - 1 <= after <= before


@given(st.randoms(use_true_random=False), st.integers(1, 5), st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_a_split_takes_back_a_merge(rng, one, two):
    ledger = random_ledger(rng)
    merge = correction(1000, "merge", one, other=person(two))
    undone = [*ledger, merge, correction(1001, "split", subject=1000)]
    assert count(undone, fiscal_year=YEAR) == count(ledger, fiscal_year=YEAR)
