"""What is asked of an assignment, and the same as numbers: a graph of entries and judges with bounds."""

from collections.abc import Collection, Mapping, Sequence
from functools import reduce
from math import gcd

import msgspec
import numpy as np
from scipy import sparse

GRAIN = 100
"""Fits are told apart in hundredths: sums of whole numbers are compared exactly."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `fit` is how well a judge suits an entry (language, expertise), 0 to 1; pairs not named are 0.

    `loads` are the least and the most entries per judge, the least not of judges in `spared`; `forbidden` pairs
    (entry, judge) are never assigned, `fixed` ones always. With `connected` every two entries are joined by a chain of
    shared judges, which calibration needs.
    """

    entries: Sequence[str]
    judges: Sequence[str]
    each: int
    loads: tuple[int, int]
    forbidden: Collection[tuple[str, str]] = ()
    fixed: Collection[tuple[str, str]] = ()
    fit: Mapping[tuple[str, str], float] = {}
    spared: Collection[str] = ()
    connected: bool = True


class Problem(msgspec.Struct, frozen=True, eq=False):
    """Wishes as numbers. Names are sorted, so that the order in which they are asked changes nothing.

    One row of `pairs` (entry, judge) per pair that is allowed; `points` is its fit in whole multiples of `unit`,
    `fixed` 1 where it must be taken, `least` per judge.
    """

    wishes: Wishes
    entries: list[str]
    judges: list[str]
    pairs: np.ndarray
    points: np.ndarray
    unit: float
    fixed: np.ndarray
    least: np.ndarray

    @property
    def by_entry(self) -> sparse.csr_array:
        """Entries x pairs: which pair belongs to which entry."""
        return self._incidence(0, len(self.entries))

    @property
    def by_judge(self) -> sparse.csr_array:
        """Judges x pairs: which pair belongs to which judge."""
        return self._incidence(1, len(self.judges))

    def _incidence(self, side: int, size: int) -> sparse.csr_array:
        count = len(self.pairs)
        return sparse.csr_array((np.ones(count), (self.pairs[:, side], np.arange(count))), shape=(size, count))

    @property
    def ends(self) -> np.ndarray:
        """The pairs as edges of one graph: entries first, then judges."""
        return np.column_stack([self.pairs[:, 0], self.pairs[:, 1] + len(self.entries)])


def problem(wishes: Wishes) -> Problem:
    """Return wishes as numbers; a pair that is both fixed and forbidden is forbidden here."""
    entries, judges = sorted(wishes.entries), sorted(wishes.judges)
    rows, columns = ({name: n for n, name in enumerate(names)} for names in (entries, judges))
    forbidden, fixed, spared = set(wishes.forbidden), set(wishes.fixed), set(wishes.spared)
    names = [(e, j) for e in entries for j in judges if (e, j) not in forbidden]
    counted = [round(GRAIN * wishes.fit.get(pair, 0.0)) for pair in names]
    unit = reduce(gcd, counted, 0) or 1
    return Problem(
        wishes=wishes,
        entries=entries,
        judges=judges,
        pairs=np.array([(rows[e], columns[j]) for e, j in names], dtype=int).reshape(-1, 2),
        points=np.array(counted, dtype=float) / unit,
        unit=unit / GRAIN,
        fixed=np.array([pair in fixed for pair in names], dtype=float),
        least=np.array([0 if judge in spared else wishes.loads[0] for judge in judges], dtype=float),
    )
