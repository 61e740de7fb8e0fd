"""The tables of labelled pairs: at least 98 of 100 that belong together are found, 90 of 100 found belong together."""

import pytest

from tests.awards.conflict_match.labelled import pairs, scored

FEWEST = {"japanese": 200, "latin": 150, "later": 100, "read": 300}
RECALL, PRECISION = 0.98, 0.90


@pytest.mark.parametrize("name", FEWEST)
def test_tables_are_large_and_half_of_look_alikes(name: str) -> None:
    found = pairs(name)
    assert len(set(found)) == len(found) >= FEWEST[name]
    assert 0.45 <= sum(pair.tied for pair in found) / len(found) <= 0.55
    assert {pair.kind for pair in found} == {"person", "organisation"}


@pytest.mark.parametrize("name", FEWEST)
def test_ties_are_found_and_look_alikes_are_not(name: str) -> None:
    scores = scored(pairs(name))
    assert scores.recall >= RECALL, scores.wrong
    assert scores.precision >= PRECISION, scores.wrong


@pytest.mark.parametrize("name", FEWEST)
def test_the_third_that_was_held_out_is_found_as_well(name: str) -> None:
    held = [pair for pair in pairs(name) if pair.held_out]
    assert len(held) >= len(pairs(name)) // 5
    scores = scored(held)
    assert scores.recall >= RECALL, scores.wrong
    assert scores.precision >= PRECISION, scores.wrong


@pytest.mark.parametrize("name", FEWEST)
def test_it_does_not_matter_whose_name_comes_first(name: str) -> None:
    turned = [pair._replace(one=pair.other, other=pair.one) for pair in pairs(name)]
    assert scored(turned)[:2] == scored(pairs(name))[:2]


@pytest.mark.parametrize(
    ("name", "fewest", "recall", "precision"),
    [
        ("fresh", 150, 0.96, 0.98),
        ("unseen", 100, 0.96, 0.98),
        ("shut", 300, 0.96, 0.98),
        ("examined", 200, 0.98, 0.98),
        ("examined_later", 200, 0.98, 0.95),
        ("after", 170, 0.96, 0.98),
    ],
)
def test_names_that_nobody_had_in_mind(name: str, fewest: int, recall: float, precision: float) -> None:
    found = pairs(name)
    assert len(set(found)) == len(found) >= fewest
    assert 0.45 <= sum(pair.tied for pair in found) / len(found) <= 0.55
    scores = scored(found)
    assert scores.recall >= recall, scores.wrong
    assert scores.precision >= precision, scores.wrong
