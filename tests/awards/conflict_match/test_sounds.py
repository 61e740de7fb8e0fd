"""Katakana beside Latin letters: consonants have to be the same, vowels possible."""

import pytest

from app.awards.conflict_match import sounds


@pytest.mark.parametrize(
    ("kana", "latin", "same"),
    [
        ("ジョン", "john", True),
        ("ジョン", "jane", False),
        ("ロッシ", "rossi", True),
        ("ロッシ", "russo", False),
        ("アンダーソン", "anderson", True),
        ("アンダーソン", "andersen", False),
        ("ボッシュ", "bosch", True),
        ("ボッシュ", "bose", False),
        ("ノースボルト", "northvolt", True),
        ("ムーア", "moore", True),
        ("クライムワークス", "climeworks", True),
        ("エヌビディア", "nvidia", True),
        ("ケーピーエムジー", "kpmg", True),
        ("ネステ", "nest", False),
        ("ユーラー", "euler", True),
        ("", "", True),
    ],
)
def test_by_ear(kana: str, latin: str, *, same: bool) -> None:
    assert sounds.same(kana, latin) is same
