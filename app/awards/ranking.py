"""The ranking that a jury deliberates on: raw beside calibrated, how sure each place is, and what would change it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np
from scipy import stats

from app.awards.calibration import Calibration, Score, calibrate, calibrate_near, raw_means
from app.awards.errors import Disconnected, TooFewScores

DRAWS = 20_000
AT_ONCE = 2000
"""Draws are made in parts, so that whatever else the process does need not wait for all of them."""
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


def standings(
    scores: Iterable[Score], *, best: int, fit: Calibration | None = None, order: Sequence[str] | None = None
) -> list[Standing]:
    """Return the entries, the best first; names order what is exactly equal. Raises as `calibrate` does.

    `order` is theirs when a rule has put them in order already.
    """
    given = sorted(scores)
    fitted = fit or calibrate(given)
    raw, calibrated = raw_means(given), fitted.calibrated()
    ordered = order or leaders(calibrated, len(calibrated))
    raw_places = {entry: n for n, entry in enumerate(leaders(raw, len(raw)), start=1)}
    above = _above(fitted, ordered)
    top = top_probabilities(fitted, best=best)
    found: list[Standing] = []
    for n, entry in enumerate(ordered):
        tied = bool(n) and above[n - 1] < TIE_PROBABILITY
        error = fitted.entries[entry].error * REACH
        found.append(
            Standing(
                entry=entry,
                place=found[-1].place if tied else n + 1,
                raw=raw[entry],
                raw_place=raw_places[entry],
                calibrated=calibrated[entry],
                interval=(calibrated[entry] - error, calibrated[entry] + error),
                top=top[entry],
                tied=tied,
            )
        )
    return found


def _above(fit: Calibration, order: Sequence[str]) -> list[float]:
    """Return, for each neighbouring pair of the order, the probability that the better one is the better one."""
    row_of = {entry: row for row, entry in enumerate(fit.order)}
    rows = [row_of[entry] for entry in order]
    found = []
    for one, other in pairwise(rows):
        spread = fit.covariance[one, one] + fit.covariance[other, other] - 2 * fit.covariance[one, other]
        ahead = fit.entries[fit.order[one]].value - fit.entries[fit.order[other]].value
        found.append(float(stats.norm.cdf(ahead / np.sqrt(spread))) if spread > 0 else float(ahead > 0) / 2 + 0.5)
    return found


def top_probabilities(fit: Calibration, *, best: int) -> dict[str, float]:
    """Return the probability of each entry of being among the best k, by `DRAWS` draws from the fit.

    The draws go through the Cholesky factor, which is unique: eigenvectors of equal eigenvalues are not, and another
    machine would draw other scores. Where the fit tells nothing apart, the least of noise shares the places out evenly.
    """
    values = np.array([fit.entries[entry].value for entry in fit.order])
    if best >= len(values):
        return dict.fromkeys(fit.order, 1.0)
    least = 1e-12 * float(np.max(np.diag(fit.covariance))) + 1e-18
    factor = np.linalg.cholesky(fit.covariance + least * np.eye(len(values)))
    random = np.random.default_rng(SEED)
    counts = np.zeros(len(values), dtype=int)
    for _ in range(DRAWS // AT_ONCE):
        drawn = values + random.standard_normal((AT_ONCE, len(values))) @ factor.T
        leading = np.argpartition(-drawn, best - 1, axis=1)[:, :best]
        counts += np.bincount(leading.ravel(), minlength=len(values))
    return {entry: float(count) / DRAWS for entry, count in zip(fit.order, counts, strict=True)}


def sensitivity(scores: Iterable[Score], *, best: int, fit: Calibration | None = None) -> Sensitivity:
    """Return the best k under each reading. Raises as `calibrate` does for the scores as a whole."""
    given = sorted(scores)
    fitted = fit or calibrate(given)
    without = left_out(given, fitted)
    return Sensitivity(
        calibrated=leaders(fitted.calibrated(), best),
        raw=leaders(raw_means(given), best),
        median=leaders(medians(given), best),
        without={judge: leaders(values, best) for judge, values in without.items() if values},
        needed=[judge for judge, values in without.items() if not values],
    )


def left_out(scores: Iterable[Score], fit: Calibration) -> dict[str, dict[str, float]]:
    """Return the calibrated scores without each judge in turn; nothing where the rest falls apart."""
    given = sorted(scores)
    found = {}
    for judge in sorted({score.judge for score in given}):
        try:
            found[judge] = calibrate_near([score for score in given if score.judge != judge], fit)
        except (Disconnected, TooFewScores):
            found[judge] = {}
    return found


def medians(scores: Iterable[Score]) -> dict[str, float]:
    """Return each entry's median score as given."""
    by_entry: dict[str, list[float]] = {}
    for score in sorted(scores):
        by_entry.setdefault(score.entry, []).append(score.value)
    return {entry: float(np.median(values)) for entry, values in by_entry.items()}


def leaders(scores: Mapping[str, float], best: int) -> list[str]:
    """Return the best k, the best first; names order what is exactly equal."""
    return sorted(scores, key=lambda entry: (-scores[entry], entry))[:best]
