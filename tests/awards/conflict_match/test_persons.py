"""Names of persons: how sure a meeting is, and that no text upsets the comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.awards.conflict_match.japanese import READ
from app.awards.conflict_match.persons import HEARD, INITIAL, PART, SAME, VARIANT, Met, likeness, meet
from tests.kpi.town_names import invent, usual, variant


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("髙橋健一", "高橋 健一", SAME),
        ("SATO Ken", "Ken Satō", SAME),
        ("Robert Wilson", "Bob Wilson", VARIANT),
        ("John A. Smith", "John Smith", PART),
        ("J. Smith", "John Smith", INITIAL),
        ("ジョン・スミス", "John Smith", HEARD),
        ("佐藤健", "佐藤健一", 0.0),
        ("Smith", "John Smith", 0.0),
        ("J. S.", "John Smith", 0.0),
        ("", "John Smith", 0.0),
    ],
)
def test_likeness_of_spellings(one: str, other: str, score: float) -> None:
    assert likeness(one, other) == likeness(other, one) == score


def test_kanji_meet_latin_letters_by_a_declared_reading_surely_and_by_a_likely_one_less_so() -> None:
    assert meet(["山田太郎"], ["Taro Yamada"]) == Met("山田太郎", "Taro Yamada", READ)
    found = meet(["山田太郎", "やまだ たろう"], ["Taro Yamada"])
    assert found == Met("やまだ たろう", "Taro Yamada", SAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["伊藤裕子", "いとう ゆうこ"], ["Hiroko Ito"]),
        (["伊藤裕子", "Yuko Ito"], ["Hiroko Ito"]),
        (["李娜", "Li Na"], ["Li Nuo"]),
    ],
)
def test_a_declared_reading_rules_out_the_others(one: list[str], other: list[str]) -> None:
    assert meet(one, other) is None
    assert meet(other, one) is None


def test_what_is_no_reading_of_the_name_declares_nothing() -> None:
    assert meet(["伊藤裕子", "Third Judge"], ["Hiroko Ito"]) is not None


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [("김민수", "Kim Min-seo", 0.0), ("김민서", "Kim Min-seo", SAME), ("최민석", "Min-suk Choi", VARIANT)],
)
def test_syllables_of_a_given_name_are_heard_without_the_family_name(one: str, other: str, score: float) -> None:
    assert likeness(one, other) == likeness(other, one) == score


@given(st.randoms(use_true_random=False), st.sampled_from(["JP", "CN", "KR", "VN", "DE", "PL", "TR"]))
def test_every_variant_of_an_invented_name_meets_it(rng, country: str) -> None:
    name = invent(rng, country)
    one, other = usual(name), variant(rng, name)
    assert meet([one.name, one.reading], [other.name, other.reading]) is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_compare_the_same_both_ways(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("イ・ミョンバク", "Lee Myung-bak"),
        ("ファン・カルロス・ガルシア", "Juan Carlos García"),
        ("ビル・クリントン", "William Clinton"),
        ("ジェームズ・ワトソン", "James D. Watson"),
        ("マイケル ブラウン", "Michael Brown"),
    ],
)
def test_katakana_of_foreigners_are_known_or_heard(kana: str, latin: str) -> None:
    assert meet((kana,), (latin,))


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("マイケル・ジャクソン", "Michelle Jackson"),
        ("キム・ミンジュン", "Kim Min-ji"),
        ("ポール・マーティン", "Paula Martin"),
    ],
)
def test_known_name_in_katakana_is_not_heard_as_another(kana: str, latin: str) -> None:
    assert meet((kana,), (latin,)) is None


@pytest.mark.parametrize(
    ("own", "latin"), [("Михаил Горбачёв", "Mikhail Gorbachev"), ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos")]
)
def test_cyrillic_and_greek_are_written_in_latin_letters(own: str, latin: str) -> None:
    assert meet((own,), (latin,))
