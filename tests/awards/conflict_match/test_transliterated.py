"""Firms whose name in Latin letters is the reading of their kanji."""

import pytest

from app.awards.conflict_match.transliterated import READ, likeness


@pytest.mark.parametrize(
    ("kanji", "latin", "score"),
    [
        (("荏原", "manufacturing"), ("ebara",), READ),
        (("栗田", "industries"), ("kurita", "water", "industries"), READ),
        (("会津", "university"), ("university", "aizu"), READ),
        (("japan", "工営"), ("japan", "koei"), READ),
        (("japan", "工営"), ("asia", "koei"), 0.0),
        (("栗田", "pharmaceutical"), ("kurita", "electric"), 0.0),
        (("青山", "mobility"), ("aoba", "mobility"), 0.0),
        (("ebara",), ("ebara",), 0.0),
        ((), (), 0.0),
    ],
)
def test_who_a_firm_is_has_to_be_read_and_what_it_does_must_not_differ(
    kanji: tuple[str, ...], latin: tuple[str, ...], score: float
) -> None:
    assert likeness(kanji, latin) == likeness(latin, kanji) == score
