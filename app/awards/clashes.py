"""Why wishes for an assignment cannot all be fulfilled: the smallest set of them that clashes.

Without connection the wishes are bounds of a flow from entries to judges. They clash when some entries S and judges T
want more across their border than it lets through (Hoffman 1960), and a smallest such border is a small programme:

* too little room: each x |S| + fixed pairs from outside S into T > most x |T| + allowed pairs from S out of T;
* too little work: least x |T| + fixed pairs from S out of T > each x |S| + allowed pairs from outside S into T.
"""

import time
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse.csgraph import connected_components

from app.awards.wishes import Problem

INFEASIBLE = 2
PATIENCE = 10.0
"""Seconds to look for the smallest set; what was found by then clashes all the same."""
EXACT = {"mip_rel_gap": 0.0}


class Clash(msgspec.Struct, frozen=True, order=True):
    """A wish that cannot hold with the others: `kind` each | least | most | fixed | connected, of an entry or judge.

    `each` without a name is that panels have one judge only: nothing joins them unless one judge takes all entries.
    """

    kind: str
    name: str = ""


class Infeasible(Exception):
    """No assignment fulfils the wishes: those in `clashes` cannot hold together, and without any one of them could.

    `apart` names the groups of entries that no judge could join, where that is why.
    """

    def __init__(self, clashes: Sequence[Clash], apart: Sequence[frozenset[str]] = ()) -> None:
        super().__init__("These wishes cannot all hold: " + ", ".join(f"{c.kind} {c.name}".strip() for c in clashes))
        self.clashes = list(clashes)
        self.apart = list(apart)


class OutOfTime(Exception):
    """The limit passed before there was an answer."""


def refuse_impossible(problem: Problem) -> None:
    """Raise `Infeasible` when sizes of panels, loads and conflicts cannot hold together, connected or not."""
    both = set(problem.wishes.forbidden) & set(problem.wishes.fixed)
    if both:
        raise Infeasible([Clash("fixed", f"{entry} / {judge}") for entry, judge in sorted(both)])
    if possible(problem, set(every_wish(problem)), []) is None:
        raise Infeasible(_smallest(problem))


def every_wish(problem: Problem) -> list[Clash]:
    """Return all that can be left out: sizes of panels, and loads."""
    return [
        *(Clash("each", name) for name in problem.entries),
        *(Clash("most", name) for name in problem.judges),
        *(Clash("least", name) for name, least in zip(problem.judges, problem.least, strict=True) if least),
    ]


def possible(
    problem: Problem, wishes: set[Clash], cuts: Sequence[np.ndarray], seconds: float = np.inf
) -> np.ndarray | None:
    """Return pairs that fulfil these wishes and cross every cut, or None; raises `OutOfTime`.

    Without cuts a flow, so that fractions need not be excluded.
    """
    asked, size = problem.wishes, len(problem.pairs)
    if not size:
        return None if any(wish.kind in {"each", "least"} for wish in wishes) else np.zeros(0, dtype=bool)
    each = np.array([asked.each if Clash("each", name) in wishes else -1 for name in problem.entries])
    low = np.array(
        [n if Clash("least", j) in wishes else 0 for j, n in zip(problem.judges, problem.least, strict=True)]
    )
    high = np.array([asked.loads[1] if Clash("most", name) in wishes else np.inf for name in problem.judges])
    constraints = [
        LinearConstraint(problem.by_entry, np.maximum(each, 0), np.where(each < 0, np.inf, each)),
        LinearConstraint(problem.by_judge, low, high),
        *([LinearConstraint(np.array(cuts), 1, np.inf)] if cuts else []),
    ]
    found = milp(np.zeros(size), constraints=constraints, bounds=Bounds(problem.fixed, np.ones(size)),
                 integrality=np.full(size, bool(cuts)), options={"time_limit": seconds})  # fmt: skip
    if found.x is None and found.status != INFEASIBLE:
        raise OutOfTime
    return None if found.x is None else np.round(found.x).astype(bool)


def crossings(problem: Problem, chosen: np.ndarray) -> list[np.ndarray]:
    """Return, for each part of the graph that stands alone with entries in it, the pairs that would join it."""
    ends = problem.ends
    sides = _sides(problem, ends[chosen])
    return [(side[ends[:, 0]] != side[ends[:, 1]]).astype(float) for side in sides] if len(sides) > 1 else []


def groups(problem: Problem) -> list[frozenset[str]]:
    """Return the entries that allowed pairs can join, the largest group first; one group when all can be joined."""
    names = np.array(problem.entries, dtype=object)
    found = [frozenset(names[side[: len(names)]]) for side in _sides(problem, problem.ends)]
    return sorted(found, key=lambda group: (-len(group), min(group)))


def _sides(problem: Problem, edges: np.ndarray) -> list[np.ndarray]:
    """Return each part of the graph that holds entries, as which nodes belong to it."""
    size = len(problem.entries) + len(problem.judges)
    graph = sparse.coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    return [labels == part for part in sorted(set(labels[: len(problem.entries)]))]


def _smallest(problem: Problem) -> list[Clash]:
    """Return a smallest set of clashing sizes and loads."""
    found = [_too_little_room(problem), _too_little_work(problem)]
    return min((sorted(clashes) for clashes in found if clashes), key=lambda clashes: (len(clashes), clashes))


def _too_little_room(problem: Problem) -> list[Clash]:
    each, most = problem.wishes.each, problem.wishes.loads[1]
    entries, judges = _border(
        problem,
        wanted=np.concatenate([np.full(len(problem.entries), each), np.full(len(problem.judges), -most)]),
        inwards=True,
    )
    return [*(Clash("each", name) for name in entries), *(Clash("most", name) for name in judges)]


def _too_little_work(problem: Problem) -> list[Clash]:
    entries, judges = _border(
        problem,
        wanted=np.concatenate([np.full(len(problem.entries), -problem.wishes.each), problem.least]),
        inwards=False,
    )
    spared = set(problem.wishes.spared)
    return [*(Clash("each", e) for e in entries), *(Clash("least", j) for j in judges if j not in spared)]


def _border(problem: Problem, *, wanted: np.ndarray, inwards: bool) -> tuple[list[str], list[str]]:
    """Return the fewest entries S and judges T whose border wants more than it lets through, none if there are none.

    Variables: S and T, the pairs that let through (`inwards`: from S out of T), the fixed pairs that want.
    """
    nodes, pairs, size = len(problem.entries) + len(problem.judges), problem.ends, len(problem.pairs)
    fixed = pairs[problem.fixed > 0]
    out, back = (pairs[:, 0], pairs[:, 1]) if inwards else (pairs[:, 1], pairs[:, 0])
    wants, keeps = (fixed[:, 1], fixed[:, 0]) if inwards else (fixed[:, 0], fixed[:, 1])
    count = nodes + size + len(fixed)
    through, wanting = np.arange(nodes, nodes + size), np.arange(nodes + size, count)
    more = np.concatenate([wanted, -np.ones(size), np.ones(len(fixed))])
    constraints = [
        LinearConstraint(more.reshape(1, -1), 1, np.inf),
        LinearConstraint(_rows(count, (through, 1), (out, -1), (back, 1)), 0, np.inf),
    ]
    if len(fixed):
        constraints += [
            LinearConstraint(_rows(count, (wanting, 1), (wants, -1)), -np.inf, 0),
            LinearConstraint(_rows(count, (wanting, 1), (keeps, 1)), -np.inf, 1),
        ]
    solved = milp(np.concatenate([np.ones(nodes), np.zeros(count - nodes)]), constraints=constraints,
                  integrality=np.arange(count) < nodes, bounds=Bounds(0, 1),
                  options={"time_limit": PATIENCE, **EXACT})  # fmt: skip
    if solved.x is None:
        return [], []
    inside = np.round(solved.x[:nodes]).astype(bool)
    half = len(problem.entries)
    return (
        [name for name, taken in zip(problem.entries, inside[:half], strict=True) if taken],
        [name for name, taken in zip(problem.judges, inside[half:], strict=True) if taken],
    )


def _rows(count: int, *terms: tuple[np.ndarray, float]) -> sparse.csr_array:
    """Return a matrix of `count` columns whose row n adds up, for each term, its factor times its n-th variable."""
    length = len(terms[0][0])
    data = np.concatenate([np.full(length, factor) for _, factor in terms])
    rows = np.concatenate([np.arange(length)] * len(terms))
    return sparse.csr_array((data, (rows, np.concatenate([columns for columns, _ in terms]))), shape=(length, count))


def why_apart(problem: Problem, *, clock: Callable[[], float] = time.perf_counter) -> Infeasible:
    """Return why panels that could be filled cannot be joined: groups that no pair joins, or wishes in the way.

    Halves of the wishes are dropped while the rest still clashes (Junker 2004, QuickXplain): none of those returned
    could be left out, unless `PATIENCE` ran out.
    """
    parts = groups(problem)
    if len(parts) > 1:
        return Infeasible([Clash("connected")], parts)
    ends, cuts = clock() + PATIENCE, list[np.ndarray]()

    def holds(wishes: Sequence[Clash]) -> bool:
        try:
            return _joinable(problem, set(wishes), cuts, lambda: ends - clock())
        except OutOfTime:
            return True  # nothing more is left out

    return Infeasible(sorted([*_needed([], every_wish(problem), holds), Clash("connected")]))


def _needed(kept: list[Clash], wishes: list[Clash], holds: Callable[[Sequence[Clash]], bool]) -> list[Clash]:
    """Return which of `wishes` clash with those kept: fewest is not promised, but none can be left out."""
    if not holds(kept):
        return []
    if len(wishes) == 1:
        return wishes
    half = len(wishes) // 2
    first, second = wishes[:half], wishes[half:]
    from_second = _needed([*kept, *first], second, holds)
    from_first = _needed([*kept, *from_second], first, holds)
    return [*from_first, *from_second]


def _joinable(problem: Problem, wishes: set[Clash], cuts: list[np.ndarray], left: Callable[[], float]) -> bool:
    """Whether these wishes can be fulfilled by panels that are joined; `cuts` grow by what was missing."""
    while (seconds := left()) > 0:
        found = possible(problem, wishes, cuts, seconds)
        if found is None:
            return False
        missing = crossings(problem, found)
        if not missing:
            return True
        cuts.extend(missing)
    raise OutOfTime
