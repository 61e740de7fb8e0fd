"""Statistical proofs on invented rounds whose truth is known: order, intervals, probabilities, and what is refused.

60 entries, 15 judges, 3 scores each. Designs: `random` judges for every entry; `linked`, where a panel of three judges
a fifth of the entries but every third of them trades a judge with the next panel; `separate`, without that.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from random import Random
from statistics import fmean, pstdev
from typing import Literal

import pytest
from msgspec import Struct
from scipy.stats import kendalltau

from app.awards.calibration import Score, calibrate, components, raw_means
from app.awards.errors import Disconnected
from app.awards.ranking import standings

Design = Literal["random", "linked", "separate"]
ENTRIES, JUDGES, EACH, PANELS = 60, 15, 3, 5
QUALITY, STRICTNESS, NOISE = 1.0, 0.6, 0.8
"""Standard deviations: a judge differs from another by about as much as from itself on another day."""
BEST = 10
SEEDS, FEW = 200, 6


class World(Struct, frozen=True):
    """A round with the truth about its entries."""

    scores: list[Score]
    truth: dict[str, float]


class Outcome(Struct, frozen=True):
    """What calibration made of a world: Kendall's tau of three orders, intervals that hold, (probability, was in).

    Intervals are of the entries' deviations from the mean: how lenient all judges are together, nobody can know.
    """

    raw: float
    z: float
    calibrated: float
    held: list[bool]
    top: list[tuple[float, bool]]


def judges_of(entry: int, design: Design, random: Random) -> Sequence[int]:
    if design == "random":
        return random.sample(range(JUDGES), EACH)
    panel = entry % PANELS
    judges = [panel * EACH + n for n in range(EACH)]
    if design == "linked" and entry // PANELS % 3 == 0:
        judges[2] = (panel + 1) % PANELS * EACH
    return judges


def world(seed: int, design: Design) -> World:
    random = Random(f"{design} {seed}")
    truth = {f"e{n:02}": random.gauss(0, QUALITY) for n in range(ENTRIES)}
    strict = [random.gauss(0, STRICTNESS) for _ in range(JUDGES)]
    return World(
        [
            Score(entry, f"j{judge:02}", quality + strict[judge] + random.gauss(0, NOISE))
            for n, (entry, quality) in enumerate(truth.items())
            for judge in judges_of(n, design, random)
        ],
        truth,
    )


def z_scores(scores: Sequence[Score]) -> dict[str, float]:
    """What the product does not offer: each judge's scores by that judge's own mean and spread."""
    by_judge: dict[str, list[float]] = {}
    for score in scores:
        by_judge.setdefault(score.judge, []).append(score.value)
    scale = {judge: (fmean(values), pstdev(values) or 1.0) for judge, values in by_judge.items()}
    moved = [Score(s.entry, s.judge, (s.value - scale[s.judge][0]) / scale[s.judge][1]) for s in scores]
    return raw_means(moved)


@cache
def outcome(seed: int, design: Design) -> Outcome:
    made = world(seed, design)
    fit = calibrate(made.scores)
    lines = standings(made.scores, best=BEST, fit=fit)
    best = set(sorted(made.truth, key=lambda entry: -made.truth[entry])[:BEST])

    def tau(found: dict[str, float]) -> float:
        names = sorted(made.truth)
        return float(kendalltau([made.truth[e] for e in names], [found[e] for e in names]).statistic)

    return Outcome(
        raw=tau(raw_means(made.scores)),
        z=tau(z_scores(made.scores)),
        calibrated=tau(fit.calibrated()),
        held=[line.interval[0] <= made.truth[line.entry] + fit.mean <= line.interval[1] for line in lines],
        top=[(line.top, line.entry in best) for line in lines],
    )


def mean(seeds: int, design: Design, of: Callable[[Outcome], float]) -> float:
    return fmean(of(outcome(seed, design)) for seed in range(seeds))


def beats_raw_and_z(seeds: int, design: Design) -> None:
    raw, z = mean(seeds, design, lambda one: one.raw), mean(seeds, design, lambda one: one.z)
    calibrated = mean(seeds, design, lambda one: one.calibrated)
    assert calibrated > raw
    assert calibrated > z


def coverage(seeds: int, design: Design) -> float:
    held = [one for seed in range(seeds) for one in outcome(seed, design).held]
    return sum(held) / len(held)


@pytest.mark.parametrize("design", ["random", "linked"])
def test_calibrated_order_and_intervals_are_nearer_the_truth_in_a_few_worlds(design: Design) -> None:
    beats_raw_and_z(FEW, design)
    assert 0.84 <= coverage(FEW, design) <= 0.96


@pytest.mark.faults
@pytest.mark.parametrize("design", ["random", "linked"])
def test_calibrated_order_beats_raw_means_and_z_scores(design: Design) -> None:
    beats_raw_and_z(SEEDS, design)
    better = [outcome(seed, design) for seed in range(SEEDS)]
    gains = [one.calibrated - max(one.raw, one.z) for one in better]
    assert fmean(gains) > -3 * pstdev(gains) / math.sqrt(SEEDS)


@pytest.mark.faults
@pytest.mark.parametrize("design", ["random", "linked"])
def test_intervals_of_ninety_percent_hold_in_88_to_92(design: Design) -> None:
    assert 0.88 <= coverage(SEEDS, design) <= 0.92


@pytest.mark.faults
@pytest.mark.parametrize("design", ["random", "linked"])
def test_probability_of_the_best_is_off_by_five_hundredths_at_most(design: Design) -> None:
    given = [pair for seed in range(SEEDS) for pair in outcome(seed, design).top]
    edges = [n / 10 for n in range(11)]
    for low, high in pairwise(edges):
        some = [(said, was) for said, was in given if low <= said < high or said == high == 1]
        said, was = fmean(one for one, _ in some), fmean(one for _, one in some)
        assert abs(said - was) <= 0.05, (low, high, len(some))


def test_separate_panels_are_refused_with_all_of_them_named() -> None:
    for seed in range(SEEDS):
        made = world(seed, "separate")
        with pytest.raises(Disconnected) as refused:
            calibrate(made.scores)
        parts = {frozenset(f"e{n:02}" for n in range(panel, ENTRIES, PANELS)) for panel in range(PANELS)}
        assert set(refused.value.components) == parts


@pytest.mark.parametrize("seed", range(10))
def test_designs_fall_apart_exactly_where_no_chain_of_judges_leads(seed: int) -> None:
    """Random sparse designs: what is refused is what a search on foot finds apart."""
    random = Random(seed)
    scores = [Score(f"e{n}", f"j{j}", random.random()) for n in range(30) for j in random.sample(range(25), 2)]
    parts: list[tuple[set[str], set[str]]] = []
    for score in scores:
        touched = [part for part in parts if score.entry in part[0] or score.judge in part[1]]
        merged = ({score.entry}.union(*(one[0] for one in touched)), {score.judge}.union(*(one[1] for one in touched)))
        parts = [*(part for part in parts if part not in touched), merged]
    assert {frozenset(part[0]) for part in parts} == set(components(scores))
    if len(parts) > 1:
        with pytest.raises(Disconnected) as refused:
            calibrate(scores)
        assert set(refused.value.components) == {frozenset(part[0]) for part in parts}
