"""The older spelling of Chinese names in Latin letters."""

import pytest

from app.awards.conflict_match import wade


@pytest.mark.parametrize(
    ("pinyin", "older"),
    [("Mao Zedong", "Mao Tse-tung"), ("Zhou Enlai", "Chou En-lai"), ("Jiang Jingguo", "Chiang Ching-kuo")],
)
def test_older_spelling_meets_pinyin_in_either_order(pinyin: str, older: str) -> None:
    assert wade.alike(pinyin, older)
    assert wade.alike(older, pinyin)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mao Zedong", "Mao Tse-min"), ("Zhang Wei", "Chang Wen"), ("Mao", "Mao Tse-tung"), ("Anna Berg", "Anna Perk")],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert not wade.alike(one, other)
