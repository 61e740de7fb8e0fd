"""Kanji beside what they may sound like: surnames as they are listed, given names in any combination."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.conflict_match.japanese import READ, READ_INITIAL, is_family, is_word, likeness, sound, tells


@pytest.mark.parametrize(
    ("kanji", "latin", "score"),
    [
        ("佐藤 健", "Ken Sato", READ),
        ("佐藤 健", "SATOH Takeru", READ),
        ("佐藤健", "Takeshi Satō", READ),
        ("佐藤 健", "K. Sato", READ_INITIAL),
        ("佐藤 健", "Makoto Sato", 0.0),
        ("小川 洋子", "Yoko Ogawa", READ),
        ("小川 洋子", "Yoko Okawa", 0.0),
        ("佐々木 恵一", "Keiichi Sasaki", READ),
        ("藤本 純一", "Jun-ichi Fujimoto", READ),
        ("本間 哲平", "Teppei Homma", READ),
        ("島津 一", "Hajime Shimadzu", READ),
        ("片山 さつき", "Satsuki Katayama", READ),
        ("五十嵐 翔", "いがらし かける", READ),
        ("遠藤 章", "Aki Endo", 0.0),
        ("佐藤 健", "Ken", 0.0),
        ("佐藤 健", "佐藤 健", 0.0),
        ("", "Ken Sato", 0.0),
    ],
)
def test_names_are_read_as_they_may_be(kanji: str, latin: str, score: float) -> None:
    assert likeness(kanji, latin) == score


def test_a_surname_that_is_listed_is_read_as_listed_and_others_by_their_characters() -> None:
    assert is_family("小川", "ogawa")
    assert not is_family("小川", "okawa")
    assert is_family("菊湾", "kikuwan")
    assert not is_family("菊湾", "kikuyama")
    assert is_word("荏原", "ebara")


def test_a_reading_with_the_family_name_tells() -> None:
    assert tells("佐藤 健", ["さとう たける"])
    assert tells("佐藤健", ["Takeru SATO"])
    assert not tells("佐藤 健", ["佐藤 健", "Third Judge"])


@pytest.mark.parametrize("spelt", ["Ohno", "Oono", "Ōno", "Ouno", "おおの", "オオノ"])
def test_a_long_sound_is_one_however_it_is_written(spelt: str) -> None:
    assert sound(spelt) == "ono"


@given(st.text(alphabet="佐藤健一々ヶっん山 ABo'", max_size=20), st.text(max_size=30))
def test_no_text_upsets_the_reading(one: str, other: str) -> None:
    assert likeness(one, other) in {0.0, READ_INITIAL, READ}
