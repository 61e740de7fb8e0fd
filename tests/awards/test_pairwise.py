"""Strengths against published fits, against another program, and where no strengths exist."""

import math
from random import Random

import choix
import msgspec
import pytest

from app.awards.pairwise import Duel, Unbounded, bradley_terry, plackett_luce
from tests.awards.known import baseball


def test_baseball_of_1987() -> None:
    strength = bradley_terry(baseball()).strength
    logs = sorted(math.log(strength[team] / strength["Baltimore"]) for team in strength)
    assert [round(value, 2) for value in logs] == [0, 0.68, 1.11, 1.25, 1.29, 1.44, 1.58]


def test_bradley_terry_agrees_with_choix() -> None:
    teams = sorted({duel.better for duel in baseball()})
    pairs = [(teams.index(duel.better), teams.index(duel.worse)) for duel in baseball()]
    theirs = choix.ilsr_pairwise(len(teams), pairs)
    ours = bradley_terry(baseball()).strength
    for n, team in enumerate(teams):
        assert math.log(ours[team] / ours[teams[0]]) == pytest.approx(theirs[n] - theirs[0], abs=1e-6)


def test_plackett_luce_agrees_with_choix() -> None:
    random = Random(7)
    rankings = [tuple(random.sample(range(8), random.randint(2, 8))) for _ in range(60)]
    theirs = choix.ilsr_rankings(8, rankings)
    ours = plackett_luce([[f"e{n}" for n in ranking] for ranking in rankings]).strength
    for n in range(8):
        assert math.log(ours[f"e{n}"] / ours["e0"]) == pytest.approx(theirs[n] - theirs[0], abs=1e-6)


def test_ties_follow_davidson() -> None:
    even = [Duel("a", "b"), Duel("b", "a"), Duel("a", "b", tie=True), Duel("b", "a", tie=True)]
    fit = bradley_terry(even)
    assert fit.strength == pytest.approx({"a": 0.5, "b": 0.5})
    assert fit.tie == pytest.approx(2.0)


def test_order_of_votes_does_not_matter_to_the_last_bit() -> None:
    votes = [*baseball(), Duel("Boston", "Detroit", tie=True), Duel("Detroit", "Boston", tie=True)]
    first = msgspec.json.encode(bradley_terry(votes))
    for seed in range(5):
        assert msgspec.json.encode(bradley_terry(Random(seed).sample(votes, len(votes)))) == first


def test_entries_that_never_lost_have_no_finite_strength() -> None:
    with pytest.raises(Unbounded) as refused:
        bradley_terry([Duel("a", "b"), Duel("b", "c"), Duel("c", "b")])
    assert set(refused.value.groups) == {frozenset("a"), frozenset("bc")}
    with pytest.raises(Unbounded):
        plackett_luce([["a", "b"], ["c", "d"]])
