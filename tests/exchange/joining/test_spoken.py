"""Names in Latin letters are found in Japanese text by how they are read."""

import pytest

from app.exchange.joining.spoken import find, kanji
from app.exchange.joining.titles import folded

READ = [
    ("sankeien", "三溪園", "三渓園"),
    ("hyakumangoku", "金沢百万石まつり", "百万石"),
    ("tsurugaoka", "鶴岡八幡宮", "鶴岡"),
    ("yuigahama", "由比ヶ浜海岸", "由比ゖ浜"),
    ("hokkaidō", "北海道", "北海道"),
    ("shimbashi", "新橋", "新橋"),
    ("gakko", "学校", "学校"),
    ("kunchi", "長崎くんち", "くんち"),
    ("oasis", "オアシス21", "おあしす"),
    ("yabusame", "流鏑馬神事", "流鏑馬"),
    ("ohashi", "瀬田大橋", "大橋"),
]


@pytest.mark.parametrize(("word", "text", "letters"), READ)
def test_a_name_is_read_off_its_letters(word: str, text: str, letters: str) -> None:
    said = folded(text)
    found = find(word, said)
    assert found is not None
    assert said[slice(*found)] == letters


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("sapporo", "横浜開港祭"),
        ("market", "横浜花市"),
        ("summer", "夏祭り"),
        ("inu", "犬の会"),
        ("yokosuka", "横浜"),
        ("kawa", ""),
    ],
)
def test_what_is_not_read_is_not_found(word: str, text: str) -> None:
    assert find(word, folded(text)) is None


@pytest.mark.parametrize(
    ("kana", "text", "letters"),
    [
        ("ふうしゃ", "風車の丘", "風車"),
        ("ゆけむり", "湯けむり大学", "湯けむり"),
        ("よこすか", "横須賀開国花火大会", "横須賀"),
        ("はなし", "英会話教室", ""),
        ("まつり", "写真展", ""),
    ],
)
def test_kana_are_found_as_the_kanji_that_are_read_like_them(kana: str, text: str, letters: str) -> None:
    assert kanji(folded(kana), folded(text)) == folded(letters)
