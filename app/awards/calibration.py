"""Calibration: what an entry would have scored, were every judge equally strict.

`y_ej = mu + f_e + b_j + eps` with normal f (entries), b (judges) and eps, fitted by restricted maximum likelihood.
The larger of the two factors is eliminated first, so that only a matrix of the smaller one is factorised
(Bates et al. 2015, "Fitting linear mixed-effects models using lme4", sections 3.4 to 3.6, for two crossed factors).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, sparse

from app.awards.errors import Disconnected, TooFewScores

Vector = NDArray[np.floating[Any]]
LARGEST_RATIO = 1e3
"""Beyond this ratio of standard deviations the scores are free of noise for every purpose."""


class Score(msgspec.Struct, frozen=True, order=True):
    """What a judge gave an entry, on any scale that is the same for all."""

    entry: str
    judge: str
    value: float


class Effect(msgspec.Struct, frozen=True):
    """A deviation from the mean on the scale of the scores, with the standard error of prediction."""

    value: float
    error: float


class Calibration(msgspec.Struct, frozen=True, eq=False):
    """A fit. Standard deviations and the mean are on the scale of the scores.

    `criterion` is -2 log (restricted) likelihood. `order` names the rows of `covariance`, that of f - f^ (BLUP).
    """

    mean: float
    sd_entry: float
    sd_judge: float
    sd_error: float
    criterion: float
    entries: dict[str, Effect]
    judges: dict[str, Effect]
    order: list[str]
    covariance: Vector

    def calibrated(self) -> dict[str, float]:
        """Return the calibrated score of each entry."""
        return {entry: self.mean + effect.value for entry, effect in self.entries.items()}


class _Design(msgspec.Struct, frozen=True, eq=False):
    """The scores, less their mean `offset`, as sums over a larger and a smaller factor.

    `shared` counts the pairs, larger x smaller.
    """

    entries: list[str]
    judges: list[str]
    entries_larger: bool
    offset: float
    values: Vector
    counts: tuple[Vector, Vector]
    sums: tuple[Vector, Vector]
    shared: sparse.csr_array


def components(scores: Iterable[Score]) -> list[frozenset[str]]:
    """Return the sets of entries that are comparable through shared judges, the largest first."""
    pairs = sorted({(score.entry, score.judge) for score in scores})
    entries, judges = sorted({e for e, _ in pairs}), sorted({j for _, j in pairs})
    rows = {entry: n for n, entry in enumerate(entries)}
    columns = {judge: len(entries) + n for n, judge in enumerate(judges)}
    size = len(entries) + len(judges)
    ends = ([rows[e] for e, _ in pairs], [columns[j] for _, j in pairs])
    graph = sparse.coo_array((np.ones(len(pairs)), ends), shape=(size, size))
    count, labels = sparse.csgraph.connected_components(graph, directed=False)
    parts: list[set[str]] = [set() for _ in range(count)]
    for entry, row in rows.items():
        parts[labels[row]].add(entry)
    return sorted((frozenset(part) for part in parts), key=lambda part: (-len(part), min(part)))


def calibrate(scores: Iterable[Score], *, restricted: bool = True) -> Calibration:
    """Fit the model; any order of the same scores gives the same bytes.

    Raises `Disconnected` with the components, and `TooFewScores` when nothing is left to measure noise by.
    """
    design = _connected(sorted(scores))
    return _at(design, _best(design, restricted=restricted), restricted=restricted)


def _connected(given: Sequence[Score]) -> _Design:
    """Return the design of sorted scores that can be calibrated, or raise."""
    found = components(given)
    if len(found) > 1:
        raise Disconnected(found)
    design = _design(given)
    if len(given) <= len(design.entries) + len(design.judges) - 1 or len(design.judges) == 1:
        raise TooFewScores
    return design


def calibrate_near(scores: Iterable[Score], fit: Calibration) -> dict[str, float]:
    """Return calibrated scores of scores that differ little from those of `fit`. Raises as `calibrate` does.

    The search for the spreads begins where it ended there, and is content with three digits of them.
    """
    given = sorted(scores)
    design = _connected(given)
    spreads = (fit.sd_entry, fit.sd_judge) if design.entries_larger else (fit.sd_judge, fit.sd_entry)
    start = np.clip(np.array(spreads) / fit.sd_error, 0.01, LARGEST_RATIO)
    ratios = _least(lambda x: _solve(design, x, restricted=True).criterion, start, rough=True)
    solved = _solve(design, ratios, restricted=True)
    mine = 0 if design.entries_larger else 1
    effects = solved.spherical[mine] * ratios[mine] + design.offset + solved.mean
    return dict(zip(design.entries, map(float, effects), strict=True))


def least_squares(scores: Iterable[Score]) -> dict[str, float]:
    """Return the entries' effects with nothing assumed of their spread, the best entry at 0; raises `Disconnected`.

    For scores without noise this is the truth; with noise it follows single judges too closely.
    """
    given = sorted(scores)
    found = components(given)
    if len(found) > 1:
        raise Disconnected(found)
    entries, judges = sorted({s.entry for s in given}), sorted({s.judge for s in given})
    matrix = np.zeros((len(given), len(entries) + len(judges)))
    for row, score in enumerate(given):
        matrix[row, entries.index(score.entry)] = 1
        matrix[row, len(entries) + judges.index(score.judge)] = 1
    solution = np.linalg.lstsq(matrix, np.array([s.value for s in given]), rcond=None)[0][: len(entries)]
    return {entry: float(value - solution.max()) for entry, value in zip(entries, solution, strict=True)}


def raw_means(scores: Iterable[Score]) -> dict[str, float]:
    """Return each entry's mean score as given."""
    by_entry: dict[str, list[float]] = {}
    for score in sorted(scores):
        by_entry.setdefault(score.entry, []).append(score.value)
    return {entry: float(np.mean(values)) for entry, values in by_entry.items()}


def _design(given: Sequence[Score]) -> _Design:
    entries, judges = sorted({s.entry for s in given}), sorted({s.judge for s in given})
    rows, columns = _indices(entries), _indices(judges)
    ends = (np.array([rows[s.entry] for s in given]), np.array([columns[s.judge] for s in given]))
    larger = len(entries) >= len(judges)
    first, second = ends if larger else ends[::-1]
    sizes = (len(entries), len(judges)) if larger else (len(judges), len(entries))
    values = np.array([s.value for s in given], dtype=float)
    offset = float(values.mean())
    values -= offset
    return _Design(
        entries=entries,
        judges=judges,
        entries_larger=larger,
        offset=offset,
        values=values,
        counts=(np.bincount(first, minlength=sizes[0]) * 1.0, np.bincount(second, minlength=sizes[1]) * 1.0),
        sums=(np.bincount(first, values, sizes[0]) * 1.0, np.bincount(second, values, sizes[1]) * 1.0),
        shared=sparse.csr_array((np.ones(len(given)), (first, second)), shape=sizes),
    )


def _indices(names: Sequence[str]) -> Mapping[str, int]:
    return {name: n for n, name in enumerate(names)}


class _Solved(msgspec.Struct, frozen=True, eq=False):
    """The penalised least squares solution at one pair of ratios: the mean and the spherical effects.

    `factor` is the Cholesky factor of the system of the smaller factor; `border` what the mean adds to it, `weight`
    what is left of the mean's own equation.
    """

    criterion: float
    mean: float
    variance: float
    spherical: tuple[Vector, Vector]
    factor: Vector
    border: Vector
    weight: float


def _best(design: _Design, *, restricted: bool) -> Vector:
    """Return the ratios sd / sd_error of the larger and the smaller factor that make the criterion least."""

    def criterion(ratios: Vector) -> tuple[float, Vector]:
        solved = _solve(design, ratios, restricted=restricted)
        return solved.criterion, _slope(design, ratios, solved, restricted=restricted)

    options = {"ftol": 1e-13, "gtol": 1e-7}
    bounds = [(0.0, LARGEST_RATIO)] * 2
    best: Vector = optimize.minimize(
        criterion, np.ones(2), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    ).x
    return best


def _least(criterion: Callable[[Vector], float], start: Vector, *, rough: bool = False) -> Vector:
    """Return where the simplex finds the criterion least."""
    options = {"xatol": 1e-3, "fatol": 1e-5} if rough else {"xatol": 1e-7, "fatol": 1e-9}
    bounds = [(0.0, LARGEST_RATIO)] * 2
    best: Vector = optimize.minimize(criterion, start, method="Nelder-Mead", bounds=bounds, options=options).x
    return best


def _solve(design: _Design, ratios: Vector, *, restricted: bool) -> _Solved:
    """Solve for the spherical effects u (of variance 1 in units of the noise) and the mean."""
    (t1, t2), n = ratios, len(design.values)
    diagonal = t1**2 * design.counts[0] + 1
    between = sparse.csr_array(design.shared * (t1 * t2))
    scaled = sparse.csr_array(between.multiply(1 / diagonal[:, None]))
    square = np.diag(t2**2 * design.counts[1] + 1) - (between.T @ scaled).toarray()
    factor = linalg.cho_factor(square, lower=True)
    # Two right-hand sides: the scores, and the column of ones that stands for the mean.
    sides = (np.column_stack([t1 * design.sums[0], t1 * design.counts[0]]),
             np.column_stack([t2 * design.sums[1], t2 * design.counts[1]]))  # fmt: skip
    second = linalg.cho_solve(factor, sides[1] - scaled.T @ sides[0])
    first = sides[0] / diagonal[:, None] - scaled @ second
    weight = n - float(sides[0][:, 1] @ first[:, 1] + sides[1][:, 1] @ second[:, 1])
    total = float(design.values.sum())
    mean = (total - float(sides[0][:, 1] @ first[:, 0] + sides[1][:, 1] @ second[:, 0])) / weight
    spherical = (first[:, 0] - mean * first[:, 1], second[:, 0] - mean * second[:, 1])
    fitted = float(sides[0][:, 0] @ spherical[0] + sides[1][:, 0] @ spherical[1])
    residual = max(float(design.values @ design.values) - mean * total - fitted, 1e-300)
    determinant = float(np.log(diagonal).sum()) + 2 * float(np.log(np.diag(factor[0])).sum())
    free = n - 1 if restricted else n
    criterion = determinant + (np.log(weight) if restricted else 0.0) + free * (1 + np.log(2 * np.pi * residual / free))
    return _Solved(float(criterion), mean, residual / free, spherical, factor[0], second[:, 1], weight)


def _slope(design: _Design, ratios: Vector, solved: _Solved, *, restricted: bool) -> Vector:
    """Return the derivatives of the criterion: of the determinant by traces, of the residual with the effects held.

    `inverse` belongs to the smaller factor; what the mean adds to it when restricted is of rank one.
    """
    (t1, t2), (n1, n2), (u1, u2) = ratios, design.counts, solved.spherical
    half = linalg.lapack.dpotri(solved.factor, lower=1)[0]
    inverse = np.tril(half) + np.tril(half, -1).T
    across, bordered = design.shared @ solved.border, float(restricted) / solved.weight
    within = t2 * np.asarray(design.shared.multiply(design.shared @ inverse).sum(axis=1)).ravel()
    within += bordered * across * (t2 * across - n1)
    diagonal = t1**2 * n1 + 1
    trace = float((t2 * within + bordered * n1 * (n1 - t2 * across)) @ diagonal**-2)
    first = 2 * t1 * (float((n1 / diagonal).sum()) - trace)
    own = np.diag(inverse) + bordered * solved.border**2
    second = (
        2 * t2 * float(n2 @ own)
        - 2 * bordered * float(n2 @ solved.border)
        - 2 * t1**2 * float((within / diagonal).sum())
    )
    left = (design.sums[0] - n1 * (solved.mean + t1 * u1) - t2 * (design.shared @ u2),
            design.sums[1] - n2 * (solved.mean + t2 * u2) - t1 * (design.shared.T @ u1))  # fmt: skip
    return np.array([first - 2 * float(u1 @ left[0]) / solved.variance,
                     second - 2 * float(u2 @ left[1]) / solved.variance])  # fmt: skip


def _at(design: _Design, ratios: Vector, *, restricted: bool) -> Calibration:
    """Return the fit at the best ratios, with the errors of its predictions."""
    solved = _solve(design, ratios, restricted=restricted)
    noise = float(np.sqrt(solved.variance))
    spreads = ratios * noise
    blocks = _covariances(design, ratios)
    mine, theirs = (0, 1) if design.entries_larger else (1, 0)
    covariance = blocks[mine] * spreads[mine] ** 2
    return Calibration(
        mean=design.offset + solved.mean,
        sd_entry=float(spreads[mine]),
        sd_judge=float(spreads[theirs]),
        sd_error=noise,
        criterion=solved.criterion,
        entries=_effects(design.entries, solved.spherical[mine] * ratios[mine], covariance),
        judges=_effects(
            design.judges, solved.spherical[theirs] * ratios[theirs], blocks[theirs] * spreads[theirs] ** 2
        ),
        order=design.entries,
        covariance=covariance,
    )


def _covariances(design: _Design, ratios: Vector) -> tuple[Vector, Vector]:
    """Return the blocks of the inverse system for the larger and the smaller factor: Cov(u - u^) / noise variance.

    The mean is estimated too, so it stands in the system beside the smaller factor.
    """
    (t1, t2), n, small = ratios, len(design.values), len(design.counts[1])
    diagonal = t1**2 * design.counts[0] + 1
    across = np.column_stack([design.shared.toarray() * (t1 * t2), t1 * design.counts[0]])
    rest = np.zeros((small + 1, small + 1))
    rest[:small, :small] = np.diag(t2**2 * design.counts[1] + 1)
    rest[:small, small] = rest[small, :small] = t2 * design.counts[1]
    rest[small, small] = n
    scaled = across / diagonal[:, None]
    inverse = linalg.inv(rest - across.T @ scaled)
    return np.diag(1 / diagonal) + scaled @ inverse @ scaled.T, inverse[:small, :small]


def _effects(names: Sequence[str], values: Vector, covariance: Vector) -> dict[str, Effect]:
    errors = np.sqrt(np.clip(np.diag(covariance), 0, None))
    return {name: Effect(float(v), float(e)) for name, v, e in zip(names, values, errors, strict=True)}
