"""Years as they grow from day to day, seeded: tables by country for the attack to work on."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from random import Random

from app.core.chain import GENESIS, Link
from app.kpi.counting import CountryRow, Figure
from app.kpi.publishing.folding import Fold
from app.kpi.publishing.releasing import Body, Release
from tests.kpi.publishing.attack import Public

NAMES = ("SG", "KR", "TW", "CN", "US", "DE", "FR", "TH", "VN", "MY", "NZ", "AU", "BR", "CA", "KE", "IT", "FJ", "PE")
Ways = list[int]


def figure(countries: Mapping[str, Sequence[int]]) -> Figure:
    """A figure of people on site only, on line only, in both ways by country."""
    rows = [
        CountryRow(country=name, people=sum(w), on_site=w[0] + w[2], online=w[1] + w[2], both=w[2])
        for name, w in countries.items()
        if sum(w)
    ]
    totals = {name: sum(getattr(row, name) for row in rows) for name in ("people", "on_site", "online", "both")}
    rest = dict.fromkeys(
        ("core_only", "visits", "participations", "unknown_residence", "with_exhibitors", "conflicts"), 0
    )
    by_country = tuple(sorted(rows, key=lambda row: (-row.people, row.country)))
    return Figure(rule="kpi2-v1", fiscal_year=2026, by_country=by_country, sensitivity={}, **totals, **rest)


def days(rng: Random, *, most: int = 8) -> Iterator[Figure]:
    """Yield a year's figures day by day: quiet and busy days, newcomers, people seen in another way, corrections."""
    names = rng.sample(NAMES, rng.randint(3, 10))
    weights = [1 / (n + 1) ** rng.choice((0.5, 1.0, 1.5)) for n in range(len(names))]
    countries: dict[str, Ways] = {}
    for _day in range(rng.randint(2, most)):
        for name in rng.choices(names, weights, k=rng.choice((4, 10, 11, 15, 30, 60))):
            countries.setdefault(name, [0, 0, 0])[rng.choice((0, 0, 0, 1, 1, 2))] += 1
        for name in rng.sample(sorted(countries), min(2, len(countries))):
            _once_more(countries[name], rng)
        if rng.random() < 0.1:
            _corrected(countries[rng.choice(sorted(countries))], rng)
        yield figure({name: list(ways) for name, ways in countries.items()})


def _once_more(ways: Ways, rng: Random) -> None:
    """Somebody seen in one way is seen in the other as well."""
    one = rng.choice((0, 1))
    if ways[one]:
        ways[one] -= 1
        ways[2] += 1


def _corrected(ways: Ways, rng: Random) -> None:
    one = rng.choice((0, 1, 2))
    if ways[one] and sum(ways) > 1:
        ways[one] -= 1


def release(found: Figure, table: Fold) -> Release:
    """A release of this table; day and head matter to nobody here."""
    return Release(
        dt.date(2026, 11, 21), Link(0, GENESIS), found.people, Body(found.by_country, table.rows, dict(table.folded))
    )


def published(found: Figure, table: Fold, *, minimum: int = 10) -> Public:
    """What a reader sees of a table."""
    columns = ("people", "on_site", "online", "both")
    inside: dict[str, set[str]] = {}
    for row in found.by_country:
        inside.setdefault(table.folded.get(row.country, row.country), set()).add(row.country)
    return Public(
        rows=[
            (frozenset(inside[row.country or row.region]), {name: getattr(row, name) for name in columns})
            for row in table.rows
        ],
        totals={name: getattr(found, name) for name in columns},
        small=frozenset(row.country for row in found.by_country if row.people < minimum),
        secret=frozenset(table.folded),
        truth={row.country: (row.on_site - row.both, row.online - row.both, row.both) for row in found.by_country},
    )
