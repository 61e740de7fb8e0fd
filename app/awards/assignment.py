"""Who judges what: one exact optimisation with a proof of how good it is.

Every entry gets the same number of judges, loads stay within bounds, no conflicting pair is ever used, and the graph of
judges and entries is connected, because calibration across panels needs that. Among all such assignments first the
weakest panel is made as good as possible, then all panels together. Two mixed-integer programmes, solved by HiGHS;
connection by cuts, added where it is missing.
"""

import time
from collections.abc import Callable

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from app.awards.clashes import (
    INFEASIBLE,
    Clash,
    Infeasible,
    OutOfTime,
    crossings,
    refuse_impossible,
    why_apart,
)
from app.awards.wishes import Problem, Wishes, problem

__all__ = ["Assignment", "Certificate", "Clash", "Infeasible", "OutOfTime", "Wishes", "assign"]

FOR_THE_WEAKEST = 0.5
"""The share of the time that may go into the weakest panel."""
DIGITS = 6


class Certificate(msgspec.Struct, frozen=True):
    """How good the assignment is, in sums of `Wishes.fit` over a panel, and what no assignment can exceed.

    The bound of the mean is that of all assignments whose weakest panel is as good. `loads` are the least and the most
    entries of a judge, `cuts` what had to be added to join the panels.
    """

    weakest: float
    weakest_bound: float
    mean: float
    mean_bound: float
    loads: tuple[int, int]
    cuts: int
    seconds: float

    @property
    def optimal(self) -> bool:
        """Whether nothing can be better, which is proven."""
        return self.gap == 0

    @property
    def gap(self) -> float:
        """Return what may be missing to the best, relative to the bound: of the weakest panel, else of the mean."""
        pairs = ((self.weakest, self.weakest_bound), (self.mean, self.mean_bound))
        return next(((bound - value) / bound for value, bound in pairs if bound > value), 0.0)


class Assignment(msgspec.Struct, frozen=True):
    """The panels: entry to its judges, both in the order asked."""

    panels: dict[str, list[str]]
    certificate: Certificate


class _Best(msgspec.Struct, frozen=True, eq=False):
    """Pairs chosen, and what the sum that was to be large cannot exceed, in units."""

    chosen: np.ndarray
    bound: float


def assign(*, wishes: Wishes, seconds: float = 60.0, clock: Callable[[], float] = time.perf_counter) -> Assignment:
    """Return the best assignment, or the best found within `seconds` of `clock` with the gap still open.

    The same wishes give the same assignment, in whatever order they are asked, unless the time ran out. Raises
    `Infeasible` naming a smallest set of clashing wishes, or `OutOfTime`.
    """
    started = clock()
    asked = problem(wishes)
    refuse_impossible(asked)
    if not asked.entries:
        raise Infeasible([Clash("connected")])
    if wishes.each == 1 and wishes.connected:
        chosen = _one_judge(asked)
        return _assignment(asked, chosen, bounds=_values(asked, chosen), cuts=0, seconds=clock() - started)
    search = _Search(asked, lambda: seconds - (clock() - started))
    weakest = search.weakest(seconds * FOR_THE_WEAKEST)
    floor = _panels(asked, weakest.chosen).min()
    best = search.all_together(floor, weakest)
    bounds = (max(weakest.bound, floor), best.bound / len(asked.entries))
    return _assignment(asked, best.chosen, bounds=bounds, cuts=len(search.cuts), seconds=clock() - started)


class _Search:
    """The two programmes over one problem; `left` says how many seconds there are."""

    def __init__(self, asked: Problem, left: Callable[[], float]) -> None:
        self.asked, self.left, self.cuts = asked, left, list[np.ndarray]()
        self.by_entry, self.by_judge = asked.by_entry, asked.by_judge
        self.panels = sparse.csr_array(self.by_entry * asked.points)

    def weakest(self, seconds: float) -> _Best:
        """Return the assignment whose weakest panel is best; one more variable stands for that panel."""
        size, entries = len(self.asked.pairs), len(self.asked.entries)
        highest = _most_points(self.asked).min()
        above = sparse.hstack([self.panels, sparse.csr_array(-np.ones((entries, 1)))])
        return self._joined(
            objective=np.append(np.zeros(size), 1.0),
            above=LinearConstraint(above, 0, np.inf),
            bounds=Bounds(np.append(self.asked.fixed, 0), np.append(np.ones(size), highest)),
            left=lambda: min(self.left(), seconds),
        )

    def all_together(self, floor: float, first: _Best) -> _Best:
        """Return the best assignment of those without a panel below `floor`; `first` when there is no time."""
        size = len(self.asked.pairs)
        try:
            return self._joined(
                objective=self.asked.points,
                above=LinearConstraint(self.panels, floor, np.inf),
                bounds=Bounds(self.asked.fixed, np.ones(size)),
                left=self.left,
            )
        except OutOfTime:
            return _Best(first.chosen, len(self.asked.entries) * _most_points(self.asked).mean())

    def _joined(
        self, *, objective: np.ndarray, above: LinearConstraint, bounds: Bounds, left: Callable[[], float]
    ) -> _Best:
        """Solve, and solve again with cuts while the panels fall apart."""
        size = len(self.asked.pairs)
        while True:
            solved = self._solved(objective, above, bounds, left())
            chosen = np.round(solved.x[:size]).astype(bool)
            missing = crossings(self.asked, chosen) if self.asked.wishes.connected else []
            if not missing:
                return _Best(chosen, float(np.floor(-solved.mip_dual_bound + 1e-6)))
            self.cuts.extend(missing)

    def _solved(self, objective: np.ndarray, above: LinearConstraint, bounds: Bounds, seconds: float) -> OptimizeResult:
        if seconds <= 0:
            raise OutOfTime
        wishes, more = self.asked.wishes, sparse.csr_array((1, len(objective) - len(self.asked.pairs)))
        rows = [
            LinearConstraint(_wide(self.by_entry, more), wishes.each, wishes.each),
            LinearConstraint(_wide(self.by_judge, more), self.asked.least, wishes.loads[1]),
            above,
            *([LinearConstraint(_wide(sparse.csr_array(np.array(self.cuts)), more), 1, np.inf)] if self.cuts else []),
        ]
        solved = milp(-objective, constraints=rows, bounds=bounds, integrality=np.ones(len(objective)),
                      options={"time_limit": seconds, "mip_rel_gap": 0.0})  # fmt: skip
        if solved.status == INFEASIBLE:
            raise why_apart(self.asked)
        if solved.x is None:
            raise OutOfTime
        return solved


def _wide(matrix: sparse.csr_array, more: sparse.csr_array) -> sparse.csr_array:
    """Return a matrix with empty columns for the variables that are no pairs."""
    return sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], more.shape[1]))]) if more.shape[1] else matrix


def _one_judge(asked: Problem) -> np.ndarray:
    """Return the best assignment of all entries to one judge: with panels of one, only that joins them."""
    found = []
    for judge, name in enumerate(asked.judges):
        chosen = asked.pairs[:, 1] == judge
        others = any(least for other, least in zip(asked.judges, asked.least, strict=True) if other != name)
        fits = chosen.sum() == len(asked.entries) <= asked.wishes.loads[1] and not asked.fixed[~chosen].any()
        if fits and not others:
            found.append(chosen)
    if not found:
        raise Infeasible([Clash("connected"), Clash("each")])
    return max(found, key=lambda chosen: _values(asked, chosen))


def _panels(asked: Problem, chosen: np.ndarray) -> np.ndarray:
    """Return the points of each panel, in units."""
    return np.bincount(asked.pairs[chosen, 0], asked.points[chosen], len(asked.entries))


def _values(asked: Problem, chosen: np.ndarray) -> tuple[float, float]:
    points = _panels(asked, chosen)
    return float(points.min()), float(points.mean())


def _most_points(asked: Problem) -> np.ndarray:
    """Return the points of each entry with the judges that suit it best, whatever the others get."""
    by_entry = [asked.points[asked.pairs[:, 0] == n] for n in range(len(asked.entries))]
    return np.array([np.sort(points)[-asked.wishes.each :].sum() for points in by_entry])


def _assignment(
    asked: Problem, chosen: np.ndarray, *, bounds: tuple[float, float], cuts: int, seconds: float
) -> Assignment:
    wishes, (weakest, mean) = asked.wishes, _values(asked, chosen)
    taken = {(asked.entries[e], asked.judges[j]) for e, j in asked.pairs[chosen]}
    loads = np.bincount(asked.pairs[chosen, 1], minlength=len(asked.judges))
    certificate = Certificate(
        weakest=round(weakest * asked.unit, DIGITS),
        weakest_bound=round(max(bounds[0], weakest) * asked.unit, DIGITS),
        mean=round(mean * asked.unit, DIGITS),
        mean_bound=round(max(bounds[1], mean) * asked.unit, DIGITS),
        loads=(int(loads.min()), int(loads.max())),
        cuts=cuts,
        seconds=round(seconds, 3),
    )
    return Assignment({e: [j for j in wishes.judges if (e, j) in taken] for e in wishes.entries}, certificate)
