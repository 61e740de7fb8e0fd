"""One form for every way of writing a name, and a piece for every way of looking for it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attendance.door.pieces import Findable, fit, pieces_of, sought
from app.people.naming.kana import romaji, typed
from app.people.naming.spelling import words_of


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("さとう", "satou"),
        ("サトー", "sato"),
        ("はっとり", "hattori"),
        ("きょうこ", "kyouko"),
        ("しんいち", "shinichi"),
        ("ジュン", "jun"),
        ("ちゃん", "chan"),
        ("ヴィオラ", "viora"),
        ("ファン", "fan"),
        ("っ", ""),
        ("林", "林"),
        ("つづき", "tsuzuki"),
    ],
)  # fmt: skip
def test_kana_in_hepburn(kana: str, latin: str) -> None:
    assert romaji(kana) == latin


def test_what_people_type_instead() -> None:
    assert typed("shinbashi") == {"sinbasi", "shimbashi"}
    assert typed("jiro") == {"ziro"}
    assert typed("siro") == {"shiro"}
    assert typed("schmidt") == set()


@pytest.mark.parametrize(
    "same",
    [
        ["さとう", "サトウ", "ｻﾄｳ", "sato", "Satō", "SATOU", "satoh", "ｓａｔｏ"],
        ["Müller", "MÜLLER", "mu\u0308ller", "Muller"],
        ["Straße", "STRASSE"],
        ["José O’Brien", "jose o'brien", "JOSÉ OBRIEN"],
        ["Nguyễn Đức", "nguyen duc"],
        ["孫　悟空", "孫 悟空"],
        ["김민수", unicodedata.normalize("NFD", "김민수")],
        ["大野", "大\ufe00野"],
        ["ジョン・スミス", "じょん すみす"],
        ["Ｌｉ－Ｎａ", "li na"],
        ["が", "か\u3099"],
        ["สมชาย", "สมชาย\u200b"],
    ],
)
def test_same_name_has_one_form(same: list[str]) -> None:
    assert len({tuple(words_of(name)) for name in same}) == 1


@pytest.mark.parametrize("other", [("か", "が"), ("林", "森"), ("สมชาย", "สมชย"), ("김", "긴"), ("パン", "バン")])
def test_other_names_have_other_forms(other: tuple[str, str]) -> None:
    assert words_of(other[0]) != words_of(other[1])


SATO = Findable("佐藤 太郎", "さとう たろう", "Green Bay Ltd", "taro@example.org", ("0123456789abcdef", "ff" * 16))
FOUND = [
    (SATO, "佐藤太郎", 0),
    (SATO, "佐藤 太郎", 0),
    (SATO, "さとうたろう", 0),
    (SATO, "Sato Taro", 0),
    (SATO, "Taro+x@Example.org", 0),
    (SATO, "abcdef", 0),
    (SATO, "89ab-cdef", 0),
    (SATO, "AB CD EF", 0),
    (SATO, "太郎", 1),
    (SATO, "サトウ", 1),
    (SATO, "tarou satou", 1),
    (SATO, "佐", 2),
    (SATO, "sat", 2),
    (SATO, "s", 2),
    (SATO, "ta", 2),
    (SATO, "藤", 3),
    (SATO, "green", 3),
    (SATO, "greenbay", 3),
    (SATO, "bdefab", None),
    (SATO, "aro@example.org", None),
    (SATO, "ro", None),
    (SATO, "佐々", None),
    (SATO, "sato jiro", None),
    (Findable("林"), "林", 0),
    (Findable("孫悟空"), "孫", 2),
    (Findable("孫悟空"), "空", 3),
    (Findable("小林"), "林", 3),
    (Findable("김민수"), "김", 2),
    (Findable("김민수"), "ㄱㅁㅅ", 0),
    (Findable("김민수"), "ㄱ", 2),
    (Findable("김민수"), "기", 2),
    (Findable("김민수"), "민수", 3),
    (Findable("Émile Zola"), "é", 2),
    (Findable("Émile Zola"), "E", 2),
    (Findable("Émile Zola"), "zo", 2),
    (Findable("Jürgen Müller"), "mueller", 1),
    (Findable("Jürgen Müller"), "muller", 1),
    (Findable("Øyvind"), "oeyvind", 0),
    (Findable("Shin'ichirō Ōno"), "ohno", 1),
    (Findable("Satoh Ken"), "さとう", 1),
    (Findable("新橋", "しんばし"), "shimb", 2),
    (Findable("新橋", "しんばし"), "sinbasi", 0),
    (Findable("はっとり はんぞう"), "ハットリハンゾウ", 0),
    (Findable("李娜", "Li Na"), "lina", 0),
    (Findable("สมชาย ใจดี"), "ส", 2),
    (Findable("สมชาย ใจดี"), "ใจดี", 1),
    (Findable("王"), "ō", None),
]


@pytest.mark.parametrize(("guest", "words", "well"), FOUND)
def test_how_well_a_guest_fits(guest: Findable, words: str, well: int | None) -> None:
    asked = sought(words)
    assert asked is not None
    assert fit(guest, asked) == well


@pytest.mark.parametrize(("guest", "words", "well"), FOUND)
def test_whoever_fits_has_the_pieces_looked_for(guest: Findable, words: str, well: int | None) -> None:
    asked = sought(words)
    assert asked is not None
    has = any(set(pieces) <= pieces_of(guest) for pieces in asked.sets)
    assert has is (well is not None)


@pytest.mark.parametrize("words", ["", "  ", "・", "-", "'", "\u200b", "　"])
def test_nothing_to_look_for(words: str) -> None:
    assert sought(words) is None


NAMES = st.lists(
    st.one_of(
        st.sampled_from(
            ["さとう", "佐藤", "Müller", "김민수", "Ōno", "O’Brien", "ﾊｯﾄﾘ", "林", "สมชาย", "Kim-Lee", "Louis"]
        ),
        st.text(st.sampled_from("あかさっんーょアイabehtouéøßñ林孫가나ㄱ -・ก็"), min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


@given(NAMES, st.data())
def test_nobody_who_fits_is_missed(name: str, data: st.DataObject) -> None:
    """The pieces are looked up first, the words compared afterwards: the pieces must not be the stricter of the two."""
    words = data.draw(st.one_of(NAMES, st.integers(0, len(name)).map(lambda end: name[:end]), st.just(name)))
    asked, guest = sought(words), Findable(name)
    if asked is not None and fit(guest, asked) is not None:
        assert any(set(pieces) <= pieces_of(guest) for pieces in asked.sets)


@given(NAMES)
def test_everybody_is_found_by_the_whole_name(name: str) -> None:
    asked = sought(name)
    if asked is not None:
        assert fit(Findable(name), asked) == 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_is_too_odd(name: str, words: str) -> None:
    asked = sought(words)
    assert len(pieces_of(Findable(name))) <= 1500
    if asked is not None:
        fit(Findable(name), asked)
