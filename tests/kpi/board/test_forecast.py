"""The forecast: always a range, never beyond who is registered or may still be, and wide enough to be believed."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kpi.board.forecast import ENOUGH, Expected, Forecast, against, forecast, wilson


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (50, 100, 0.4038, 0.5962), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (1, 400, 0.0004, 0.014)],
)
def test_interval_of_a_share(hits, of, low, high):
    """Values of the published tables of Wilson's score interval."""
    assert wilson(hits, of) == pytest.approx((low, high), abs=5e-5)


def test_share_of_those_whose_days_are_over_speaks_of_the_others():
    found = forecast(700, Expected(over=1000, over_seen=700, begun=200, begun_seen=0, ahead=800))
    assert found == Forecast(
        low=700 + 641,
        high=700 + 756,
        share_low=pytest.approx(0.6709, abs=1e-4),
        share_high=pytest.approx(0.7276, abs=1e-4),
        basis="over",
        known=1000,
        waiting=1000,
        joining=0,
    )


def test_those_seen_already_are_not_expected_again():
    alone = forecast(700, Expected(over=1000, over_seen=700, ahead=1000))
    seen = forecast(1100, Expected(over=1000, over_seen=700, begun=600, begun_seen=400, ahead=400))
    assert (seen.low, seen.high) == (alone.low, alone.high)


def test_while_too_few_are_over_everybody_may_still_come():
    found = forecast(60, Expected(over=ENOUGH - 1, over_seen=10, begun=100, begun_seen=50, ahead=500))
    assert (found.basis, found.known, found.share_high) == ("begun", 129, 1.0)
    assert found.high == 60 + 550
    assert found.share_low == pytest.approx(wilson(60, 129)[0])


def test_first_morning_knows_nothing():
    found = forecast(0, Expected(ahead=500))
    assert (found.low, found.high, found.share_low, found.share_high) == (0, 500, 0.0, 1.0)


def test_high_end_lets_people_register_as_in_the_last_weeks():
    found = forecast(0, Expected(ahead=500, recent=56, days_left=7))
    assert (found.joining, found.high) == (14, 514)


def test_share_is_not_below_what_the_present_ones_show():
    """The convention runs better than those before: the range must not end below it."""
    found = forecast(95, Expected(over=100, over_seen=10, begun=1000, begun_seen=800))
    assert found.share_high == pytest.approx(wilson(800, 1000)[1])
    assert found.high > 95


@pytest.mark.parametrize("expected", [Expected(), Expected(over=50, over_seen=20), Expected(begun=9, begun_seen=9)])
def test_year_in_which_nobody_is_due_has_no_forecast(expected):
    assert forecast(100, expected) is None


counts = st.integers(0, 3000)


@given(people=counts, groups=st.tuples(counts, counts, counts), recent=counts, days=st.integers(0, 365), data=st.data())
def test_range_is_a_range_and_within_who_may_come(people, groups, recent, days, data):
    (over, over_seen), (begun, begun_seen), (ahead, ahead_seen) = [
        (group, data.draw(st.integers(0, group))) for group in groups
    ]
    numbers = {"over": over, "over_seen": over_seen, "begun": begun, "begun_seen": begun_seen}
    found = forecast(people, Expected(**numbers, ahead=ahead, ahead_seen=ahead_seen, recent=recent, days_left=days))
    if found is not None:
        assert people <= found.low < found.high <= people + found.waiting + found.joining
        assert 0 <= found.share_low < found.share_high <= 1


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("over", [40, 400])
@pytest.mark.parametrize("ahead", [50, 600])
def test_truth_lies_in_the_range_nineteen_times_of_twenty(share, over, ahead):
    rng, hits, tries = Random(f"{share}{over}{ahead}"), 0, 200
    for _ in range(tries):
        came = sum(rng.random() < share for _ in range(over))
        comes = sum(rng.random() < share for _ in range(ahead))
        found = forecast(came, Expected(over=over, over_seen=came, ahead=ahead))
        hits += found is not None and found.low <= came + comes <= found.high
    assert hits >= 0.95 * tries


@pytest.mark.parametrize(
    ("target", "where"), [(99, "above"), (100, "above"), (101, "within"), (200, "within"), (201, "below")]
)
def test_range_against_a_target(target, where):
    found = Forecast(low=100, high=200, share_low=0, share_high=1, basis="over", known=30, waiting=100, joining=0)
    assert against(found, target) == where
