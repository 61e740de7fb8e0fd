"""Names: every spelling of one gives a form in common, different ones give none."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.naming.hangul import romanised
from app.people.naming.names import alike, organisation, spellings
from tests.kpi.town_names import invent, usual, variant

SAME = (
    (("山田 太郎", ""), ("山田太郎", "")),
    (("山田 太郎", ""), ("太郎　山田", "")),
    (("山田 太郎", ""), ("山田 太郎 様", "")),
    (("山田太郎", "やまだ たろう"), ("Yamada Taro", "")),
    (("山田太郎", "ヤマダ タロウ"), ("TAROU YAMADA", "")),
    (("山田太郎(やまだ たろう)", ""), ("Taro Yamada", "")),
    (("ﾔﾏﾀﾞ ﾀﾛｳ", ""), ("やまだ　たろう", "")),
    (("髙橋 濵子", ""), ("高橋 浜子", "")),
    (("さとう しょうへい", ""), ("Satoh Shouhei", "")),
    (("さとう しょうへい", ""), ("SATO SYOHEI", "")),
    (("おおの じゅんぺい", ""), ("Ohno Jumpei", "")),
    (("陳 偉", ""), ("陈伟", "")),
    (("李娜 (Li Na)", ""), ("Na LI", "")),
    (("김민수", ""), ("김 민수 님", "")),
    (("김민수", ""), ("Kim Min-su", "")),
    (("이서준", ""), ("Seojun Lee", "")),
    (("Jürgen Müller", ""), ("MUELLER, Juergen", "")),
    (("Jürgen Müller", ""), ("jurgen  muller", "")),
    (("Łukasz Kılıç", ""), ("Kilic Lukasz", "")),
    (("Søren Østergård", ""), ("Soren Ostergard", "")),
    (("Nguyễn Thị Hương", ""), ("Huong Nguyen Thi", "")),
    (("Ｊｏｈｎ　Ｏ’Ｂｒｉｅｎ", ""), ("Dr. John OBrien", "")),
    (("สมชาย ใจดี", ""), ("ใจดี สมชาย", "")),
)
DIFFERENT = (
    (("山田 太郎", ""), ("山田 花子", "")),
    (("山田太郎", "やまだ たろう"), ("山田 太朗", "やまだ たろう")),
    (("李娜", "Li Na"), ("李纳", "Li Na")),
    (("山田 太郎", ""), ("Yamada Taro", "")),
    (("Jürgen Müller", ""), ("Jörgen Müller", "")),
    (("John Smith", ""), ("John Smith Jr", "")),
    (("Anna Maria Rossi", ""), ("Anna Rossi", "")),
    (("Kim Minsu", ""), ("Kim Minsoo", "")),
    (("佐藤 (Ken)", ""), ("鈴木 (Ken)", "")),
    (("John (Jack) Smith", ""), ("Peter (Jack) Smith", "")),
    (("王", ""), ("Wang", "")),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_arealike(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert alike(spellings(*one), spellings(*other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_names_are_notalike(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert not alike(spellings(*one), spellings(*other))


@given(st.randoms(use_true_random=False), st.sampled_from(["JP", "CN", "KR", "VN", "DE", "PL", "TR"]))
def test_every_variant_of_an_invented_name_isalike(rng: Random, country: str) -> None:
    name = invent(rng, country)
    one, other = usual(name), variant(rng, name)
    assert alike(spellings(one.name, one.reading), spellings(other.name, other.reading))


@given(st.text(max_size=100), st.text(max_size=100))
def test_any_text_has_forms_or_none_and_is_like_itself(name: str, reading: str) -> None:
    found = spellings(name, reading)
    assert found == spellings(f"  {name}  ", reading)
    assert bool(found.own | found.sound) == alike(found, found)


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [("김민수", ("kim", "minsu")), ("이영희", ("lee", "yeonghui")), ("박석", ("park", "seok")), ("Kim", None)],
)
def test_hangul_in_latin_letters(hangul: str, latin: tuple[str, str] | None) -> None:
    assert latin in romanised(hangul) if latin else romanised(hangul) == set()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Green Bay Ltd.", "GREEN BAY", True),
        ("株式会社緑湾", "緑湾（株）", True),
        ("Grüne Bucht GmbH", "Grune Bucht", True),
        ("Green Bay", "Green Day", False),
        ("The Company Ltd", "", False),
    ],
)
def test_organisations_without_their_legal_form(one: str, other: str, *, same: bool) -> None:
    assert (organisation(one) == organisation(other)) is same


@pytest.mark.parametrize(
    ("name", "full"), [("Li", False), ("王", False), ("李娜", True), ("Li Na", True), ("スキ", False)]
)
def test_names_of_one_word_are_not_full(name: str, *, full: bool) -> None:
    assert spellings(name).full is full
