"""How far judges agree: intraclass correlations and Krippendorff's alpha. For the jury, never part of a score."""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.floating[Any]]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


class IntraclassCorrelations(msgspec.Struct, frozen=True):
    """The six forms of Shrout and Fleiss (1979): one judge or the mean of all, judges random or fixed."""

    one_way: float
    random: float
    fixed: float
    one_way_mean: float
    random_mean: float
    fixed_mean: float


def intraclass(table: Sequence[Sequence[float]]) -> IntraclassCorrelations:
    """Return the correlations of a complete table, one row per entry and one column per judge (at least 2 x 2).

    Raises `ValueError` for a smaller or a ragged table.
    """
    scores = np.array(table, dtype=float)
    if scores.ndim != 2 or min(scores.shape) < 2:
        raise ValueError("Agreement needs at least two entries, each scored by the same two judges or more.")
    n, k = scores.shape
    rows, columns, mean = scores.mean(axis=1), scores.mean(axis=0), scores.mean()
    between = k * float(((rows - mean) ** 2).sum()) / (n - 1)
    judges = n * float(((columns - mean) ** 2).sum()) / (k - 1)
    within = float(((scores - rows[:, None]) ** 2).sum()) / (n * (k - 1))
    error = float(((scores - rows[:, None] - columns + mean) ** 2).sum()) / ((n - 1) * (k - 1))
    return IntraclassCorrelations(
        one_way=(between - within) / (between + (k - 1) * within),
        random=(between - error) / (between + (k - 1) * error + k * (judges - error) / n),
        fixed=(between - error) / (between + (k - 1) * error),
        one_way_mean=(between - within) / between,
        random_mean=(between - error) / (between + (judges - error) / n),
        fixed_mean=(between - error) / between,
    )


def alpha(units: Sequence[Mapping[str, float]], metric: Metric) -> float:
    """Return Krippendorff's alpha over `units` (entry: judge -> value); gaps are allowed.

    1 is perfect agreement, 0 is chance. Raises `ValueError` when no unit was judged twice, or all values are one.
    """
    paired = [list(unit.values()) for unit in units if len(unit) > 1]
    values = sorted({value for unit in paired for value in unit})
    if len(values) < 2:
        raise ValueError("Agreement needs entries judged twice, with at least two different values.")
    together = _coincidences(paired, values)
    totals = together.sum(axis=1)
    far = np.array([[_distances(metric, values, totals)(a, b) for b in range(len(values))] for a in range(len(values))])
    observed = float((together * far).sum())
    expected = float((np.outer(totals, totals) * far).sum()) / (totals.sum() - 1)
    return float(1 - observed / expected)


def _coincidences(paired: Sequence[Sequence[float]], values: Sequence[float]) -> Vector:
    """Count how often two values met in a unit, each unit weighing as many as it has values."""
    place = {value: n for n, value in enumerate(values)}
    table = np.zeros((len(values), len(values)))
    for unit in paired:
        for a, b in combinations(unit, 2):
            table[place[a], place[b]] += 1 / (len(unit) - 1)
            table[place[b], place[a]] += 1 / (len(unit) - 1)
    return table


def _distances(metric: Metric, values: Sequence[float], totals: Vector) -> Callable[[int, int], float]:
    """Return the squared distance between two values, by their places in `values`."""

    def ordinal(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        span = float(totals[low : high + 1].sum() - (totals[low] + totals[high]) / 2)
        return span * span

    def ratio(a: int, b: int) -> float:
        total = values[a] + values[b]
        return ((values[a] - values[b]) / total) ** 2 if total else 0.0

    return {
        "nominal": lambda a, b: float(a != b),
        "ordinal": ordinal,
        "interval": lambda a, b: (values[a] - values[b]) ** 2,
        "ratio": ratio,
    }[metric]
