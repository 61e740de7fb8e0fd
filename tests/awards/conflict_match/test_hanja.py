"""Korean names in Chinese characters."""

import pytest

from app.awards.conflict_match import hanja, persons


def test_characters_are_put_into_hangul() -> None:
    assert "이명박" in hanja.hangul("李 明博")


@pytest.mark.parametrize("name", ["李", "佐藤 健太郎", "李 ひろし", ""])
def test_what_has_no_sound_in_korea_gives_none(name: str) -> None:
    assert hanja.hangul(name) == ()


@pytest.mark.parametrize(("name", "latin"), [("潘 基文", "Ban Ki-moon"), ("朴 槿恵", "Park Geun-hye")])
def test_korean_meets_his_name_in_latin_letters(name: str, latin: str) -> None:
    assert persons.meet((name,), (latin,))
    assert persons.meet((latin,), (name,))
