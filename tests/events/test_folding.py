"""What counts as the same word, whatever the keyboard."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.folding import folded


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("yoxo", "ＹＯＸＯ"),
        ("ﾖｺﾊﾏ", "ヨコハマ"),
        ("よこはま", "ヨコハマ"),
        ("が", "か\u3099"),
        ("ｶﾞ", "が"),
        ("ヷ", "わ\u3099"),
        ("アジアスマートシティ", "アジア・スマートシティ"),
        ("STRASSE", "Straße"),
        ("zoe", "Zoë"),
        ("da nang", "Đà Nẵng"),
        ("lodz", "Łódź"),
        ("oeuvre", "Œuvre"),
        ("final", "ﬁnal"),
        ("oneill", "O’Neill"),
        ("elka", "elka"),
        ("елка", "Ёлка"),
        ("αθηνα", "ΑΘΉΝΑ"),
        ("①", "1"),
        ("㈱", "(株)"),
        ("İ", "i\u0307"),
        ("高橋", "髙橋"),
        ("横浜", "橫濱"),
        ("한국", unicodedata.normalize("NFD", "한국")),
        ("xover", "X-over"),
    ],
)
def test_same_word_in_another_form(typed: str, written: str) -> None:
    assert folded(typed) == folded(written)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("は", "ぱ"), ("กิน", "กน"), ("ไม้", "ไม"), ("한국", "하국"), ("林", "森")]
)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_is_folding_once(words: str) -> None:
    assert folded(folded(words)) == folded(words)


@given(st.text())
def test_case_and_form_never_matter(words: str) -> None:
    assert folded(words.swapcase().casefold()) == folded(words.casefold()) or not words.isascii()
    assert folded(unicodedata.normalize("NFD", words)) == folded(words)
    assert folded(unicodedata.normalize("NFKC", words)) == folded(words)


@given(st.text(), st.text())
def test_a_part_stays_a_part(before: str, after: str) -> None:
    assert folded("林") in folded(f"{before} 林 {after}")
