"""A reader who keeps every public table of a year and computes: what linear programming says of each hidden cell.

He knows the program, the countries that took part by the day, which of them are small, and that numbers grow where they
do in truth. For each country and table there are three unknowns: people on site only, on line only, in both ways. What
is published, and what he knows, are equations and inequalities; the least and the most that a cell can be are found by
HiGHS. A cell whose least is its most is recovered. Written apart from `app.kpi.publishing.disclosure`, which looks for
other worlds instead.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

COLUMNS = {"people": (1, 1, 1), "on_site": (1, 0, 1), "online": (0, 1, 1), "both": (0, 0, 1)}
NEARLY = 1e-6

Cell = tuple[int, str, str]
"""The table, the country, the column."""
Term = tuple[int, str]


class Public(Struct):
    """A table as published, and what the reader knows besides.

    `rows`: the countries of each row with the row's numbers by column. `totals` as they are published anyway.
    `secret`: the countries that have no row of their own.
    """

    rows: Sequence[tuple[frozenset[str], Mapping[str, int]]]
    totals: Mapping[str, int]
    small: frozenset[str]
    secret: frozenset[str]
    truth: Mapping[str, tuple[int, int, int]]
    """Only for knowing where numbers fall, and for saying what was recovered."""


class System:
    """Inequalities `a x <= b` and equations `a x = b` over all unknowns."""

    def __init__(self, tables: Sequence[Public], *, minimum: int = 10) -> None:
        terms = [(at, country) for at, table in enumerate(tables) for country in table.truth]
        self.place = {term: 3 * n for n, term in enumerate(terms)}
        self.equal: list[tuple[np.ndarray, float]] = []
        self.most: list[tuple[np.ndarray, float]] = []
        for at, table in enumerate(tables):
            self._published(at, table)
            self._known(at, table, minimum)
        for at in range(1, len(tables)):
            self._grown(tables, at)

    def row(self, column: str, *terms: Term, sign: int = 1) -> np.ndarray:
        found = np.zeros(3 * len(self.place))
        for term in terms:
            found[self.place[term] : self.place[term] + 3] += np.multiply(sign, COLUMNS[column])
        return found

    def _published(self, at: int, table: Public) -> None:
        for countries, numbers in [*table.rows, (frozenset(table.truth), table.totals)]:
            for column, people in numbers.items():
                self.equal.append((self.row(column, *((at, c) for c in countries)), people))

    def _known(self, at: int, table: Public, minimum: int) -> None:
        for country in table.truth:
            low, high = (1, minimum - 1) if country in table.small else (minimum, None)
            self.most.append((self.row("people", (at, country), sign=-1), -low))
            if high is not None:
                self.most.append((self.row("people", (at, country)), high))

    def _grown(self, tables: Sequence[Public], at: int) -> None:
        before, after = tables[at - 1].truth, tables[at].truth
        for country in before.keys() & after.keys():
            for column, ways in COLUMNS.items():
                if np.dot(ways, before[country]) <= np.dot(ways, after[country]):
                    falls = self.row(column, (at - 1, country)) + self.row(column, (at, country), sign=-1)
                    self.most.append((falls, 0))

    def bounds(self, cell: Cell) -> tuple[float, float]:
        at, country, column = cell
        aim = self.row(column, (at, country))
        return self._least(aim), -self._least(-aim)

    def _least(self, aim: np.ndarray) -> float:
        found = linprog(aim, **self.matrices)
        assert found.status == 0, found.message
        return float(found.fun)

    @cached_property
    def matrices(self) -> dict[str, object]:
        return {
            "A_eq": csr_matrix(np.array([row for row, _ in self.equal])),
            "b_eq": [people for _, people in self.equal],
            "A_ub": csr_matrix(np.array([row for row, _ in self.most])),
            "b_ub": [people for _, people in self.most],
        }


def hidden_cells(tables: Sequence[Public]) -> Iterator[Cell]:
    """Yield what is not published: cells of countries in rows without a name, noughts left out."""
    for at, table in enumerate(tables):
        for country in table.secret:
            for column, ways in COLUMNS.items():
                if np.dot(ways, table.truth[country]):
                    yield at, country, column


def recovered(tables: Sequence[Public]) -> set[Cell]:
    """Return the hidden cells that follow from everything that was published."""
    system, found = System(tables), set[Cell]()
    for cell in hidden_cells(tables):
        least, most = system.bounds(cell)
        if most - least < NEARLY:
            at, country, column = cell
            assert round(least) == np.dot(COLUMNS[column], tables[at].truth[country])
            found.add(cell)
    return found
