"""Folding: nobody can get a folded country back, and nothing is lost from any total."""

from collections import Counter
from fractions import Fraction

import pytest
from babel import Locale
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.kpi.counting import CountryRow
from app.kpi.publishing.folding import WORLD, PublicRow, fold_small_cells, regions

COLUMNS = ("people", "on_site", "online", "both")
NOT_ISO = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}


def row(country: str, people: int, on_site: int | None = None, both: int = 0) -> CountryRow:
    seen = people if on_site is None else on_site
    return CountryRow(country=country, people=people, on_site=seen, online=people - seen + both, both=both)


def shape(rows) -> list[tuple[str, int]]:
    return [(r.country or r.region, r.people) for r in rows]


def test_regions_hold_the_249_codes_of_iso_3166():
    assert Counter(regions().values()) == {"002": 60, "019": 57, "142": 51, "150": 51, "009": 29, WORLD: 1}
    known = {code for code in Locale("en").territories if len(code) == 2 and code.isalpha()}
    assert set(regions()) == known - NOT_ISO
    assert set(regions().values()) <= set(Locale("ja").territories)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([row("SG", 12), row("KR", 30)], [("KR", 30), ("SG", 12)]),
        ([row("SG", 9)], [(WORLD, 9)]),
        ([row("SG", 12), row("KR", 0)], [("SG", 12)]),
        ([row("SG", 40), row("TH", 6), row("VN", 7)], [("SG", 40), ("142", 13)]),
        # a lone small country takes the smallest row with it
        ([row("SG", 40), row("KR", 20), row("NZ", 3)], [("SG", 40), (WORLD, 23)]),
        # two regions that hide too little hide each other
        ([row("SG", 40), row("TH", 6), row("FR", 5)], [("SG", 40), (WORLD, 11)]),
        # nine and nine: a sum at its upper end would say so
        ([row("SG", 40), row("KR", 30), row("TH", 9), row("VN", 9)], [("SG", 40), (WORLD, 48)]),
        # ten with one each: a sum at its lower end would say so
        (
            [row("US", 40), *(row(c, 1) for c in ("TH", "VN", "LA", "KH", "MM", "MY", "ID", "PH", "BN", "TL"))],
            [(WORLD, 50)],
        ),
        # an existing region is the smallest row left
        ([row("SG", 90), row("FR", 6), row("DE", 7), row("NZ", 3)], [("SG", 90), (WORLD, 16)]),
        ([row("AQ", 40), row("SG", 20), row("XK", 5)], [("SG", 20), (WORLD, 45)]),
    ],
)
def test_folding(rows, expected):
    assert shape(fold_small_cells(rows)) == expected


def test_every_column_is_folded_with_its_country():
    rows = [row("SG", 40, on_site=30, both=5), row("TH", 6, on_site=1), row("VN", 7, on_site=7, both=2)]
    assert fold_small_cells(rows) == (
        PublicRow(country="SG", region="142", people=40, on_site=30, online=15, both=5),
        PublicRow(country=None, region="142", people=13, on_site=8, online=7, both=2),
    )


cells = st.one_of(st.integers(0, 4), st.integers(0, 12), st.integers(0, 300))
countries = st.sampled_from(
    ("SG", "TH", "VN", "KR", "TW", "FR", "DE", "IT", "NZ", "AU", "FJ", "US", "CA", "BR", "EG", "KE", "AQ")
)


@st.composite
def tables(draw) -> list[CountryRow]:
    """Countries with their people on site only, on line only, in both ways."""
    found = []
    for country in draw(st.lists(countries, unique=True, max_size=10)):
        on_site, online, both = draw(st.tuples(cells, cells, cells))
        found.append(
            CountryRow(
                country=country,
                people=on_site + online + both,
                on_site=on_site + both,
                online=online + both,
                both=both,
            )
        )
    return [r for r in found if r.people]


def members(table: list[CountryRow], public: PublicRow, rows: tuple[PublicRow, ...], minimum: int = 10) -> list[str]:
    """The countries inside a row: more than is published, so the attacker is stronger than any reader."""
    if public.country:
        return [public.country]
    named = {r.country for r in rows}
    standing = {r.region for r in rows if r.country is None}
    home = {
        r.country: regions()[r.country] if r.people < minimum and regions()[r.country] in standing else WORLD
        for r in table
        if r.country not in named
    }
    return [country for country, region in home.items() if region == public.region]


def known_values(equations: list[dict]) -> set:
    """Unknowns that the equations determine: those alone in a row of the reduced echelon form."""
    rows = [dict(e) for e in equations]
    pivots: list[tuple[object, dict]] = []
    for equation in rows:
        for pivot, reduced in pivots:
            subtract(equation, reduced, equation.get(pivot, 0))
        if not equation:
            continue
        pivot, factor = next(iter(equation.items()))
        scaled = {k: v / factor for k, v in equation.items()}
        for _, other in pivots:
            subtract(other, scaled, other.get(pivot, 0))
        pivots.append((pivot, scaled))
    return {pivot for pivot, reduced in pivots if len(reduced) == 1}


def subtract(equation: dict, other: dict, factor: Fraction | int) -> None:
    if factor:
        for unknown, value in other.items():
            equation[unknown] = equation.get(unknown, 0) - factor * value
            if not equation[unknown]:
                del equation[unknown]


def attack(table: list[CountryRow], blocks: list[list[str]]) -> set[tuple[str, str]]:
    """Every (country, column) that follows from the published rows, the totals and people = on site + online - both."""
    one = Fraction(1)
    present = [r.country for r in table]
    equations = [{(c, column): one for c in block} for block in [present, *blocks] for column in COLUMNS]
    equations += [{(c, "people"): one, (c, "on_site"): -one, (c, "online"): -one, (c, "both"): one} for c in present]
    return known_values(equations)


@given(tables())
@settings(max_examples=400, deadline=None)
def test_sums_stay_equal_and_no_small_country_is_named(table):
    rows = fold_small_cells(table)
    for column in COLUMNS:
        assert sum(getattr(r, column) for r in rows) == sum(getattr(r, column) for r in table)
    truth = {r.country: r for r in table}
    for r in rows:
        assert r.country is None or (r.people >= 10 and r.people == truth[r.country].people)
    assert sorted(c for r in rows for c in members(table, r, rows)) == sorted(truth)


@given(tables())
@settings(max_examples=400, deadline=None)
def test_linear_algebra_recovers_no_folded_cell(table):
    assume(len(table) > 1)  # the total of a single country is the headline itself
    rows = fold_small_cells(table)
    named = {r.country for r in rows}
    found = attack(table, [members(table, r, rows) for r in rows])
    assert {country for country, _ in found} <= named


@given(tables())
@settings(max_examples=400, deadline=None)
def test_bounds_leave_every_folded_country_in_doubt(table):
    """Even with the members of each row in hand, and knowing that a small country has 1 to 9 people."""
    rows = fold_small_cells(table)
    truth = {r.country: r.people for r in table}
    for r in rows:
        inside = members(table, r, rows)
        if r.country or len(rows) == 1:  # a single row says the total and no more
            continue
        others = len(inside) - 1
        top = 9 if all(truth[c] < 10 for c in inside) else r.people
        possible = [x for x in range(1, top + 1) if others <= r.people - x <= others * top]
        assert len(possible) > 1


def test_the_attack_breaks_naive_folding():
    table = [row("SG", 40, on_site=20), row("KR", 20, on_site=3), row("NZ", 3, on_site=1)]
    assert {c for c, _ in attack(table, [["SG"], ["KR"]])} == {"SG", "KR", "NZ"}


@given(tables(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_rows_never_matters(table, rng):
    shuffled = rng.sample(table, len(table))
    assert fold_small_cells(shuffled) == fold_small_cells(table)
