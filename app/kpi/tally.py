"""Figures as lines that add up: what two groups of people without a tie between them count, they count together.

Every number of `counting.Figure` is a sum over natural persons, and a person's share rests on the entries of that
person and of those tied to it by a merge, a meeting or a correction. Whoever keeps such people in one group may
therefore count group by group, and bring a figure up to date by counting anew only the groups that an entry touched.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from app.kpi.counting import CountryRow, Figure
from app.kpi.rules import KPI2_V1, Rules

Line = tuple[str, ...]
"""("people",), ("sensitivity", "10") or ("country", "SG", "on_site")."""

_NAMED = frozenset({"rule", "fiscal_year", "by_country", "sensitivity"})
_TOTALS = tuple(name for name in Figure.__struct_fields__ if name not in _NAMED)
_COLUMNS = tuple(name for name in CountryRow.__struct_fields__ if name != "country")


def lines(figure: Figure) -> Counter[Line]:
    """Take a figure apart into lines."""
    found: Counter[Line] = Counter({(name,): getattr(figure, name) for name in _TOTALS})
    found.update({("sensitivity", minutes): people for minutes, people in figure.sensitivity.items()})
    for row in figure.by_country:
        found.update({("country", row.country, column): getattr(row, column) for column in _COLUMNS})
    return found


def figure_of(tally: Mapping[Line, int], *, fiscal_year: int, rules: Rules = KPI2_V1) -> Figure:
    """Put lines together to the figure that `counting.count` answers for all of the people at once."""
    return Figure(
        rule=rules.rule,
        fiscal_year=fiscal_year,
        by_country=_by_country(tally),
        sensitivity={str(m): tally.get(("sensitivity", str(m)), 0) for m in rules.sensitivity_minutes},
        **{name: tally.get((name,), 0) for name in _TOTALS},
    )


def _by_country(tally: Mapping[Line, int]) -> tuple[CountryRow, ...]:
    cells: dict[str, dict[str, int]] = defaultdict(dict)
    for line, people in tally.items():
        if line[0] == "country":
            cells[line[1]][line[2]] = people
    rows = [CountryRow(country=country, **columns) for country, columns in cells.items() if any(columns.values())]
    return tuple(sorted(rows, key=lambda row: (-row.people, row.country)))


Kin = dict[UUID, set[UUID]]
"""Each tied pseudonym with the group it belongs to; the members of a group share one set. Ties are never cut."""


def tie(kin: Kin, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    """Put the two of each pair into one group; the smaller group moves, so n ties cost n log n at most."""
    for one, two in pairs:
        small, large = sorted((kin.setdefault(one, {one}), kin.setdefault(two, {two})), key=len)
        if small is not large:
            large |= small
            kin.update(dict.fromkeys(small, large))


def group(kin: Kin, person: UUID) -> set[UUID]:
    """Return the pseudonyms whose entries decide about this one, itself among them."""
    return kin.get(person) or {person}


def groups(kin: Kin, persons: Iterable[UUID]) -> list[set[UUID]]:
    """Return the groups of these persons, each once."""
    found: list[set[UUID]] = []
    seen: set[UUID] = set()
    for person in persons:
        if person not in seen:
            found.append(group(kin, person))
            seen |= found[-1]
    return found
