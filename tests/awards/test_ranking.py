"""The ranking: intervals that cover, probabilities that hold, ties that are told."""

from itertools import pairwise

import pytest

from app.awards.calibration import Score, calibrate
from app.awards.ranking import sensitivity, standings, top_probabilities
from tests.awards.known import invented


def test_standings_show_raw_beside_calibrated() -> None:
    scores, _ = invented(1, entries=20, judges=6, each=3)
    found = standings(scores, best=5)
    assert [s.calibrated for s in found] == sorted((s.calibrated for s in found), reverse=True)
    assert sorted(s.raw_place for s in found) == list(range(1, 21))
    assert found[0].place == 1
    for before, after in pairwise(found):
        assert after.place == (before.place if after.tied else found.index(after) + 1)
        assert after.interval[0] < after.calibrated < after.interval[1]
    assert sum(s.top for s in found) == pytest.approx(5)


def test_places_that_the_scores_cannot_tell_are_tied() -> None:
    given = {"a": (8, 7, 8.2), "b": (8, 7.1, 8), "c": (3, 2, 3.1), "d": (5, 4.1, 5)}
    near = [Score(e, j, v) for e, values in given.items() for j, v in zip("JKL", values, strict=True)]
    places = {s.entry: (s.place, s.tied) for s in standings(near, best=1)}
    assert {places["a"], places["b"]} == {(1, False), (1, True)}
    assert places["d"] == (3, False)
    assert places["c"] == (4, False)


def test_probability_of_the_top_holds_as_often_as_it_says() -> None:
    bins: dict[int, list[bool]] = {}
    for seed in range(12):
        scores, truth = invented(seed, entries=40, judges=12, each=3)
        best = set(sorted(truth, key=lambda entry: -truth[entry])[:8])
        for entry, probability in top_probabilities(calibrate(scores), best=8).items():
            bins.setdefault(min(int(probability * 5), 4), []).append(entry in best)
    for level, hits in bins.items():
        if len(hits) >= 100:
            assert abs(sum(hits) / len(hits) - (level / 5 + 0.1)) <= 0.1, level


def test_draws_are_the_same_for_whoever_recomputes() -> None:
    scores, _ = invented(2, entries=15, judges=5, each=3)
    assert top_probabilities(calibrate(scores), best=3) == top_probabilities(calibrate(scores[::-1]), best=3)


def test_entries_that_nothing_tells_apart_share_the_best_places_evenly() -> None:
    same = [Score(entry, judge, 3.0) for entry in "abcd" for judge in "JKL"]
    assert top_probabilities(calibrate(same), best=1) == pytest.approx(dict.fromkeys("abcd", 0.25), abs=0.02)
    assert top_probabilities(calibrate(same), best=9) == dict.fromkeys("abcd", 1.0)
    assert [s.place for s in standings(same, best=1)] == [1, 1, 1, 1]


def test_an_order_that_a_rule_has_made_is_kept() -> None:
    same = [Score(entry, judge, 3.0) for entry in "abc" for judge in "JKL"]
    assert [s.entry for s in standings(same, best=1, order=["c", "a", "b"])] == ["c", "a", "b"]


def test_sensitivity_names_the_judge_that_holds_the_scores_together() -> None:
    scores = [Score(e, j, float(v)) for e, j, v in [
        ("a", "J", 5), ("b", "J", 4), ("a", "K", 5.5), ("b", "K", 4.2), ("b", "L", 3), ("c", "L", 5), ("c", "M", 6),
        ("d", "M", 2), ("d", "N", 3), ("c", "N", 6.3)]]  # fmt: skip
    found = sensitivity(scores, best=2)
    assert found.needed == ["L"]
    assert set(found.without) == {"J", "K", "M", "N"}
    assert set(found.raw) == {"a", "c"}
