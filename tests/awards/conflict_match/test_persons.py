"""Names of persons: how sure a meeting is, and that no text upsets the comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_kanji_meet_latin_letters_by_a_reading_alone() -> None:
    assert meet(["山田太郎"], ["Taro Yamada"]) is None
    found = meet(["山田太郎", "やまだ たろう"], ["Taro Yamada"])
    assert found == Met("やまだ たろう", "Taro Yamada", SAME)


@given(st.randoms(use_true_random=False), st.sampled_from(["JP", "CN", "KR", "VN", "DE", "PL", "TR"]))
def test_every_variant_of_an_invented_name_meets_it(rng, country: str) -> None:
    name = invent(rng, country)
    one, other = usual(name), variant(rng, name)
    assert meet([one.name, one.reading], [other.name, other.reading]) is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_two_texts_compare_the_same_both_ways(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
