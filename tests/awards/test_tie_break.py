"""Tie-break rules against contests whose outcome is known."""

import pytest

from app.awards.tie_break import break_ties, schulze, settle

EUROVISION_1991 = {
    "Sweden": [12, 12, 12, 12, 10, 10, 10, 10, 10, 8, 8, 7, 7, 6, 6, 6, 0, 0],
    "France": [12, 12, 12, 12, 10, 10, 8, 8, 8, 8, 8, 7, 7, 6, 6, 6, 5, 1],
}
"""146 to 146, four times 12 each, five times 10 against two, as in 1991; the lower points are only of that shape."""
BALLOTS = [
    (5, "ACBED"), (5, "ADECB"), (8, "BEDAC"), (3, "CABED"), (7, "CAEBD"), (2, "CBADE"), (7, "DCEBA"), (8, "EBADC"),
]  # fmt: skip
"""Schulze (2011), example 1: 45 voters."""


def test_schulze_of_45_voters() -> None:
    assert sum(count for count, _ in BALLOTS) == 45
    assert schulze(BALLOTS) == [["E"], ["A"], ["C"], ["B"], ["D"]]


def test_schulze_leaves_equals_together() -> None:
    assert schulze([(1, "AB"), (1, "BA")]) == [["A", "B"]]


def test_same_points_won_by_the_rule_named_before() -> None:
    points = EUROVISION_1991
    assert sum(points["Sweden"]) == sum(points["France"]) == 146
    assert break_ties(points, rule="highest-points-v1") == [["Sweden"], ["France"]]
    assert break_ties(points, rule="most-judges-v1") == [["France"], ["Sweden"]]


def test_total_goes_before_any_rule() -> None:
    assert break_ties({"a": [9, 1], "b": [6, 5]}, rule="highest-points-v1") == [["b"], ["a"]]


def test_equals_are_settled_by_the_rule_alone_whatever_their_totals() -> None:
    points = {"a": [9, 1], "b": [6, 5], "c": [9, 0, 3], "d": [5, 6]}
    assert settle("abcd", points, rule="highest-points-v1") == [["c"], ["a"], ["b", "d"]]
    assert settle("abcd", points, rule="no-weak-point-v1") == [["b", "d"], ["a"], ["c"]]
    assert settle("xa", points, rule="most-judges-v1") == [["a"], ["x"]]
    with pytest.raises(KeyError):
        settle("ab", points, rule="by-lot")


def test_what_the_rule_cannot_tell_stays_together() -> None:
    assert break_ties({"b": [5, 3], "a": [3, 5], "c": [4, 4]}, rule="no-weak-point-v1") == [["c"], ["a", "b"]]
    with pytest.raises(KeyError):
        break_ties({"a": [1]}, rule="by-lot")
