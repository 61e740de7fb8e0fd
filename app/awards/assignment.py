"""Who judges what: one exact optimisation with a proof of how good it is.

Every entry gets the same number of judges, loads stay within bounds, no conflicting pair is ever used, the weakest
panel is as good as possible, then all panels together, and the graph of judges and entries is connected, because
calibration across panels needs that. Mixed-integer programme, solved by HiGHS; connection by cuts added when missing.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

WEAKEST_COUNTS = 3.0
"""How much a point of the weakest panel weighs against the mean point of all panels."""
INFEASIBLE = 2


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. `fit` is how well a judge suits an entry (language, expertise), 0 to 1; pairs not named are 0.

    `loads` are the least and the most entries per judge; `forbidden` pairs (entry, judge) are never assigned,
    `fixed` ones always.
    """

    entries: Sequence[str]
    judges: Sequence[str]
    each: int
    loads: tuple[int, int]
    forbidden: Collection[tuple[str, str]] = ()
    fixed: Collection[tuple[str, str]] = ()
    fit: Mapping[tuple[str, str], float] = {}


class Certificate(msgspec.Struct, frozen=True):
    """How good the assignment is: `value` reached, `bound` that no assignment can exceed; equal means optimal."""

    value: float
    bound: float
    weakest_panel: float
    mean_panel: float
    loads: tuple[int, int]
    cuts: int
    seconds: float

    @property
    def gap(self) -> float:
        """Return what may be missing to the best, relative to the bound."""
        return max(0.0, (self.bound - self.value) / max(abs(self.bound), 1e-9))


class Assignment(msgspec.Struct, frozen=True):
    """The panels: entry to its judges, both in the order asked."""

    panels: dict[str, list[str]]
    certificate: Certificate


class Clash(msgspec.Struct, frozen=True, order=True):
    """A wish that cannot hold with the others: `kind` each | least | most | fixed | connected, of an entry or judge."""

    kind: str
    name: str = ""


class Infeasible(Exception):
    """No assignment fulfils the wishes. Without any one of `clashes` the others could be fulfilled."""

    def __init__(self, clashes: Sequence[Clash]) -> None:
        super().__init__("These wishes cannot all hold: " + ", ".join(f"{c.kind} {c.name}".strip() for c in clashes))
        self.clashes = list(clashes)


class OutOfTime(Exception):
    """The limit passed before any assignment was found."""


class _Problem(msgspec.Struct, frozen=True, eq=False):
    """The programme: one binary variable per pair that is allowed, and one for the weakest panel at the end."""

    wishes: Wishes
    pairs: list[tuple[int, int]]
    fit: np.ndarray
    fixed: np.ndarray


def assign(*, wishes: Wishes, seconds: float = 60.0, clock: Callable[[], float] = time.perf_counter) -> Assignment:
    """Return the best assignment, or the best found within `seconds` of `clock` with the gap still open.

    Raises `Infeasible` naming a smallest set of clashing wishes (none of it can be left out), or `OutOfTime`.
    """
    started = clock()
    problem = _problem(wishes)
    cuts: list[np.ndarray] = []
    clashing = _clashes(problem, cuts)
    if clashing:
        raise Infeasible(clashing)
    if wishes.each == 1:
        return _by_one_judge(problem, clock() - started)
    while True:
        left = seconds - (clock() - started)
        if left <= 0:
            raise OutOfTime
        solved = milp(**_programme(problem, cuts), options={"time_limit": left, "mip_rel_gap": 1e-9})
        if solved.status == INFEASIBLE:
            raise Infeasible([*_clashes(problem, cuts), Clash("connected")])
        if solved.x is None:
            raise OutOfTime
        chosen = np.round(solved.x[:-1]).astype(bool)
        missing = _crossings(problem, chosen)
        if not missing:
            return _assignment(problem, chosen, float(-solved.mip_dual_bound), len(cuts), clock() - started)
        cuts.extend(missing)


def _by_one_judge(problem: _Problem, seconds: float) -> Assignment:
    """Return the best assignment of all entries to one judge: with panels of one, only that connects them."""
    wishes, pairs = problem.wishes, np.array(problem.pairs)
    alone = len(wishes.judges) == 1 or not wishes.loads[0]
    found = []
    for judge in range(len(wishes.judges)) if alone and len(wishes.entries) <= wishes.loads[1] else ():
        chosen = pairs[:, 1] == judge
        if chosen.sum() == len(wishes.entries) and not problem.fixed[~chosen].any():
            found.append(_assignment(problem, chosen, -np.inf, 0, seconds))
    if not found:
        raise Infeasible([Clash("connected")])
    return max(found, key=lambda one: one.certificate.value)


def _problem(wishes: Wishes) -> _Problem:
    rows = {name: n for n, name in enumerate(wishes.entries)}
    columns = {name: n for n, name in enumerate(wishes.judges)}
    forbidden, fixed = set(wishes.forbidden), set(wishes.fixed)
    if forbidden & fixed:
        raise Infeasible([Clash("fixed", f"{entry} / {judge}") for entry, judge in sorted(forbidden & fixed)])
    names = [(e, j) for e in wishes.entries for j in wishes.judges if (e, j) not in forbidden]
    return _Problem(
        wishes=wishes,
        pairs=[(rows[e], columns[j]) for e, j in names],
        fit=np.array([wishes.fit.get(pair, 0.0) for pair in names]),
        fixed=np.array([pair in fixed for pair in names], dtype=float),
    )


def _incidence(problem: _Problem) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return which variables belong to which entry, and to which judge."""
    count, (entries, judges) = len(problem.pairs), np.array(problem.pairs).reshape(-1, 2).T
    ones, order = np.ones(count), np.arange(count)
    by_entry = sparse.csr_array((ones, (entries, order)), shape=(len(problem.wishes.entries), count))
    return by_entry, sparse.csr_array((ones, (judges, order)), shape=(len(problem.wishes.judges), count))


def _programme(problem: _Problem, cuts: Sequence[np.ndarray]) -> dict[str, object]:
    """Return the arguments of `milp`: least of minus the value."""
    by_entry, by_judge = _incidence(problem)
    wishes, count = problem.wishes, len(problem.pairs)
    none = sparse.csr_array((by_entry.shape[0], 1))
    panels = sparse.hstack([by_entry * problem.fit, sparse.csr_array(-np.ones((by_entry.shape[0], 1)))])
    constraints = [
        LinearConstraint(sparse.hstack([by_entry, none]), wishes.each, wishes.each),
        LinearConstraint(sparse.hstack([by_judge, sparse.csr_array((by_judge.shape[0], 1))]), *wishes.loads),
        LinearConstraint(panels, 0, np.inf),
    ]
    if cuts:
        constraints.append(LinearConstraint(np.column_stack([np.array(cuts), np.zeros(len(cuts))]), 1, np.inf))
    return {
        "c": -np.append(problem.fit / len(wishes.entries), WEAKEST_COUNTS),
        "constraints": constraints,
        "integrality": np.append(np.ones(count), 0),
        "bounds": Bounds(np.append(problem.fixed, 0), np.append(np.ones(count), wishes.each)),
    }


def _crossings(problem: _Problem, chosen: np.ndarray) -> list[np.ndarray]:
    """Return, for each part of the graph that stands alone, the variables that would join it to the rest."""
    entries = len(problem.wishes.entries)
    ends = np.array(problem.pairs) + np.array([0, entries])
    size = entries + len(problem.wishes.judges)
    used = ends[chosen]
    graph = sparse.coo_array((np.ones(len(used)), (used[:, 0], used[:, 1])), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    parts = sorted(set(labels[:entries]))
    if len(parts) == 1:
        return []
    sides = [labels == part for part in parts]
    return [(side[ends[:, 0]] != side[ends[:, 1]]).astype(float) for side in sides]


def _assignment(problem: _Problem, chosen: np.ndarray, bound: float, cuts: int, seconds: float) -> Assignment:
    wishes = problem.wishes
    panels: dict[str, list[str]] = {entry: [] for entry in wishes.entries}
    points = np.zeros(len(wishes.entries))
    loads = np.zeros(len(wishes.judges), dtype=int)
    for (entry, judge), fit in zip(
        (pair for pair, taken in zip(problem.pairs, chosen, strict=True) if taken), problem.fit[chosen], strict=True
    ):
        panels[wishes.entries[entry]].append(wishes.judges[judge])
        points[entry] += fit
        loads[judge] += 1
    value = float(points.mean() + WEAKEST_COUNTS * points.min())
    certificate = Certificate(
        value=value,
        bound=max(bound, value),
        weakest_panel=float(points.min()),
        mean_panel=float(points.mean()),
        loads=(int(loads.min()), int(loads.max())),
        cuts=cuts,
        seconds=round(seconds, 3),
    )
    return Assignment(panels, certificate)


def _clashes(problem: _Problem, cuts: Sequence[np.ndarray]) -> list[Clash]:
    """Return a set of wishes that clash and of which none can be left out, or [] when all can be fulfilled.

    One after the other is dropped while the rest still clashes (the deletion filter of Chinneck and Dravinsky 1991).
    """
    wishes = [
        *(Clash("each", name) for name in problem.wishes.entries),
        *(Clash("most", name) for name in problem.wishes.judges),
        *(Clash("least", name) for name in problem.wishes.judges if problem.wishes.loads[0]),
    ]
    if _feasible(problem, set(wishes), cuts):
        return []
    kept = set(wishes)
    for wish in wishes:
        if not _feasible(problem, kept - {wish}, cuts):
            kept.discard(wish)
    return sorted(kept)


def _feasible(problem: _Problem, wishes: set[Clash], cuts: Sequence[np.ndarray]) -> bool:
    """Whether some assignment fulfils these wishes; without cuts a flow, so fractions need not be excluded."""
    if not problem.pairs:
        return not any(wish.kind in {"each", "least"} for wish in wishes)
    by_entry, by_judge = _incidence(problem)
    asked, (least, most) = problem.wishes, problem.wishes.loads
    each = [asked.each if Clash("each", name) in wishes else None for name in asked.entries]
    fewest, fullest = [n or 0 for n in each], [np.inf if n is None else n for n in each]
    low = np.array([least if Clash("least", name) in wishes else 0 for name in asked.judges])
    high = np.array([most if Clash("most", name) in wishes else np.inf for name in asked.judges])
    constraints = [LinearConstraint(by_entry, fewest, fullest), LinearConstraint(by_judge, low, high)]
    if cuts:
        constraints.append(LinearConstraint(np.array(cuts), 1, np.inf))
    bounds = Bounds(problem.fixed, np.ones(len(problem.pairs)))
    found = milp(np.zeros(len(problem.pairs)), constraints=constraints, bounds=bounds,
                 integrality=np.ones(len(problem.pairs)) * bool(cuts))  # fmt: skip
    return bool(found.status != INFEASIBLE)
