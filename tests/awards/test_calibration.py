"""Calibration against published fits, against truth, and where it must refuse."""

from random import Random

import msgspec
import pytest
from scipy.stats import kendalltau

from app.awards.calibration import Calibration, Score, calibrate, calibrate_near, components, least_squares, raw_means
from app.awards.errors import Disconnected, TooFewScores
from tests.awards.known import invented, penicillin

SPREADSHEET = [Score("Cat", "J1", 4), Score("Dog", "J1", 2), Score("Dog", "J2", 7), Score("Bird", "J2", 5),
               Score("Bird", "J3", 9)]  # fmt: skip
"""Cat 9, Dog 7, Bird 5, by judges of severity -5, 0 and +4; nobody errs."""


def test_penicillin_restricted_as_lme4_fits_it() -> None:
    fit = calibrate(penicillin())
    assert fit.criterion == pytest.approx(330.8606, abs=5e-5)
    assert (fit.sd_entry, fit.sd_judge, fit.sd_error) == pytest.approx((0.8467, 1.9316, 0.5499), abs=5e-5)
    assert fit.mean == pytest.approx(22.97, abs=5e-3)


def test_penicillin_unrestricted_as_mixedmodels_fits_it() -> None:
    assert calibrate(penicillin(), restricted=False).criterion == pytest.approx(332.1883486700085, abs=1e-8)


def test_either_factor_may_be_the_larger_one() -> None:
    turned = [Score(entry=s.judge, judge=s.entry, value=s.value) for s in penicillin()]
    one, other = calibrate(penicillin()), calibrate(turned)
    assert other.criterion == pytest.approx(one.criterion, abs=1e-7)
    assert {k: v.value for k, v in other.judges.items()} == pytest.approx(
        {k: v.value for k, v in one.entries.items()}, abs=1e-4
    )
    assert {k: v.error for k, v in other.judges.items()} == pytest.approx(
        {k: v.error for k, v in one.entries.items()}, abs=1e-4
    )


def test_strict_judges_hide_the_order_from_raw_means() -> None:
    raw = raw_means(SPREADSHEET)
    assert max(raw, key=lambda entry: raw[entry]) == "Bird"
    assert least_squares(SPREADSHEET) == pytest.approx({"Cat": 0.0, "Dog": -2.0, "Bird": -4.0})


def test_separate_panels_are_refused_with_their_names() -> None:
    apart = [Score("a", "J1", 1), Score("b", "J1", 2), Score("c", "J2", 3), Score("d", "J2", 4), Score("e", "J2", 5)]
    assert components(apart) == [frozenset("cde"), frozenset("ab")]
    for fitted in (calibrate, least_squares):
        with pytest.raises(Disconnected) as refused:
            fitted(apart)
        assert refused.value.components == [frozenset("cde"), frozenset("ab")]
        assert "c, d, e; a, b" in str(refused.value)
    assert components([*apart, Score("a", "J2", 2)]) == [frozenset("abcde")]


def test_scores_that_measure_no_noise_are_refused() -> None:
    with pytest.raises(TooFewScores):
        calibrate(SPREADSHEET)
    with pytest.raises(TooFewScores):
        calibrate([Score("a", "J1", 1), Score("b", "J1", 2)])


def digest(fit: Calibration) -> bytes:
    return msgspec.json.encode([fit.mean, fit.sd_entry, fit.entries, fit.judges, fit.covariance.tolist()])


def test_order_of_the_scores_does_not_matter_to_the_last_bit() -> None:
    scores, _ = invented(3, entries=20, judges=6, each=3)
    first = digest(calibrate(scores))
    for seed in range(5):
        assert digest(calibrate(Random(seed).sample(scores, len(scores)))) == first


def test_level_and_scale_of_the_scores_carry_through() -> None:
    scores, _ = invented(4, entries=25, judges=8, each=3)
    plain = calibrate(scores).calibrated()
    moved = calibrate([msgspec.structs.replace(s, value=1000 + 20 * s.value) for s in scores]).calibrated()
    assert moved == pytest.approx({entry: 1000 + 20 * value for entry, value in plain.items()}, abs=1e-2)


def test_search_from_a_near_fit_finds_the_same_scores() -> None:
    scores, _ = invented(7, entries=30, judges=8, each=3)
    fit = calibrate(scores)
    rest = [score for score in scores if score.judge != "j0003"]
    assert calibrate_near(scores, fit) == pytest.approx(fit.calibrated(), abs=2e-3)
    assert calibrate_near(rest, fit) == pytest.approx(calibrate(rest).calibrated(), abs=5e-3)
    for apart in ([Score("a", "J1", 1), Score("b", "J2", 2)], [Score("a", "J1", 1)]):
        with pytest.raises((Disconnected, TooFewScores)):
            calibrate_near(apart, fit)


def test_complete_designs_keep_the_raw_order() -> None:
    scores, _ = invented(5, entries=12, judges=5, each=5)
    raw, calibrated = raw_means(scores), calibrate(scores).calibrated()
    assert sorted(raw, key=lambda entry: raw[entry]) == sorted(calibrated, key=lambda entry: calibrated[entry])


def test_calibrated_order_is_nearer_the_truth_than_the_raw_one() -> None:
    taus = []
    for seed in range(12):
        scores, truth = invented(seed, entries=60, judges=15, each=3)
        raw, calibrated = raw_means(scores), calibrate(scores).calibrated()
        true = [truth[entry] for entry in sorted(truth)]
        taus.append([kendalltau(true, [found[e] for e in sorted(truth)]).statistic for found in (raw, calibrated)])
    raw_tau, calibrated_tau = (sum(column) / len(taus) for column in zip(*taus, strict=True))
    assert calibrated_tau > raw_tau + 0.05


def test_errors_of_prediction_cover_the_truth_as_often_as_they_say() -> None:
    within = total = 0
    for seed in range(20):
        scores, truth = invented(seed, entries=60, judges=15, each=3)
        fit = calibrate(scores)
        for entry, effect in fit.entries.items():
            total += 1
            within += abs(effect.value - truth[entry]) <= 1.6449 * effect.error
    assert 0.88 <= within / total <= 0.92
