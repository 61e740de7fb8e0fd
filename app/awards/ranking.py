"""The ranking that a jury deliberates on: raw beside calibrated, how sure each place is, and what would change it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np
from scipy import stats

from app.awards.calibration import Calibration, Score, calibrate, raw_means
from app.awards.errors import Disconnected, TooFewScores

DRAWS = 20_000
SEED = 20_170_401
"""The draws are the same for everybody who recomputes them."""
REACH = float(stats.norm.ppf(0.95))
"""Standard errors to either side of a 90 % interval."""
TIE_PROBABILITY = 0.75
"""Neighbours closer than this probability of being in the right order are declared tied."""


class Standing(msgspec.Struct, frozen=True):
    """One entry's line. Scores on the scale of the judges; `interval` 90 %; `place` shares its number with ties.

    `top` is the probability of being among the best k; `tied` when the next better one may as well be worse.
    """

    entry: str
    place: int
    raw: float
    raw_place: int
    calibrated: float
    interval: tuple[float, float]
    top: float
    tied: bool


class Sensitivity(msgspec.Struct, frozen=True):
    """Who would be among the best k under other readings of the same scores; `without` leaves one judge out.

    A judge without whom the scores fall apart has no line in `without` but stands in `needed`.
    """

    calibrated: list[str]
    raw: list[str]
    median: list[str]
    without: dict[str, list[str]]
    needed: list[str]


def standings(scores: Iterable[Score], *, best: int, fit: Calibration | None = None) -> list[Standing]:
    """Return the entries, the best first; names order what is exactly equal. Raises as `calibrate` does."""
    given = sorted(scores)
    fitted = fit or calibrate(given)
    raw, calibrated = raw_means(given), fitted.calibrated()
    order = sorted(calibrated, key=lambda entry: (-calibrated[entry], entry))
    raw_order = sorted(raw, key=lambda entry: (-raw[entry], entry))
    above = _above(fitted, order)
    top = top_probabilities(fitted, best=best)
    found: list[Standing] = []
    for n, entry in enumerate(order):
        tied = bool(n) and above[n - 1] < TIE_PROBABILITY
        error = fitted.entries[entry].error * REACH
        found.append(
            Standing(
                entry=entry,
                place=found[-1].place if tied else n + 1,
                raw=raw[entry],
                raw_place=raw_order.index(entry) + 1,
                calibrated=calibrated[entry],
                interval=(calibrated[entry] - error, calibrated[entry] + error),
                top=top[entry],
                tied=tied,
            )
        )
    return found


def _above(fit: Calibration, order: Sequence[str]) -> list[float]:
    """Return, for each neighbouring pair of the order, the probability that the better one is the better one."""
    rows = [fit.order.index(entry) for entry in order]
    found = []
    for one, other in pairwise(rows):
        spread = fit.covariance[one, one] + fit.covariance[other, other] - 2 * fit.covariance[one, other]
        ahead = fit.entries[fit.order[one]].value - fit.entries[fit.order[other]].value
        found.append(float(stats.norm.cdf(ahead / np.sqrt(spread))) if spread > 0 else float(ahead > 0) / 2 + 0.5)
    return found


def top_probabilities(fit: Calibration, *, best: int) -> dict[str, float]:
    """Return the probability of each entry of being among the best k, by `DRAWS` draws from the fit."""
    values = np.array([fit.entries[entry].value for entry in fit.order])
    draws = np.random.default_rng(SEED).standard_normal((DRAWS, len(values)))
    spread, turn = np.linalg.eigh(fit.covariance)
    drawn = values + (draws * np.sqrt(np.clip(spread, 0, None))) @ turn.T
    places = np.argsort(-drawn, axis=1)[:, : min(best, len(values))]
    counts = np.bincount(places.ravel(), minlength=len(values))
    return {entry: float(count) / DRAWS for entry, count in zip(fit.order, counts, strict=True)}


def sensitivity(scores: Iterable[Score], *, best: int) -> Sensitivity:
    """Return the best k under each reading. Raises as `calibrate` does for the scores as a whole."""
    given = sorted(scores)
    without, needed = {}, []
    for judge in sorted({score.judge for score in given}):
        rest = [score for score in given if score.judge != judge]
        try:
            without[judge] = leaders(calibrate(rest).calibrated(), best)
        except (Disconnected, TooFewScores):
            needed.append(judge)
    medians: dict[str, list[float]] = {}
    for score in given:
        medians.setdefault(score.entry, []).append(score.value)
    return Sensitivity(
        calibrated=leaders(calibrate(given).calibrated(), best),
        raw=leaders(raw_means(given), best),
        median=leaders({entry: float(np.median(values)) for entry, values in medians.items()}, best),
        without=without,
        needed=needed,
    )


def leaders(scores: Mapping[str, float], best: int) -> list[str]:
    """Return the best k, the best first; names order what is exactly equal."""
    return sorted(scores, key=lambda entry: (-scores[entry], entry))[:best]
