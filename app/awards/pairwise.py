"""Judging by comparison: strengths from duels (with ties) and from rankings, fitted from all votes at once.

Votes are counted before anything is fitted, so their order cannot matter: any permutation gives the same bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Vector = NDArray[np.floating[Any]]


class Duel(msgspec.Struct, frozen=True, order=True):
    """A judge preferred one entry to another, or, as a tie, neither."""

    better: str
    worse: str
    tie: bool = False


class Strengths(msgspec.Struct, frozen=True):
    """Strengths of entries, positive and adding up to 1; `tie` is Davidson's nu, 0 where no tie was seen."""

    strength: dict[str, float]
    tie: float = 0.0


class Unbounded(Exception):
    """Some entries never lost to, or never met, the others: no finite strengths fit. `groups` names the parts."""

    def __init__(self, groups: Sequence[frozenset[str]]) -> None:
        parts = "; ".join(", ".join(sorted(group)) for group in groups)
        super().__init__(f"Strengths are not comparable between: {parts}. More comparisons across them are needed.")
        self.groups = list(groups)


def bradley_terry(duels: Iterable[Duel]) -> Strengths:
    """Fit strengths to duels by maximum likelihood, ties by Davidson (1970); raises `Unbounded`.

    P(i beats j) = w_i / (w_i + w_j + nu sqrt(w_i w_j)).
    """
    counted = Counter(_unordered(duel) for duel in duels)
    votes = sorted(counted.items())
    names = sorted({name for duel, _ in votes for name in (duel.better, duel.worse)})
    place = {name: n for n, name in enumerate(names)}
    _refuse_unbounded(names, [(place[d.better], place[d.worse]) for d, _ in votes],
                      [(place[d.worse], place[d.better]) for d, _ in votes if d.tie])  # fmt: skip
    ties = any(duel.tie for duel, _ in votes)
    first = np.array([place[duel.better] for duel, _ in votes])
    second = np.array([place[duel.worse] for duel, _ in votes])
    tied = np.array([duel.tie for duel, _ in votes])
    weight = np.array([count for _, count in votes], dtype=float)

    def loss(x: Vector) -> tuple[float, Vector]:
        """Return -log likelihood and its gradient; x holds log strengths, then log nu if there are ties."""
        log_nu = x[-1] if ties else -np.inf
        a, b = x[first], x[second]
        middle = log_nu + (a + b) / 2
        total = np.logaddexp(np.logaddexp(a, b), middle)
        chosen = np.where(tied, middle, a)
        shares = [np.exp(part - total) * weight for part in (a, b, middle)]
        gradient = np.zeros_like(x)
        np.add.at(gradient, first, shares[0] + shares[2] / 2 - weight * np.where(tied, 0.5, 1.0))
        np.add.at(gradient, second, shares[1] + shares[2] / 2 - weight * np.where(tied, 0.5, 0.0))
        if ties:
            gradient[-1] = shares[2].sum() - weight[tied].sum()
        return float((weight * (total - chosen)).sum()), gradient

    x = _least(loss, len(names) + ties)
    return Strengths(_shares(names, x[: len(names)]), float(np.exp(x[-1])) if ties else 0.0)


def _unordered(duel: Duel) -> Duel:
    """Return a tie with its entries in one order, so that equal ties are counted together."""
    return Duel(min(duel.better, duel.worse), max(duel.better, duel.worse), tie=True) if duel.tie else duel


def plackett_luce(rankings: Iterable[Sequence[str]]) -> Strengths:
    """Fit strengths to rankings, best first, of any subsets of the entries; raises `Unbounded`.

    Each place is won against all that stand below it: P = w_i / (sum of those still to be placed).
    """
    counted = sorted(Counter(tuple(ranking) for ranking in rankings).items())
    names = sorted({name for ranking, _ in counted for name in ranking})
    if not names:
        return Strengths({})
    place = {name: n for n, name in enumerate(names)}
    rows = [([place[name] for name in ranking], count) for ranking, count in counted]
    _refuse_unbounded(names, [(a, b) for row, _ in rows for a, b in pairwise(row)])

    def loss(x: Vector) -> tuple[float, Vector]:
        value, gradient = 0.0, np.zeros_like(x)
        for row, count in rows:
            strengths = x[row]
            below = np.logaddexp.accumulate(strengths[::-1])[::-1]
            value += count * float((below - strengths)[:-1].sum())
            share = np.exp(strengths[None, :] - below[:-1, None])
            gradient[row] += count * np.triu(share).sum(axis=0)
            gradient[row[:-1]] -= count
        return value, gradient

    return Strengths(_shares(names, _least(loss, len(names))))


def _least(loss: Callable[[Vector], tuple[float, Vector]], size: int) -> Vector:
    """Minimise a convex loss; the penalty only fixes the level of the strengths, which the loss does not know."""

    def level(x: Vector) -> tuple[float, Vector]:
        value, gradient = loss(x)
        drift = float(x.mean())
        return value + drift**2 / 2, gradient + drift / len(x)

    options = {"maxiter": 10_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-10}
    found: Vector = optimize.minimize(level, np.zeros(size), jac=True, method="L-BFGS-B", options=options).x
    return _polished(lambda x: level(x)[1], found)


def _polished(gradient: Callable[[Vector], Vector], x: Vector) -> Vector:
    """Take Newton's last steps, so that whoever fits the same votes by other means finds the same ten digits."""
    step = 1e-5 * np.eye(len(x))
    for _ in range(2):
        curvature = np.array([(gradient(x + one) - gradient(x - one)) / 2e-5 for one in step])
        x = x - np.linalg.solve((curvature + curvature.T) / 2, gradient(x))
    return x


def _shares(names: Sequence[str], logs: Vector) -> dict[str, float]:
    weights = np.exp(logs - logs.max())
    return {name: float(share) for name, share in zip(names, weights / weights.sum(), strict=True)}


def _refuse_unbounded(
    names: Sequence[str], wins: Sequence[tuple[int, int]], ties: Sequence[tuple[int, int]] = ()
) -> None:
    """Ford's condition: whoever way the entries are split, some of each part won against the other."""
    arcs = [*wins, *ties]
    ends = ([a for a, _ in arcs], [b for _, b in arcs])
    graph = coo_array((np.ones(len(arcs)), ends), shape=(len(names), len(names)))
    count, labels = connected_components(graph, directed=True, connection="strong")
    if count > 1:
        raise Unbounded([frozenset(n for n, own in zip(names, labels, strict=True) if own == k) for k in range(count)])
