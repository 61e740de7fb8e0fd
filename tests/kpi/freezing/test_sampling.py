"""The sample and its interval: drawn by the head alone, and right as often as it says."""

import hashlib
from collections import Counter
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.kpi.freezing.sampling import SIZE, Interval, draw, estimate, seed_of, wilson

PEOPLE = [UUID(int=n) for n in range(1, 2001)]
REALISTIC = 0.015
"""Share of counted records that are doubles when four of five people with two addresses have linked them."""


def test_sample_can_be_drawn_in_any_language():
    seed = seed_of(bytes(32))
    assert seed == int.from_bytes(hashlib.sha256(b"machigurumi kpi sample\n" + bytes(32)).digest()[:8]) >> 1
    places = {person: hashlib.sha256(seed.to_bytes(8) + person.bytes).digest() for person in PEOPLE}
    assert draw(PEOPLE, seed=seed) == sorted(PEOPLE, key=places.__getitem__)[:400]


def test_sample_follows_from_the_head_and_not_from_the_order():
    shuffled = Random(1).sample(PEOPLE, len(PEOPLE))
    assert draw(shuffled, seed=5) == draw(PEOPLE, seed=5)
    assert draw(shuffled + shuffled, seed=5) == draw(PEOPLE, seed=5)
    assert len(set(draw(PEOPLE, seed=5)) & set(draw(PEOPLE, seed=6))) < 200


def test_all_are_drawn_when_they_are_few():
    assert sorted(draw(PEOPLE[:SIZE], seed=1)) == PEOPLE[:SIZE]
    assert draw([], seed=1) == []


@given(st.binary(min_size=32, max_size=32))
def test_seed_fits_the_database(head):
    assert 0 <= seed_of(head) < 2**63


def test_everybody_is_drawn_equally_often():
    drawn = Counter(person for seed in range(2000) for person in draw(PEOPLE[:50], seed=seed, size=10))
    assert len(drawn) == 50
    assert max(abs(times - 400) for times in drawn.values()) < 90  # five standard deviations of 17.9


@pytest.mark.parametrize(("wrong", "looked"), [(0, 400), (1, 400), (6, 400), (20, 400), (400, 400), (3, 50)])
def test_interval_of_an_endless_population_is_wilsons(wrong, looked):
    """As another library computes it."""
    found = wilson(wrong, looked, counted=10**12)
    other = stats.binomtest(wrong, looked).proportion_ci(method="wilson")
    assert found.low == pytest.approx(other.low, abs=1e-9)
    assert found.high == pytest.approx(other.high, abs=1e-9)


def test_a_sample_of_all_has_no_error():
    assert wilson(3, 120, counted=120) == Interval(0.025, 0.025, 0.025)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 5000))
def test_bounds_can_be_true(looked, wrong, more):
    wrong, counted = min(wrong, looked), looked + more
    found = wilson(wrong, looked, counted=counted)
    assert found.low <= found.share <= found.high
    assert round(found.low * counted) >= wrong
    assert round(found.high * counted) <= counted - (looked - wrong)


@pytest.mark.parametrize(("wrong", "looked", "counted"), [(0, 0, 5), (2, 1, 5), (-1, 1, 5), (1, 6, 5)])
def test_impossible_samples_are_refused(wrong, looked, counted):
    with pytest.raises(ValueError, match="wrong of"):
        wilson(wrong, looked, counted=counted)


def test_unclear_records_widen_the_interval_both_ways():
    found = estimate({"right": 390, "double": 4, "not_there": 1, "not_overseas": 1, "unclear": 4}, counted=5000)
    assert (found.looked, found.wrong, found.unclear) == (400, 6, 4)
    assert found.share == 6 / 396
    assert found.low == wilson(6, 400, counted=5000).low
    assert found.high == wilson(10, 400, counted=5000).high


def test_nothing_clear_says_nothing():
    found = estimate({"unclear": 400}, counted=5000)
    assert (found.share, found.low, found.high) == (0.0, 0.0, 1.0)


def _simulated(counted: int, share: float, *, times: int) -> tuple[float, float]:
    """Return (coverage, mean half-width) over audits of a population whose wrong records are known."""
    rng, wrong = Random(20260630), round(counted * share)
    intervals = [
        wilson(sum(n < wrong for n in rng.sample(range(counted), SIZE)), SIZE, counted=counted) for _ in range(times)
    ]
    covered = sum(i.low <= wrong / counted <= i.high for i in intervals)
    return covered / times, sum(i.high - i.low for i in intervals) / 2 / times


def test_interval_is_right_and_narrow_at_a_realistic_error():
    coverage, half = _simulated(30_000, REALISTIC, times=400)
    assert coverage >= 0.90
    assert half <= 0.013


@pytest.mark.faults
@pytest.mark.parametrize("counted", [500, 1000, 5000, 10_000, 30_000, 50_000])
@pytest.mark.parametrize("share", [0, 0.0025, 0.005, 0.01, REALISTIC, 0.02, 0.027, 0.05, 0.2])
def test_interval_covers_the_truth_at_every_error(counted, share):
    coverage, half = _simulated(counted, share, times=3000)
    assert coverage >= 0.90
    assert half <= 0.013 or share > REALISTIC
